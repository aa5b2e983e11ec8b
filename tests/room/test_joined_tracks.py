"""What two microphones of one human hear is one turn, in every order in which it can be reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import pytest

from mcp_voice.errors import STTError
from mcp_voice.link import Event, Hint, Reading, SegmentRead, SpeechStarted, SpeechStopped, Trouble, Words
from mcp_voice.room.joined_tracks import CHANGE_SECONDS, HeardTrack, JoinedTracks
from mcp_voice.room.same_words import without_repetition
from mcp_voice.turns.turn import Patience, Turn

Report = Callable[..., list[Event]]
T0 = 100.0
READ = T0 + 8


class Person:
    """A human with microphones, whose turn is fed as ``replies`` feeds it."""

    def __init__(self) -> None:
        self.turn = Turn(Patience(), "en")
        self.events: list[Event] = []
        self.joined = JoinedTracks("carol", self.take)

    def take(self, event: Event) -> None:
        """What the room is told."""
        self.events.append(event)
        match event:
            case SpeechStarted(_, at):
                self.turn.speech_started(at)
            case SpeechStopped(_, at):
                self.turn.speech_stopped(at)
            case Words():
                self.turn.heard(event.text, final=event.final, at=event.at)
            case SegmentRead():
                self.turn.segment_read()
            case Reading():
                self.turn.reading(event.at)


def started(at: float) -> SpeechStarted:
    """Voice activity began."""
    return SpeechStarted("carol", at)


def batch(words: str, *, stopped: float) -> list[Event]:
    """What a batch recogniser's ear reports after the voice."""
    return [
        SpeechStopped("carol", stopped),
        Words("carol", words, final=False, at=READ),
        SegmentRead("carol", READ),
        Words("carol", "", final=True, at=READ),
    ]


def streaming(words: str, *, stopped: float) -> list[Event]:
    """What a streaming recogniser's ear reports: words while they are spoken."""
    return [
        Words("carol", words.partition(" ")[0], final=False, at=stopped),
        SpeechStopped("carol", stopped),
        Words("carol", words, final=True, at=READ),
        SegmentRead("carol", READ),
    ]


def is_read(event: Event) -> bool:
    """Whether no more words of a segment are to come."""
    return isinstance(event, SegmentRead) or (isinstance(event, Words) and event.final and bool(event.text))


def interleaved(ones: Sequence[Event], others: Sequence[Event]) -> Iterator[list[tuple[int, Event]]]:
    """Every order of two reports, each in its own order."""
    for places in combinations(range(len(ones) + len(others)), len(ones)):
        first, second = iter(ones), iter(others)
        yield [(0, next(first)) if place in places else (1, next(second)) for place in range(len(ones) + len(others))]


@pytest.mark.parametrize("report", [batch, streaming])
def test_a_sentence_over_two_microphones_is_whole_in_every_order_of_reports(
    report: Report,
) -> None:
    """The words stand as they were spoken, and the turn is not over before both are read."""
    ones = report("I want to change the", stopped=T0 + 2)
    others = [started(T0 + 2.2), *report("color to green", stopped=T0 + 4)]
    orders = 0
    for order in interleaved(ones, others):
        person = Person()
        tracks = (person.joined.open(), person.joined.open())
        speaking, unread = set[int](), set[int]()
        for which, event in [(0, started(T0)), *order]:
            tracks[which].emit(event)
            speaking = speaking | {which} if isinstance(event, SpeechStarted) else speaking
            speaking = speaking - {which} if isinstance(event, SpeechStopped) else speaking
            unread = unread | {which} if isinstance(event, SpeechStarted) else unread
            unread = unread - {which} if is_read(event) else unread
            assert person.turn.speaking == bool(speaking)
            if unread and not speaking:
                ends_at = person.turn.ends_at()
                assert ends_at is not None
                assert ends_at >= T0 + 2 + person.turn.patience.unconfirmed
        for track in tracks:
            person.joined.close(track, READ)
        assert person.turn.text == "I want to change the color to green", order
        assert person.turn.ends_at() is not None
        orders += 1
    assert orders == 126


def test_one_microphone_is_reported_as_it_is() -> None:
    """With only one that speaks nothing is added, left out or changed, whatever else is open."""
    person = Person()
    person.joined.open()
    track = person.joined.open()
    told = [started(T0), *batch("yes", stopped=T0 + 1), Hint("carol", likely=True)]
    for event in told:
        track.emit(event)
    assert person.events == told


def test_a_microphone_that_goes_while_somebody_speaks_ends_no_turn_at_once() -> None:
    """They change it: within a second they may go on; whoever leaves does not."""
    ends = []
    for leaves in (False, True):
        person = Person()
        track = person.joined.open()
        track.emit(started(T0))
        person.joined.gone(track, T0 + 1)
        if leaves:
            person.joined.left()
        for event in batch("that is a good idea", stopped=T0 + 0.8):
            track.emit(event)
        person.joined.close(track, READ)
        ends.append(person.turn.ends_at())
    assert ends == [pytest.approx(T0 + 1 + CHANGE_SECONDS + 0.5), pytest.approx(T0 + 0.8 + 0.5)]


