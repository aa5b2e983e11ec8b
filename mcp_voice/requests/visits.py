"""The places of one subject: which there are, who is there, and what was said, whoever holds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio

from mcp_voice.asks.meanwhile import listed
from mcp_voice.errors import StoreError, UnknownRoom, quoted, some_of
from mcp_voice.link.room_server import RoomServer
from mcp_voice.progress import Report, reporting
from mcp_voice.requests.carriers import Carriers
from mcp_voice.requests.meanwhile import noted
from mcp_voice.results import RoomInfo
from mcp_voice.store.records import Place
from mcp_voice.store.seam import AskStore
from mcp_voice.tasks import owned_tasks
from mcp_voice.texts.foreign import is_named
from mcp_voice.turns.transcript import Line, Transcript

__all__ = ["Visits"]

MOST_LOOKED_UP = 100
"""Rooms whose notes are read for one list, those with humans first; no result holds more."""
AT_A_TIME = 10


class Visits:
    """What is known of rooms."""

    def __init__(self, store: AskStore, carriers: Carriers, server: RoomServer, subject: str) -> None:
        self._store = store
        self._carriers = carriers
        self._server = server
        self._subject = subject

    async def rooms(self, may_enter: Callable[[str], bool], report: Report) -> tuple[list[RoomInfo], bool]:
        """Those that may be entered, as one result holds them, and whether there are more."""
        async with reporting(report, self._server.progress):
            found = [room for room in await self._server.rooms() if may_enter(room.room_name)]
        found.sort(key=lambda room: not room.active)
        return listed(found, await self._transcripts([room.room_name for room in found]))

    async def transcript(self, room_name: str) -> list[Line]:
        """What was said in a room, also by its name as a result shows it; raises UnknownRoom, and StoreError."""
        for name in [room_name, *await self._shown_as(room_name)]:
            transcript = await self._transcript(name)
            if transcript is not None:
                return list(transcript.lines)
        raise self._unknown(room_name)

    def transcript_here(self, room_name: str) -> list[Line]:
        """The same of a room that this process is in; raises UnknownRoom."""
        transcript = self._carriers.transcript(Place(self._subject, room_name))
        if transcript is None:
            raise self._unknown(room_name)
        return list(transcript.lines)

    async def entered(self, may_enter: Callable[[str], bool]) -> list[str]:
        """The rooms that somebody is in for this subject."""
        if not self._store.is_shared:
            return self.entered_here()
        rooms = sorted(await self._server.rooms(), key=lambda room: not room.active)
        names = [room.room_name for room in rooms if may_enter(room.room_name)][:MOST_LOOKED_UP]
        held = dict.fromkeys(names, False)
        limit = anyio.CapacityLimiter(AT_A_TIME)

        async def look(name: str) -> None:
            async with limit:
                held[name] = bool(await self._store.holder(Place(self._subject, name)))

        async with owned_tasks() as tasks:
            for name in names:
                tasks.start_soon(look, name)
        return [name for name in names if held[name]]

    async def knows(self, room_name: str) -> bool | None:
        """Whether somebody holds that room for this subject; False where it was taken from this process.

        None where nobody is known to hold it, or the store is away.
        """
        if (known := self._carriers.knows(Place(self._subject, room_name))) is not None:
            return known
        try:
            return bool(await self._store.holder(Place(self._subject, room_name))) or None
        except StoreError:
            return None

    def entered_here(self) -> list[str]:
        """Those that this process is in."""
        return self._carriers.entered(self._subject)

    def _unknown(self, room_name: str) -> UnknownRoom:
        return UnknownRoom(
            f"There is no transcript of room {quoted(room_name)}: mcp-voice was never in it.",
            fix=f"Rooms it is in: {some_of(self.entered_here())}.",
        )

    async def _shown_as(self, room_name: str) -> list[str]:
        if not self._store.is_shared:
            return []  # this process knows its own rooms by those names too
        names = [room.room_name for room in await self._server.rooms()]
        return [name for name in names if name != room_name and is_named(name, room_name)]

    async def _transcript(self, room_name: str) -> Transcript | None:
        place = Place(self._subject, room_name)
        if (here := self._carriers.transcript(place)) is not None:
            return here
        kept = await noted(self._store, place)
        known = kept.lines or kept.unclaimed or await self._store.holder(place)
        return kept if known else None

    async def _transcripts(self, names: Sequence[str]) -> list[Transcript | None]:
        found: list[Transcript | None] = [None] * len(names)
        limit = anyio.CapacityLimiter(AT_A_TIME)

        async def look(number: int, name: str) -> None:
            async with limit:
                try:
                    found[number] = await self._transcript(name)
                except StoreError:
                    return  # the rooms matter more

        async with anyio.create_task_group() as tasks:
            for number, name in enumerate(names[:MOST_LOOKED_UP]):
                tasks.start_soon(look, number, name)
        return found
