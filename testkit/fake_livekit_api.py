"""A LiveKit server's API of rooms and dispatches, as far as those who send companions again use it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from livekit import api
from livekit.agents.types import ATTRIBUTE_AGENT_NAME

__all__ = ["FakeLiveKitApi", "agent", "human"]

ROOM, SID = "kitchen", "RM_1"


def human(identity: str = "alice") -> api.ParticipantInfo:
    """Somebody who wants to be answered."""
    return api.ParticipantInfo(identity=identity, kind=api.ParticipantInfo.STANDARD)


def agent(identity: str, *, agent_name: str) -> api.ParticipantInfo:
    """A companion."""
    return api.ParticipantInfo(
        identity=identity, kind=api.ParticipantInfo.AGENT, attributes={ATTRIBUTE_AGENT_NAME: agent_name}
    )


def _take(dispatch: api.AgentDispatch, number: object) -> None:
    job = dispatch.state.jobs.add(id=f"AJ_{number}", dispatch_id=dispatch.id)
    job.state.participant_identity = f"agent-AJ_{number}"


class FakeLiveKitApi:
    """One room; as with the real server a dispatch is deleted once, and a worker takes it or it stays untaken."""

    def __init__(self) -> None:
        self.people: list[api.ParticipantInfo] = []
        self.dispatches: list[api.AgentDispatch] = []
        self.removed: list[str] = []
        self.takes: Callable[[], bool] = lambda: True
        """Whether a worker takes the next dispatch."""
        self.failing: dict[str, Exception] = {}
        """By the name of a call, what it raises from now on."""
        self.before: dict[str, Callable[[], None]] = {}
        """By the name of a call, what happens just before it; once."""
        self.counted = True
        """Whether it says how many are in the room; the real server does so up to 5 s late."""
        self._numbers = count(1)

    @property
    def room(self) -> FakeLiveKitApi:
        """LiveKitAPI's service of rooms."""
        return self

    @property
    def agent_dispatch(self) -> FakeLiveKitApi:
        """LiveKitAPI's service of dispatches."""
        return self

    def _called(self, name: str) -> None:
        if name in self.before:
            self.before.pop(name)()
        if name in self.failing:
            raise self.failing[name]

    def asked_for(self, wanted: api.CreateAgentDispatchRequest) -> api.AgentDispatch:
        """Make a dispatch as somebody else would."""
        number = next(self._numbers)
        made = api.AgentDispatch(
            id=f"AD_{number}",
            agent_name=wanted.agent_name,
            room=wanted.room,
            metadata=wanted.metadata,
            attributes=dict(wanted.attributes),
            deployment=wanted.deployment,
            restart_policy=wanted.restart_policy,
        )
        # The server's clock, which is a day behind ours.
        made.state.created_at = number
        if self.takes():
            _take(made, number)
        self.dispatches.append(made)
        return made

    def launched_again(self, dispatch: str, number: str) -> None:
        """A worker takes the dispatch of that id once more, by a job of that number."""
        _take(next(each for each in self.dispatches if each.id == dispatch), number)

    async def list_rooms(self, _: api.ListRoomsRequest) -> api.ListRoomsResponse:
        """The one room."""
        self._called("list_rooms")
        room = api.Room(name=ROOM, sid=SID, num_participants=len(self.people) * self.counted)
        return api.ListRoomsResponse(rooms=[room])

    async def list_participants(self, _: api.ListParticipantsRequest) -> api.ListParticipantsResponse:
        """Who is in it."""
        self._called("list_participants")
        return api.ListParticipantsResponse(participants=self.people)

    async def remove_participant(self, who: api.RoomParticipantIdentity) -> None:
        """Take somebody out."""
        self._called("remove_participant")
        self.removed.append(who.identity)
        self.people = [each for each in self.people if each.identity != who.identity]

    async def list_dispatch(self, _: str) -> list[api.AgentDispatch]:
        """All of the room's, in no order."""
        self._called("list_dispatch")
        return self.dispatches[::-1]

    async def create_dispatch(self, wanted: api.CreateAgentDispatchRequest) -> api.AgentDispatch:
        """Another one."""
        self._called("create_dispatch")
        return self.asked_for(wanted)

    async def delete_dispatch(self, dispatch_id: str, _: str) -> None:
        """Raises ServerError if it is no more."""
        self._called("delete_dispatch")
        kept = [each for each in self.dispatches if each.id != dispatch_id]
        if len(kept) == len(self.dispatches):
            raise api.ServerError(api.ServerErrorCode.NOT_FOUND, "dispatch ID not found", status=404)
        self.dispatches = kept
