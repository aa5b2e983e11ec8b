"""A worker that sends companions again, at a clock of its own, and a room whose companion comes and goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from livekit import api

from mcp_voice_agent.dispatch.dispatches import Dispatches
from mcp_voice_agent.dispatch.redispatch import Ours, _Redispatch
from testkit.fake_livekit_api import ROOM, SID, FakeLiveKitApi, agent, human

__all__ = ["ASKED", "LOOK", "NAME", "Worker", "comes", "goes", "ids", "job", "room_that_asks"]

NAME = "helper"
ASKED = api.CreateAgentDispatchRequest(agent_name=NAME, room=ROOM, metadata="theirs")
LOOK = 2.0


@dataclass
class Worker:
    """One that looks at the rooms every 2 s of a clock of its own."""

    server: FakeLiveKitApi
    now: float = 1000.0
    free: bool = True
    jobs: list[Any] = field(default_factory=list)
    sent: int = 0
    waiting_rooms: int = 0

    def __post_init__(self) -> None:
        """It has just begun."""
        ours = Ours(jobs=lambda: self.jobs, takes_rooms=lambda: self.free)
        dispatches = Dispatches(cast("api.LiveKitAPI", self.server), NAME)
        self._redispatch = _Redispatch(dispatches, ours, self, clock=lambda: self.now, pace_seconds=0)

    def sent_again(self) -> None:
        """A figure."""
        self.sent += 1

    def waiting(self, rooms: int) -> None:
        """Another one."""
        self.waiting_rooms = rooms

    async def looks(self, seconds: float) -> None:
        """Look for so long."""
        end = self.now + seconds
        while self.now < end:
            self.now += LOOK
            try:
                await self._redispatch._look(whole=True)
            except (api.ServerError, TimeoutError):
                continue

    async def loses(self, job: Any, identity: str) -> None:
        """The process of one of its jobs has died."""
        await self._redispatch._replace(identity, job)


def room_that_asks() -> FakeLiveKitApi:
    """A room with a human that asks for a companion, whom a worker took."""
    server = FakeLiveKitApi()
    server.people = [human()]
    server.asked_for(ASKED)
    return server


def comes(server: FakeLiveKitApi, number: int = 1) -> None:
    """The companion of a dispatch is in the room."""
    server.people.append(agent(f"agent-AJ_{number}", agent_name=NAME))


def goes(server: FakeLiveKitApi) -> None:
    """No companion is in the room any more."""
    server.people = [human()]


def ids(server: FakeLiveKitApi) -> list[str]:
    """Of the dispatches in the room."""
    return [each.id for each in server.dispatches]


def job(dispatch: str) -> Any:
    """What a worker knows of one of its jobs."""
    return SimpleNamespace(job=SimpleNamespace(dispatch_id=dispatch, room=SimpleNamespace(name=ROOM, sid=SID)))
