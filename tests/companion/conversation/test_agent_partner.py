"""Whose words the companion's session gets when several humans are in the room."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from livekit import rtc

from mcp_voice_agent.conversation.human_audio import FRAME_MS, RATE
from mcp_voice_agent.conversation.microphones import MOST_PEOPLE, MOST_READ, chosen, shared
from mcp_voice_agent.conversation.partner import MOST_SECONDS
from mcp_voice_agent.conversation.room_audio import BEFORE_SECONDS, RoomAudio
from tests.companion.conversation.two_microphones import HOLD, audio, levels, partner, told

__all__ = ["audio", "told"]

FRAME_SECONDS = FRAME_MS / 1000


def test_whoever_speaks_while_the_partner_is_silent_is_the_partner_at_once() -> None:
    """Though somebody else came first."""
    choice = partner()
    choice.began("bob", 10.0)
    assert choice.settle(10.0)
    assert (choice.current, choice.speaker) == ("bob", "bob")


def test_whoever_speaks_during_the_partners_turn_is_next() -> None:
    """The turn ends when the session has it, not at a pause in it."""
    choice = partner()
    choice.began("alice", 0.0)
    choice.began("bob", 1.0)
    choice.ended("alice", 2.0)
    choice.ended("bob", 2.5)
    assert not choice.settle(3.0)
    assert choice.speaker == "alice"
    choice.turn_over(3.5)
    assert choice.settle(3.5)
    assert (choice.current, choice.speaker) == ("bob", "bob")


def test_those_who_wait_are_heard_in_the_order_in_which_they_began() -> None:
    """Three at once."""
    choice = partner()
    for at, who in zip((0.0, 1.0, 2.0), ("alice", "bob", "carol"), strict=True):
        choice.began(who, at)
        choice.ended(who, at + 0.5)
    heard = []
    for at in (4.0, 5.0, 6.0):
        choice.turn_over(at)
        choice.settle(at)
        heard.append(choice.current)
    assert heard == ["bob", "carol", "carol"]


def test_a_cough_that_becomes_no_turn_keeps_nobody_waiting_for_long() -> None:
    """Speech to text finds no words in it, and tells of nothing."""
    choice = partner()
    choice.began("alice", 0.0)
    choice.ended("alice", 0.3)
    choice.began("bob", 0.5)
    assert not choice.settle(0.3 + HOLD - 0.1)
    assert choice.settle(0.3 + HOLD)


def test_the_noise_of_an_open_microphone_takes_the_room_from_nobody_for_ever() -> None:
    """It is heard, then the other, then it again, and so on."""
    choice = partner()
    choice.began("alice", 0.0)
    choice.began("bob", 100.0)
    choice.ended("bob", 102.0)
    assert not choice.settle(100.0 + MOST_SECONDS - 0.1)
    assert choice.settle(100.0 + MOST_SECONDS)
    assert choice.current == "bob"
    choice.turn_over(118.0)
    assert choice.settle(118.0)
    assert choice.current == "alice"
    choice.began("bob", 119.0)
    assert choice.settle(119.0 + MOST_SECONDS)
    assert choice.current == "bob"


def test_words_that_may_be_of_two_are_nobodys() -> None:
    """A yes in them would be somebody else's."""
    choice = partner()
    choice.began("alice", 0.0)
    choice.began("bob", 1.0)
    choice.settle(1.0 + MOST_SECONDS)
    assert (choice.current, choice.speaker) == ("bob", "")
    choice.turn_over(20.0)
    choice.ended("alice", 20.0)
    choice.began("bob", 21.0)
    assert choice.speaker == "bob"


def test_whoever_types_is_the_partner_and_the_one_who_spoke_meanwhile_is_next() -> None:
    """What they go on to say is not lost."""
    choice = partner()
    choice.began("alice", 0.0)
    choice.take("bob", 1.0)
    assert choice.current == "bob"
    assert choice.settle(1.0)
    assert choice.current == "alice"


def test_nobody_waits_for_one_who_has_left() -> None:
    """Neither for the partner, nor for one of those who wait."""
    choice = partner()
    choice.began("alice", 0.0)
    choice.began("bob", 1.0)
    choice.began("carol", 2.0)
    choice.left("bob")
    choice.left("alice")
    assert choice.settle(2.0)
    assert choice.current == "carol"


def frame(level: int) -> rtc.AudioFrame:
    """20 ms of that level."""
    return rtc.AudioFrame(
        np.full(round(RATE * FRAME_SECONDS), level, np.int16).tobytes(), RATE, 1, round(RATE * FRAME_SECONDS)
    )


