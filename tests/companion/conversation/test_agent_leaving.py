"""What becomes of the words of one who leaves before their turn, and of those who are still there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from livekit import rtc
from livekit.agents import llm

from mcp_voice_agent.conversation.linking import Linking
from mcp_voice_agent.conversation.partner import MOST_GONE, Partner
from mcp_voice_agent.conversation.room_audio import RoomAudio
from mcp_voice_agent.learned import SPEAKER
from testkit.microphones import Room, frame, listening
from testkit.waiting import settled, until
from tests.companion.conversation.two_microphones import HOLD, audio, levels, partner, told

__all__ = ["audio", "told"]


def test_the_words_of_one_who_has_left_are_heard_when_it_is_their_turn_and_then_the_partner_is_again(
    audio: RoomAudio, told: list[str]
) -> None:
    """They are in the conversation, with their name; speech to text hears silence after them."""
    audio.began("alice")
    audio.began("bob")
    audio.push("bob", frame(1))
    audio.left("bob")
    assert audio.owes
    audio.ended("alice")
    audio._partner.turn_over(0.0)
    audio.settle()
    assert (audio.partner, audio._partner.speaker, levels(audio), audio._voices) == ("bob", "bob", [1, 0], {})
    audio.push("alice", frame(2))
    assert audio.partner == "bob", "these words are no turn yet"
    audio._partner.turn_over(0.0)
    audio.push("alice", frame(3))
    assert (audio.partner, levels(audio), told) == ("alice", [2, 3], ["bob", "alice"])
    assert not audio.owes


def test_of_one_who_has_left_without_a_word_nothing_is_kept(audio: RoomAudio) -> None:
    """Nobody waits for them, nor for one whose words were heard."""
    audio.push("bob", frame(1))
    audio.left("bob")
    audio.began("carol")
    audio.left("carol")
    assert not audio.owes
    assert set(audio._voices) <= {"alice"}


def test_those_who_come_speak_and_leave_again_and_again_are_kept_up_to_a_bound() -> None:
    """Each is half a minute of sound at the most."""
    choice = partner()
    choice.began("alice", 0.0)
    kept = 0
    for number in range(3 * MOST_GONE):
        choice.began(f"guest {number}", 1.0)
        kept += choice.left(f"guest {number}", unheard=True)
    assert kept == MOST_GONE


def test_when_the_partner_has_left_too_nobody_is_after_one_who_has_left() -> None:
    """Then whoever is there is chosen."""
    choice = partner()
    choice.began("alice", 0.0)
    choice.began("bob", 1.0)
    choice.left("bob", unheard=True)
    choice.left("alice")
    assert choice.settle(2.0)
    assert choice.current == "bob"
    assert not choice.settle(2.0 + HOLD - 0.1), "speech to text may still hear words"
    assert choice.settle(2.0 + HOLD)
    assert choice.current == ""


def test_one_who_comes_back_before_their_turn_is_there() -> None:
    """As if they had never left."""
    choice = partner()
    choice.began("alice", 0.0)
    choice.began("bob", 1.0)
    choice.left("bob", unheard=True)
    choice.began("bob", 2.0)
    choice.turn_over(3.0)
    choice.ended("alice", 3.0)
    choice.settle(9.0)
    choice.turn_over(10.0)
    choice.settle(99.0)
    assert choice.current == "bob"


def in_a_room(*identities: str) -> tuple[Linking, SimpleNamespace, list[str]]:
    """A session linked to the first of these; gives the room, and whom it is linked to from now on, too."""
    kind = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
    people = [cast("Any", SimpleNamespace(identity=each, name=each.title(), kind=kind)) for each in identities]
    room = SimpleNamespace(remote_participants={each.identity: each for each in people})
    linked: list[str] = []
    session: Any = SimpleNamespace(on=lambda *_: None, room_io=SimpleNamespace(set_participant=linked.append))
    linking = Linking(cast("rtc.Room", room), session, people[0], patience=1.0, changed=lambda _: None)
    return linking, room, linked


def test_who_has_typed_and_left_before_their_turn_is_not_listened_to() -> None:
    """Whoever is there would not be heard any more: no voice activity is looked for where there is one human."""
    linking, room, linked = in_a_room("alice", "bob")
    del room.remote_participants["bob"]
    linking.take("bob")
    assert (linking.audio.partner, linked) == ("alice", [])


def test_after_one_who_has_left_whoever_is_there_is_listened_to_and_the_name_is_still_known() -> None:
    """The partner before has left, too, and nobody has come or gone since."""
    linking, room, linked = in_a_room("alice", "bob", "carol")
    linking.audio.began("alice")
    linking.audio.began("bob")
    linking.audio.push("bob", frame(1))
    bob = room.remote_participants.pop("bob")
    linking.on_change(bob)
    linking.audio.left("bob")
    linking.on_change(room.remote_participants.pop("alice"))
    linking._partner.turn_over(0.0)
    linking.audio.settle()
    assert linking.audio.partner == "carol"
    assert linked[-1] == "carol"
    said = llm.ChatContext([llm.ChatMessage(role="user", content=["hello"], extra={SPEAKER: "bob"})])
    said.items.append(llm.ChatMessage(role="user", content=["hi"], extra={SPEAKER: "carol"}))
    assert [each.text_content for each in linking.named(said).messages() if each.role == "user"] == [
        "Bob: hello", "Carol: hi",
    ]  # fmt: skip


@pytest.fixture
def room() -> Room:
    """Alice is the partner, and has no microphone."""
    room = Room(Partner(HOLD, "alice"))
    room.comes("alice")
    return room


@pytest.mark.anyio
@pytest.mark.parametrize("microphone_first", [True, False], ids=["the microphone goes first", "all goes at once"])
async def test_whoever_is_left_alone_is_heard_after_the_words_of_one_who_has_left(
    room: Room, monkeypatch: pytest.MonkeyPatch, *, microphone_first: bool
) -> None:
    """They would be deaf to the one who is still there, for ever."""
    async with listening(monkeypatch, room):
        room.comes("bob")
        mine, theirs = room.publishes("alice"), room.publishes("bob")
        mine.sounds(101)
        await until(lambda: room.partner.speaks("alice"), limit=2.0)
        theirs.sounds(201)
        await until(lambda: room.partner.waits("bob"), limit=2.0)
        if microphone_first:
            room.unpublishes("bob")
        room.leaves("bob")
        mine.sounds(1)
        await until(lambda: not room.partner.speaks("alice"), limit=2.0)
        room.partner.turn_over(0.0)
        room.audio.settle()
        assert room.audio.partner == "bob"
        mine.sounds(102)
        await until(lambda: room.partner.waits("alice"), limit=2.0)
        room.partner.turn_over(0.0)
        mine.sounds(103)
        await until(lambda: room.audio.partner == "alice", limit=2.0)
        await until(lambda: room.audio._frames.qsize() >= 6, limit=2.0)
        assert room.heard() == [101, 1, 201, 102, 103]


@pytest.mark.anyio
async def test_nothing_is_kept_of_those_who_have_left(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their voice activity ends after them; a room may stay open for weeks."""
    async with listening(monkeypatch, room):
        for number in range(3):
            room.comes(f"guest {number}")
            room.publishes(f"guest {number}").sounds(1)
            await settled()
            room.leaves(f"guest {number}")
        await settled()
        assert not room.audio._voices
