"""LiveKit's dispatches to one room, as those who send workers to it see them."""

from __future__ import annotations

from dataclasses import dataclass, field

from mcp_voice.room.dispatch_api import Dispatch

__all__ = ["FakeDispatching"]


@dataclass
class FakeDispatching:
    """One room; a worker takes a dispatch, or it stays untaken."""

    takes: bool = True
    room: str = "RM_1"
    makes: str = "RM_1"
    """The room that there is after the next dispatch."""
    is_alone: bool = False
    leave: bool = False
    """Whether everybody does, just before the next dispatch."""
    error: Exception | None = None
    """What every look at the room raises."""
    there: list[Dispatch] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    async def room_id(self, _: str) -> str:
        """Of the one room."""
        if self.error is not None:
            raise self.error
        return self.room

    async def listed(self, _: str) -> list[Dispatch]:
        """Of the one room."""
        return list(self.there)

    async def create(self, _: str, metadata: str) -> None:
        """A worker takes it, or none does."""
        self.created.append(metadata)
        self.is_alone = self.is_alone or self.leave
        number = len(self.created)
        identities = (f"mcp-voice-{number}",) if self.takes else ()
        self.there.append(Dispatch(f"AD_{number}", metadata, number, is_taken=self.takes, identities=identities))
        self.room = self.makes

    async def delete(self, _: str, dispatch_id: str) -> None:
        """It is no more."""
        self.deleted.append(dispatch_id)
        self.there = [each for each in self.there if each.id != dispatch_id]

    async def remove(self, _: str, identity: str) -> None:
        """They are gone."""
        self.removed.append(identity)

    async def is_deserted(self, _: str) -> bool:
        """As the test wants it."""
        return self.is_alone

    async def close_made(self, _: str, room_id: str) -> None:
        """Noted."""
        self.closed.append(room_id)