def test_the_first_words_of_a_new_partner_are_heard_from_their_beginning(audio: RoomAudio, told: list[str]) -> None:
    """Voice activity tells of them late, and the second before it is kept."""
    for level in range(1, 200):
        audio.push("alice", frame(1000))
        audio.push("bob", frame(level))
    assert set(levels(audio)) == {1000}
    audio.began("bob")
    audio.push("bob", frame(200))
    audio.push("alice", frame(1000))
    assert levels(audio) == list(range(200 - round(BEFORE_SECONDS / FRAME_SECONDS), 201))
    assert told == ["bob"]


def test_what_is_said_during_the_partners_turn_is_heard_after_it(audio: RoomAudio) -> None:
    """All of it, and not the silence that followed but for a moment."""
    audio.began("alice")
    audio.began("bob")
    for level in range(200):
        audio.push("bob", frame(1 + level))
    audio.ended("bob")
    for _ in range(500):
        audio.push("alice", frame(1000))
        audio.push("bob", frame(0))
    audio.ended("alice")
    assert set(levels(audio)) == {1000}
    audio._partner.turn_over(0.0)
    audio.push("alice", frame(1000))
    heard = levels(audio)
    assert [level for level in heard if level not in (0, 1000)] == list(range(1, 201))
    assert heard.count(0) <= round(BEFORE_SECONDS / FRAME_SECONDS)


def test_nothing_is_kept_while_another_agent_has_the_floor(audio: RoomAudio) -> None:
    """What is said to it is not heard afterwards, of nobody."""
    audio.began("alice")
    audio.began("bob")
    audio.push("bob", frame(1))
    audio.on_detached()
    audio.began("bob")
    for who in ("alice", "bob"):
        audio.push(who, frame(2))
    audio.on_attached()
    audio.push("alice", frame(3))
    assert levels(audio) == [3]


def test_speech_to_text_hears_silence_when_the_partner_is_gone(audio: RoomAudio, told: list[str]) -> None:
    """Else it would wait for the end of their last sentence, and who waits is heard after it."""
    audio.began("alice")
    audio.push("alice", frame(5))
    audio.began("bob")
    audio.push("bob", frame(7))
    audio.left("alice")
    heard = levels(audio)
    assert heard == [5, 0, 7]
    assert told == ["bob"]


def present(identity: str, *, muted: bool = False, microphones: int = 1) -> Any:
    """A participant with microphones that have reached us."""
    source, kind = rtc.TrackSource.SOURCE_MICROPHONE, rtc.TrackKind.KIND_AUDIO
    tracks = [
        SimpleNamespace(sid=f"{identity}-{number}", track=object(), muted=muted, source=source, kind=kind)
        for number in range(microphones)
    ]
    return SimpleNamespace(identity=identity, track_publications={each.sid: each for each in tracks})


def test_of_too_many_microphones_those_are_read_into_which_somebody_can_speak() -> None:
    """The partner's always, then open ones before muted ones, and of these the first."""
    people = [present(f"muted {number}", muted=True) for number in range(3)]
    people += [present("without", microphones=0)]
    people += [present(f"open {number}") for number in range(MOST_PEOPLE)]
    heard = [each.identity for each in chosen(people, "muted 2")]
    assert heard == ["muted 2", *[f"open {number}" for number in range(MOST_PEOPLE - 1)]]


def test_of_everybody_one_microphone_is_read_before_the_second_of_anybody() -> None:
    """Four of each of eight humans would be more than a core can read; an open one comes before a muted one."""
    greedy = [present(f"greedy {number}", microphones=4) for number in range(MOST_PEOPLE - 1)]
    alice = present("alice", microphones=2)
    alice.track_publications["alice-0"].muted = True
    read = shared([*greedy, alice])
    assert sum(map(len, read.values())) == MOST_READ
    assert all(read.values())
    assert list(read["alice"]) == ["alice-1"]
    assert list(read["greedy 0"]) == ["greedy 0-0", "greedy 0-1"]
    assert len(shared([present("bob", microphones=4)])["bob"]) == 4


def test_what_was_said_during_the_partners_turn_is_heard_though_the_microphone_is_gone_since(audio: RoomAudio) -> None:
    """Clients for push to talk unpublish it; speech to text hears silence after it, as no more comes."""
    audio.began("alice")
    audio.began("bob")
    for level in (1, 2, 3):
        audio.push("bob", frame(level))
    audio.unheard("bob")
    audio.unheard("alice")
    assert levels(audio) == [0]
    assert audio.partner == "alice", "her words are no turn yet"
    audio._partner.turn_over(0.0)
    audio.settle()
    assert audio.partner == "bob"
    assert levels(audio) == [1, 2, 3, 0]
