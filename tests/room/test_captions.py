"""What we hear, as captions for whoever is in the room: once, in the name of who said it, and never in a turn's way."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from livekit import rtc

from mcp_voice.link import SpeechStarted, Words
from mcp_voice.room.captions import LONGEST_CAPTION, MOST_PEOPLE, MOST_WAITING, Captions
from mcp_voice.tasks import owned_tasks
from testkit.waiting import until

pytestmark = pytest.mark.anyio

AGENT, HUMAN = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT, rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
SESSION = {"lk.agent.state": "listening"}


@dataclass
class Room:
    """A connection that sends nothing, and keeps what it was to send."""

    sent: list[SimpleNamespace] = field(default_factory=list)
    remote_participants: dict[str, Any] = field(default_factory=dict)
    stuck: anyio.Event | None = None
    fault: Exception | None = None

    def __post_init__(self) -> None:
        self.local_participant = SimpleNamespace(identity="mcp-voice-b", sid="PA_1", stream_text=self.stream_text)
        self.enters("alice", HUMAN, tracks=[("TR_1", rtc.TrackSource.SOURCE_MICROPHONE)])

    def enters(
        self,
        identity: str,
        kind: int,
        attributes: dict[str, str] | None = None,
        *,
        tracks: Sequence[tuple[str, int]] = (),
    ) -> None:
        """Somebody is there, with these sounds."""
        publications = {
            sid: SimpleNamespace(sid=sid, source=source, kind=rtc.TrackKind.KIND_AUDIO) for sid, source in tracks
        }
        self.remote_participants[identity] = SimpleNamespace(
            identity=identity, kind=kind, attributes=attributes or {}, track_publications=publications
        )

    def isconnected(self) -> bool:
        """It is."""
        return True

    async def stream_text(self, **stream: Any) -> SimpleNamespace:
        """Open a stream."""
        if self.fault is not None:
            raise self.fault
        if self.stuck is not None:
            await self.stuck.wait()
        opened = SimpleNamespace(**stream, text="", closed=False)
        self.sent.append(opened)

        async def write(text: str) -> None:
            opened.text += text

        async def aclose() -> None:
            opened.closed = True

        return SimpleNamespace(write=write, aclose=aclose)

    def texts(self, identity: str = "alice") -> list[tuple[str, str]]:
        """What was sent of one person, each with whether it was the last of its segment."""
        return [
            (each.text, each.attributes["lk.transcription_final"])
            for each in self.sent
            if each.closed and each.sender_identity == identity
        ]


@dataclass
class Floor:
    """Whether we ask, and who holds then."""

    asks: bool = False
    known: tuple[str, ...] = ()

    def holds(self, identity: str) -> bool:
        """Whether that agent hears nobody."""
        return self.asks and identity in self.known


@asynccontextmanager
async def captioning(
    room: Room, *, may_send: Callable[[], bool] = lambda: True, floor: Floor | None = None
) -> AsyncIterator[Captions]:
    """Captions of a room, that are being sent."""
    captions = Captions(room, may_send=may_send)  # type: ignore[arg-type]
    captions.floor = floor or Floor()
    async with owned_tasks() as tasks:
        tasks.start_soon(captions.run)
        yield captions
        tasks.cancel_scope.cancel()


def says(
    captions: Captions, text: str, *, final: bool = False, identity: str = "alice", doubtful: bool = False
) -> None:
    """Words come out of the recogniser."""
    captions.heard(Words(identity, text, final=final, at=time.monotonic(), doubtful=doubtful))


async def test_words_are_captioned_as_they_come_and_once_more_at_their_end() -> None:
    """In the name of who said it, with their track, and one id for each segment."""
    room = Room()
    async with captioning(room) as captions:
        says(captions, "good")
        await until(lambda: room.texts() == [("good", "false")])
        says(captions, "good morning", final=True)
        says(captions, "and hello")
        await until(lambda: len(room.texts()) == 3)
        says(captions, "", final=True)
        await until(lambda: len(room.texts()) == 4)
    assert room.texts() == [("good", "false"), ("good morning", "true"), ("and hello", "false"), ("and hello", "true")]
    segments = [each.attributes["lk.segment_id"] for each in room.sent]
    assert segments[0] == segments[1] != segments[2] == segments[3]
    assert {each.attributes["lk.transcribed_track_id"] for each in room.sent} == {"TR_1"}
    assert {each.topic for each in room.sent} == {"lk.transcription"}


async def test_the_end_of_a_turn_ends_a_caption_whose_recogniser_does_not() -> None:
    """Words that come after it are the same caption, until something new is said."""
    room = Room()
    async with captioning(room) as captions:
        says(captions, "good")
        captions.turn_over("alice")
        await until(lambda: room.texts() == [("good", "true")])
        says(captions, "good", final=False)
        says(captions, "good morning")
        await until(lambda: room.texts()[-1] == ("good morning", "true"))
        says(captions, "", final=False)
        captions.heard(SpeechStarted("alice", time.monotonic()))
        says(captions, "and hello")
        await until(lambda: room.texts()[-1] == ("and hello", "false"))
        captions.turn_over("alice")
        says(captions, "and hello!", final=True)
        await until(lambda: not captions._people)
    segments = [each.attributes["lk.segment_id"] for each in room.sent]
    assert room.texts()[-1] == ("and hello!", "true")
    assert len(set(segments[:2])) == 1
    assert len(set(segments)) == 2


async def test_two_people_are_captioned_apart() -> None:
    """Each with segments of their own."""
    room = Room()
    room.enters("bob", HUMAN)
    async with captioning(room) as captions:
        says(captions, "Yes.", final=True)
        says(captions, "No.", final=True, identity="bob")
        await until(lambda: room.texts("alice") and room.texts("bob"))
    assert (room.texts("alice"), room.texts("bob")) == ([("Yes.", "true")], [("No.", "true")])
    assert "lk.transcribed_track_id" not in room.sent[1].attributes


async def test_what_is_revised_thirty_times_a_second_is_sent_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest of it, and the end at once."""
    monkeypatch.setattr("mcp_voice.room.captions.LEAST_SECONDS", 0.3)
    room = Room()
    async with captioning(room) as captions:
        for number in range(30):
            says(captions, f"word {number}")
            await anyio.sleep(0.005)
        says(captions, "word 30", final=True)
        await until(lambda: room.texts()[-1:] == [("word 30", "true")])
    assert len(room.texts()) <= 4


