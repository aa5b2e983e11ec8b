"""What we hear, as captions for whoever is in the room: in the name of who said it, and never in a turn's way."""

from __future__ import annotations

import time

import anyio
import pytest

from mcp_voice.link import SpeechStarted
from mcp_voice.room.captions import LONGEST_CAPTION, MOST_PEOPLE, MOST_WAITING
from testkit.caption_room import HUMAN, Room, captioning, says
from testkit.waiting import until

pytestmark = pytest.mark.anyio


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