def test_a_slow_recogniser_of_a_microphone_that_went_away_puts_its_words_first() -> None:
    """What was said into the other one is held until they are read, and the turn with it."""
    person = Person()
    ones, others = person.joined.open(), person.joined.open()
    ones.emit(started(T0))
    person.joined.gone(ones, T0 + 2)
    ones.emit(SpeechStopped("carol", T0 + 2))
    ones.emit(Reading("carol", T0 + 2))
    others.emit(started(T0 + 2.5))
    for event in batch("color to green", stopped=T0 + 4):
        others.emit(event)
    ones.emit(Reading("carol", READ))
    ends_at = person.turn.ends_at()
    assert ends_at is not None
    assert ends_at >= READ + person.turn.patience.unread
    ones.emit(Words("carol", "I want to change the", final=True, at=READ + 9, began_at=T0, ended_at=T0 + 2))
    ones.emit(SegmentRead("carol", READ + 9))
    person.joined.close(ones, READ + 9)
    assert person.turn.text == "I want to change the color to green"
    assert person.turn.ends_at() is not None
    assert (person.turn.ends_at() or 0) < READ


def test_words_of_a_turn_that_ended_by_a_failure_are_not_in_the_next() -> None:
    """A failure of a recogniser ends the turn, and so what two microphones heard of it."""
    person = Person()
    ones, others = person.joined.open(), person.joined.open()
    ones.emit(started(T0))
    ones.emit(Words("carol", "yes", final=False, at=T0 + 1))
    ones.emit(Trouble("carol", STTError("STT failed.")))
    person.turn = Turn(Patience(), "en")
    said(others, "the second option")
    assert person.turn.text == "the second option"


def test_an_ear_that_breaks_in_the_middle_of_a_word_leaves_no_turn_open() -> None:
    """What it still owed is told as over, so that nobody waits for it."""
    person = Person()
    track = person.joined.open()
    track.emit(started(T0))
    track.emit(Words("carol", "that is", final=False, at=T0 + 1))
    person.joined.close(track, T0 + 2)
    assert person.turn.text == "that is"
    assert person.turn.ends_at() == pytest.approx(T0 + 2 + person.turn.patience.unfinished)
    assert person.joined.idle


def test_what_was_said_before_a_turn_ended_is_not_said_again() -> None:
    """Words that are joined belong to one turn only."""
    person = Person()
    ones, others = person.joined.open(), person.joined.open()
    for track, words in ((ones, "yes"), (others, "please")):
        said(track, words)
    assert person.turn.text == "yes please"
    person.joined.turn_over()
    person.turn = Turn(Patience(), "en")
    said(others, "the second option")
    assert person.turn.text == "the second option"


def test_words_that_turn_out_to_be_a_noise_are_taken_back_whoever_else_speaks() -> None:
    """A recogniser takes its interim words back by an empty text; the words of the other microphone stay."""
    for other in ("", "the second option"):
        person = Person()
        ones, others = person.joined.open(), person.joined.open()
        ones.emit(started(T0))
        ones.emit(Words("carol", "thank you", final=False, at=T0 + 1))
        if other:
            others.emit(started(T0 + 1))
            others.emit(Words("carol", other, final=False, at=T0 + 2))
            assert person.turn.text == "thank you the second option"
        ones.emit(Words("carol", "", final=False, at=T0 + 3))
        assert person.turn.text == other
        for track in (ones, others):
            person.joined.close(track, READ)
        assert person.turn.text == other


def said(track: HeardTrack, words: str) -> None:
    """One segment, read by a batch recogniser that goes on."""
    track.emit(started(T0))
    for event in batch(words, stopped=T0 + 1)[:3]:
        track.emit(event)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([(0, 1, "Yes."), (0.1, 1.1, "yes")], "Yes."),
        ([(0, 1, "yes"), (1.2, 2, "yes")], "yes yes"),
        ([(0, 3, "I want to change the color"), (2, 4, "color to green")], "I want to change the color to green"),
        ([(0, 2, "about twenty percent please"), (0, 2, "about 20 percent please")], "about twenty percent please"),
        ([(0, 2, "make a copy of the report"), (0, 2, "neither of them")], "make a copy of the report neither of them"),
        ([(0, 2, "go ahead"), (1, 2, ""), (1, 3, "ahead")], "go ahead"),
        ([(0, 2, "对"), (0, 2, "对")], "对"),
    ],
)
def test_what_two_microphones_hear_at_the_same_time_is_said_once(
    parts: list[tuple[float, float, str]], text: str
) -> None:
    """Two headsets of one human hear one voice; what is said twice, one after the other, was said twice."""
    assert without_repetition(parts) == text