async def test_doubtful_and_empty_words_are_no_captions_and_a_text_that_is_taken_back_is_ended() -> None:
    """A noise that was taken for a word does not stay on the page."""
    room = Room()
    async with captioning(room) as captions:
        says(captions, "the", doubtful=True)
        says(captions, "", final=True)
        says(captions, "hm")
        await until(lambda: room.texts() == [("hm", "false")])
        says(captions, "")
        await until(lambda: room.texts()[-1] == ("", "false"))
    assert len(room.sent) == 2


async def test_a_long_text_is_cut_to_its_end() -> None:
    """A caption shows what is said now."""
    room = Room()
    async with captioning(room) as captions:
        says(captions, f"{'x' * 30_000} end", final=True)
        await until(room.texts)
    assert len(room.texts()[0][0]) == LONGEST_CAPTION
    assert room.texts()[0][0].endswith("x end")


@pytest.mark.parametrize(
    ("identity", "kind", "attributes", "sent"),
    [
        ("companion", AGENT, SESSION, False),
        ("recorder", AGENT, {}, True),
        ("faker", HUMAN, SESSION, True),
        ("mcp-voice-a", AGENT, SESSION, False),
        ("mcp-voice-c", AGENT, SESSION, True),
        ("mcp-voice-chat-a", AGENT, {}, True),
    ],
)
async def test_nobody_is_captioned_twice(identity: str, kind: int, attributes: dict[str, str], sent: bool) -> None:  # noqa: FBT001
    """An agent with a session captions whom it hears; of several of ours the first does; a human can't silence us."""
    room = Room()
    room.enters(identity, kind, attributes)
    async with captioning(room) as captions:
        says(captions, "Hello.", final=True)
        await until(lambda: not captions._people)
    assert bool(room.texts()) is sent
    if sent and kind == AGENT:
        assert room.sent[0].destination_identities == ["alice"]


@pytest.mark.parametrize(
    ("asks", "identity", "attributes", "sent"),
    [
        (True, "companion", SESSION, True),
        (False, "companion", SESSION, False),
        (True, "stranger", SESSION, False),
        (True, "mcp-voice-a", SESSION, True),
        (True, "mcp-voice-a", {**SESSION, "mcp_voice.ask": "{}"}, False),
        (False, "mcp-voice-c", {**SESSION, "mcp_voice.floor": "ask-1"}, False),
    ],
)
async def test_who_asks_captions_what_is_answered(
    asks: bool,  # noqa: FBT001
    identity: str,
    attributes: dict[str, str],
    sent: bool,  # noqa: FBT001
) -> None:
    """An agent that holds for the question hears nobody, and so captions nobody."""
    room = Room()
    room.enters(identity, AGENT, attributes)
    async with captioning(room, floor=Floor(asks, known=("companion",))) as captions:
        says(captions, "Hello.", final=True)
        await until(lambda: not captions._people)
    assert bool(room.texts()) is sent


async def test_a_caption_that_was_begun_is_ended_though_the_question_is_over_meanwhile() -> None:
    """Or it would never be final on anybody's page."""
    room, floor = Room(), Floor(asks=True, known=("companion",))
    room.enters("companion", AGENT, SESSION)
    async with captioning(room, floor=floor) as captions:
        says(captions, "good")
        await until(room.texts)
        floor.asks = False
        says(captions, "good morning", final=True)
        says(captions, "and hello", final=True)
        await until(lambda: not captions._people)
    assert room.texts() == [("good", "false"), ("good morning", "true")]


async def test_a_room_that_is_not_encrypted_as_we_are_gets_no_captions() -> None:
    """Nothing that was said there goes out in the clear."""
    room = Room()
    async with captioning(room, may_send=lambda: False) as captions:
        says(captions, "Hello.", final=True)
        await until(lambda: not captions._people)
    assert not room.sent


async def test_a_connection_that_takes_no_captions_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noting words takes no time; what waits is bounded, and what is sent later is in order."""
    monkeypatch.setattr("mcp_voice.room.captions.SEND_SECONDS", 60.0)
    room = Room(stuck=anyio.Event())
    async with captioning(room) as captions:
        says(captions, "word 0", final=True)
        await anyio.lowlevel.checkpoint()
        for number in range(1, 1_000):
            says(captions, f"word {number}", final=True)
            says(captions, "flood", identity=f"guest-{number}")
        assert len(captions._people) <= MOST_PEOPLE
        assert all(len(each.segments) <= MOST_WAITING for each in captions._people.values())
        assert room.stuck is not None
        room.stuck.set()
        await until(lambda: room.texts("guest-999"))


async def test_a_caption_that_cannot_be_sent_is_dropped_and_the_next_one_is_sent() -> None:
    """And its text is in no log."""
    room = Room(fault=RuntimeError("no room for 'Hello.'"))
    async with captioning(room) as captions:
        says(captions, "Hello.", final=True)
        await until(lambda: not captions._people)
        room.fault = None
        says(captions, "Again.", final=True)
        await until(room.texts)
    assert room.texts() == [("Again.", "true")]
