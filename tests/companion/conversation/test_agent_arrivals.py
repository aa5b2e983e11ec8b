"""Whom the companion greets: a human who can hear it, and no phone that is still being dialled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from livekit import rtc

from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.conversation.arrivals import somebody_there
from testkit.waiting import until

pytestmark = pytest.mark.anyio

SIP = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
STANDARD = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
LIMIT = 5.0


class Room(rtc.EventEmitter[str]):
    """A room without LiveKit."""

    def __init__(self, *present: Any) -> None:
        super().__init__()
        self.remote_participants = {each.identity: each for each in present}

    @property
    def watched(self) -> bool:
        """Whether anybody waits for somebody to come."""
        return bool(self._events.get("participant_connected"))

    def joins(self, participant: Any) -> None:
        """Let somebody come in."""
        self.remote_participants[participant.identity] = participant
        self.emit("participant_connected", participant)

    def calls(self, participant: Any, status: str) -> None:
        """Let the call of a phone be there now."""
        participant.attributes["sip.callStatus"] = status
        self.emit("participant_attributes_changed", {"sip.callStatus": status}, participant)


def one(identity: str, kind: Any, status: str = "") -> Any:
    """A participant."""
    return SimpleNamespace(identity=identity, kind=kind, attributes={"sip.callStatus": status} if status else {})


async def found(room: Room) -> str:
    """Whom it finds."""
    with anyio.fail_after(LIMIT):
        return (await somebody_there(room)).identity  # type: ignore[arg-type]  # a small room


@pytest.mark.parametrize("status", ["dialing", "automation"])
async def test_a_phone_that_is_dialled_is_greeted_once_it_is_picked_up(status: str) -> None:
    """What is said before that nobody hears."""
    phone = one("caller", SIP, status)
    room = Room(one("robot", AGENT), phone)
    greeted: list[str] = []

    async def greet() -> None:
        greeted.append(await found(room))

    async with owned_tasks() as tasks:
        tasks.start_soon(greet)
        await until(lambda: room.watched, limit=LIMIT)
        room.calls(phone, status)
        assert not greeted
        room.calls(phone, "active")
        await until(lambda: greeted, limit=LIMIT)
    assert greeted == ["caller"]
    assert not room.watched


async def test_whoever_comes_while_a_phone_is_dialled_is_greeted() -> None:
    """They need not wait for it."""
    room = Room(one("caller", SIP, "dialing"))
    async with owned_tasks() as tasks:

        async def come() -> None:
            await until(lambda: room.watched, limit=LIMIT)
            room.joins(one("alice", STANDARD))

        tasks.start_soon(come)
        assert await found(room) == "alice"


@pytest.mark.parametrize("status", ["", "active", "ringing"])
async def test_a_phone_that_calls_us_is_greeted_at_once(status: str) -> None:
    """It rings in the caller's ear until it hears our track."""
    assert await found(Room(one("caller", SIP, status))) == "caller"


async def test_an_attribute_of_a_guest_keeps_nobody_from_being_greeted() -> None:
    """Only a phone is dialled."""
    assert await found(Room(one("alice", STANDARD, "dialing"))) == "alice"
