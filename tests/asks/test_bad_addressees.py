"""Rooms and people that are not there, or not for us: said at once, with those that are, and never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_voice.people.human import Human
from testkit.host import Host
from testkit.rig import LIMIT, Rig, ours
from testkit.waiting import until
from tests.server.test_bad_input import HUGE, LONG_NAME, refused

pytestmark = pytest.mark.anyio

IN_A_ROOM: dict[str, dict[str, Any]] = {
    "ask_in_room": {"question": "Ready?"},
    "say_in_room": {"message": "Ready."},
    "listen_in_room": {},
    "send_message_to_room": {"message": "Ready."},
}
TO_HUMANS = ["ask_in_room", "say_in_room", "listen_in_room"]


async def nothing_happened(*people: Human) -> None:
    """Nobody of us came, nobody heard or got anything."""
    for person in people:
        assert not ours(person)
        assert not person.heard.sounds
        assert not person.packets.all
        assert not person.chat.all


async def listed(host: Host, room: str, *, humans: int) -> None:
    """Wait until the server's directory knows of all who have joined."""

    async def there() -> bool:
        found = {each.room_name: each for each in (await host.rooms()).rooms}
        return room in found and len([each for each in found[room].participants if each.kind == "human"]) == humans

    await until(there, limit=LIMIT)


@pytest.mark.parametrize("tool", IN_A_ROOM)
async def test_an_unknown_room_is_refused_with_those_there_are(tool: str, host: Host, room: str, alice: Human) -> None:
    """A typing mistake is repaired from the message alone."""
    await listed(host, room, humans=1)
    text = await refused(host, tool, room_name="no-such-room", **IN_A_ROOM[tool])
    assert "no room 'no-such-room'" in text
    assert room in text
    await refused(host, tool, room_name=LONG_NAME, **IN_A_ROOM[tool])
    await nothing_happened(alice)


@pytest.mark.parametrize("tool", ["ask_in_room", "listen_in_room"])
async def test_an_unknown_participant_is_refused_with_those_there_are(
    tool: str, host: Host, room: str, alice: Human
) -> None:
    """By identity and by name."""
    await listed(host, room, humans=1)
    text = await refused(host, tool, room_name=room, participant="bob", **IN_A_ROOM[tool])
    assert "'bob'" in text
    assert "'alice' ('Alice')" in text
    await refused(host, tool, room_name=room, participant=LONG_NAME, **IN_A_ROOM[tool])
    await nothing_happened(alice)


async def test_a_name_that_two_people_have_is_refused_with_their_identities(host: Host, rig: Rig, room: str) -> None:
    """Never guess who is meant."""
    async with rig.person(room, "anna-1", name="Anna") as first, rig.person(room, "anna-2", name="Anna") as second:
        await listed(host, room, humans=2)
        text = await refused(host, "ask_in_room", question="Ready?", room_name=room, participant="Anna")
        assert "'anna-1' ('Anna')" in text
        assert "'anna-2' ('Anna')" in text
        await nothing_happened(first, second)


@pytest.mark.parametrize("tool", IN_A_ROOM)
async def test_with_people_in_several_rooms_one_must_be_named(
    tool: str, host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """Never speak into a guessed room."""
    async with rig.person(f"{room}-2", "bob") as bob:
        await listed(host, f"{room}-2", humans=1)
        text = await refused(host, tool, **IN_A_ROOM[tool])
        assert f"{room!r}" in text
        assert f"{room}-2" in text
        assert "room_name" in text
        await nothing_happened(alice, bob)


@pytest.mark.parametrize("tool", TO_HUMANS)
async def test_a_room_without_a_human_is_refused(tool: str, host: Host, rig: Rig, room: str) -> None:
    """An agent alone never answers for a human, and nobody would hear us."""
    async with rig.person(room, "robot", kind="agent") as robot:
        await until(lambda: _known(host, room), limit=LIMIT)
        text = await refused(host, tool, room_name=room, **IN_A_ROOM[tool])
        assert f"No human is in room {room!r}" in text
        await nothing_happened(robot)


async def _known(host: Host, room: str) -> bool:
    return any(each.room_name == room for each in (await host.rooms()).rooms)


async def test_a_room_that_the_settings_forbid_is_neither_listed_nor_entered(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """MCP_VOICE_ROOMS holds for every tool; with nobody in the rooms allowed it is said how to get somebody."""
    await listed(host, room, humans=1)
    async with rig.host(MCP_VOICE_ROOMS="lobby, team-*") as limited:
        found = await limited.rooms()
        assert found.rooms == []
        assert "join" in found.next
        for tool, arguments in IN_A_ROOM.items():
            text = await refused(limited, tool, room_name=room, **arguments)
            assert f"MCP_VOICE_ROOMS does not allow room {room!r}" in text
            assert room not in await refused(limited, tool, room_name="lobby", **arguments)
            text = await refused(limited, tool, **arguments)
            assert room not in text
            assert "join" in text
        await nothing_happened(alice)


@pytest.mark.parametrize("as_chat", [False, True])
async def test_an_unknown_destination_is_refused_and_nobody_gets_it(
    as_chat: bool,  # noqa: FBT001  # a parameter of the test
    host: Host,
    room: str,
    alice: Human,
) -> None:
    """Not even those of the list who are there."""
    await listed(host, room, humans=1)
    text = await refused(
        host,
        "send_message_to_room",
        message="Ready.",
        room_name=room,
        participants=["alice", "bob", "carol"],
        as_chat=as_chat,
    )
    assert "'bob'" in text
    assert "there: 'alice' ('Alice')" in text
    await nothing_happened(alice)


@pytest.mark.parametrize("as_chat", [False, True])
@pytest.mark.parametrize(("message", "why"), [("", "is empty"), (" \n", "is empty"), (HUGE, "15,360")])
async def test_a_message_of_no_or_too_many_bytes_is_refused(
    message: str,
    why: str,
    as_chat: bool,  # noqa: FBT001  # a parameter of the test
    host: Host,
    room: str,
    alice: Human,
) -> None:
    """Above 15 KiB some clients lose a packet without a word."""
    await listed(host, room, humans=1)
    text = await refused(host, "send_message_to_room", message=message, room_name=room, as_chat=as_chat)
    assert why in text
    await nothing_happened(alice)
