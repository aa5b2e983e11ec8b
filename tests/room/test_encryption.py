"""End-to-end encrypted rooms: spoken into with the shared key, and not at all without it or with another one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest
from livekit import rtc

from mcp_voice.doctor.key import KEY
from mcp_voice.doctor.reach import REACH
from mcp_voice.people.human import Human
from testkit.doctor import at, examined, problems
from testkit.host import Host, ToolFault
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

KEY_TEXT = "a shared passphrase ä"
OTHER_KEY = "another passphrase"


@pytest.fixture
async def erin(rig: Rig, room: str) -> AsyncIterator[Human]:
    """A human whose client encrypts."""
    async with rig.person(room, "erin", e2ee_key=KEY_TEXT) as person:
        yield person


@pytest.fixture(scope="module")
async def keyed(rig: Rig) -> AsyncIterator[Host]:
    """A server that has the key."""
    async with rig.host(MCP_VOICE_E2EE_KEY=KEY_TEXT) as started:
        yield started


@pytest.mark.parametrize("tool", ["ask_in_room", "say_in_room", "listen_in_room"])
async def test_an_encrypted_room_is_refused_before_anything_is_spoken(
    tool: str, host: Host, room: str, erin: Human
) -> None:
    """Without the key, what we say would be in the clear, and what they answer noise."""
    texts = {"ask_in_room": {"question": "Ready?"}, "say_in_room": {"message": "Ready."}, "listen_in_room": {}}
    result = await host.client.call_tool(tool, {"room_name": room, **texts[tool]})
    assert result.is_error
    text = str(result.content)
    assert "'erin' sends end-to-end encrypted audio" in text
    assert "MCP_VOICE_E2EE_KEY" in text
    assert not erin.heard.sounds
    await until(lambda: not ours(erin), limit=LIMIT)


async def test_with_the_shared_key_a_question_is_heard_and_answered(
    keyed: Host, rig: Rig, room: str, erin: Human
) -> None:
    """LiveKit's own encryption, in both directions, with the defaults that its clients have for a passphrase.

    Captions are encrypted as well: whoever is there without the key reads none.
    """
    async with rig.guest(room, "spy", plugged_in=False) as spy:
        async with keyed.asking("Shall we begin?", room_name=room) as call:
            await after_the_question(erin, voice_of("yes please go ahead"))
        assert call.answer.reply == "yes please go ahead"
        await until(lambda: "yes please go ahead" in [each.text for each in erin.captions.all], limit=LIMIT)
        assert not spy.captions.all
    tracks = [track for each in ours(erin) for track in each.track_publications.values()]
    assert [track.encryption_type for track in tracks] == [rtc.EncryptionType.GCM]


async def test_chat_answers_in_an_encrypted_room(keyed: Host, room: str, erin: Human) -> None:
    """Texts are encrypted with the same key."""
    async with keyed.asking("Shall we begin?", room_name=room) as call:
        await erin.hears_sound(limit=LIMIT)
        await erin.type("yes")
    assert (call.answer.reply, call.answer.channel) == ("yes", "chat")


async def test_a_message_reaches_an_encrypted_room_as_chat(keyed: Host, room: str, erin: Human) -> None:
    """The participant that sends it has the key too."""
    await keyed.client.call_tool("send_message_to_room", {"message": "Hello.", "room_name": room, "as_chat": True})
    assert (await erin.chat.next(limit=LIMIT)).text == "Hello."


async def test_a_room_in_the_clear_is_refused_where_a_key_is_set(keyed: Host, room: str, alice: Human) -> None:
    """There our encrypted voice is noise at full level."""
    with pytest.raises(ToolFault, match="'alice' sends unencrypted audio, but MCP_VOICE_E2EE_KEY is set") as fault:
        await keyed.ask("Ready?", room_name=room)
    assert KEY_TEXT not in str(fault.value)
    assert not alice.heard.sounds


async def test_another_key_is_refused_before_anything_is_spoken(keyed: Host, rig: Rig, room: str) -> None:
    """With a wrong key both sides hear silence, which nobody could tell from a human who says nothing."""
    async with rig.person(room, "otto", e2ee_key=OTHER_KEY) as otto:
        with pytest.raises(ToolFault, match="'otto' sends could not be decrypted") as fault:
            await keyed.ask("Ready?", room_name=room)
        assert "same passphrase" in str(fault.value)
        assert not otto.heard.sounds
        await until(lambda: not ours(otto), limit=LIMIT)


async def test_somebody_encrypted_who_comes_later_is_told_of_and_ends_no_question(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """We are in the room already: whoever can be heard may still answer, but nothing more is spoken in the clear."""
    async with rig.host() as listener:
        first = await listener.ask("Shall we begin?", room_name=room, wait_seconds=0)
        await alice.hears_sound(limit=LIMIT)
        async with rig.person(room, "erin", e2ee_key=KEY_TEXT):
            with anyio.fail_after(LIMIT):
                while "'erin' sends end-to-end encrypted audio" not in first.next:
                    first = await listener.wait(first.ask_id, wait_seconds=0.5)
            assert first.status == "pending"
            await alice.type("Yes.")
            assert (await listener.wait(first.ask_id)).reply == "Yes."
            with pytest.raises(ToolFault, match="'erin' sends end-to-end encrypted audio"):
                await listener.ask("Shall we go on?", room_name=room)


async def test_doctor_names_the_rooms_that_are_encrypted(rig: Rig, room: str, erin: Human) -> None:
    """Before somebody wonders why nothing can be asked there."""
    settings = at(rig.server.url, key=rig.server.api_key, secret=rig.server.api_secret)
    found = await examined(settings, *REACH, *KEY)
    assert problems(found) == {"key": ["room-encrypted"]}
    (problem,) = [problem for each in found for problem in each.problems]
    assert room in problem.cause
