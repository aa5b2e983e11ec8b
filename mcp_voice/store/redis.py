"""A store in Redis (6.2 or newer) or Valkey, for any number of processes. All times are its own."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import lru_cache
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

from mcp_voice.bounds.limits import MOST_ERRANDS, MOST_OPEN_IN_ROOM
from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.errors import StoreError
from mcp_voice.store.passing_over import PassedOver
from mcp_voice.store.records import Outcome, Place, Progress, Renewed, Request, State
from mcp_voice.store.redis_changes import MOST_LOOKS, RedisChanges
from mcp_voice.store.redis_commands import Argument, Commands
from mcp_voice.store.redis_offers import RedisOffers
from mcp_voice.store.redis_rows import Rows, about
from mcp_voice.store.redis_subjects import KnownSubjects
from mcp_voice.store.redis_users import PREFIX, RedisUsers
from mcp_voice.store.redis_watches import Watches, until_heard
from mcp_voice.store.refusals import not_ours, too_many, too_many_errands, too_many_in_room, unknown_ask
from mcp_voice.store.sealing import Sealing
from mcp_voice.store.seam import LEASE_SECONDS
from mcp_voice.store.sizes import as_json, as_note
from mcp_voice.store.tags import tag
from mcp_voice.tasks import Bell, owned_tasks
from mcp_voice.words import question_key

__all__ = ["RedisStore"]

TAGS_KEPT = 2_048
"""Of subjects and rooms, each a hash."""


class RedisStore:
    """An ``AskStore`` that processes share."""

    is_shared = True

    def __init__(
        self,
        commands: Commands,
        watches: Watches,
        sealing: Sealing,
        *,
        keep_seconds: float,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._commands = commands
        self._watches = watches
        self._sealing = sealing
        self._passed = PassedOver()
        self._rows = Rows(sealing, self._passed)
        self._tag = lru_cache(TAGS_KEPT)(tag)
        self._keep = round(keep_seconds * 1000)
        self._lease = round(lease_seconds * 1000)
        self._subjects = KnownSubjects(commands, f"{PREFIX}subjects")
        self._offers = RedisOffers(commands, watches, sealing, self._passed, channel=f"{PREFIX}offers")
        self._changes = RedisChanges(watches, self._read)
        self.users = RedisUsers(commands, sealing, keep_seconds=keep_seconds, lease=self._lease)
        self._looks = anyio.CapacityLimiter(MOST_LOOKS)

    async def open(self, request: Request) -> State:
        """See ``AskStore``."""
        whose = self._tag(request.subject)
        asked = self._sealing.seal(as_json(request), about=about("request", whose, request.id))
        await self._subjects.note(whose)
        same = self._sealing.digest(f"question {question_key(request.text)}") if request.kind == "ask" else ""
        told = await self._deed(
            whose,
            "open",
            request.id,
            asked,
            request.kind,
            self._tag(request.room_name),
            round(2000 * request.open_seconds) + self._keep,
            self._sealing.digest(f"call {request.call_id}") if request.call_id else "",
            same,
            self._sealing.digest(f"participant {request.participant}") if request.participant else "",
            int(request.named),
            *((MOST_OPEN_IN_ROOM, request.most_open) if request.kind == "ask" else (MOST_ERRANDS, MOST_ERRANDS)),
        )
        if told and told[0] in (b"room", b"all") and request.kind != "ask":
            raise too_many_errands()
        if told and told[0] == b"room":
            raise too_many_in_room(request.room_name, _ids(told))
        if told and told[0] == b"all":
            raise too_many(_ids(told), most=request.most_open)
        state = self._rows.state(told, subject_tag=whose, request=request)
        if state.request is request:
            self._rows.keep(request, asked, subject_tag=whose)
        return state

    async def find(self, request_id: str, *, subject: str) -> State:
        """See ``AskStore``."""
        return await self._told_of(request_id, subject, "find")

    async def withdraw(self, request_id: str, *, subject: str) -> State:
        """See ``AskStore``."""
        return await self._told_of(request_id, subject, "withdraw")

    async def attend(self, request_id: str, *, subject: str, call: str = "", waits: bool = True) -> State:
        """See ``AskStore``."""
        return await self._told_of(request_id, subject, "attend", call, int(waits))

    async def stop_attending(self, request_id: str, *, subject: str) -> None:
        """See ``AskStore``."""
        await self._told_of(request_id, subject, "unattend")

    async def returned(self, request_id: str, *, subject: str) -> State:
        """See ``AskStore``."""
        return await self._told_of(request_id, subject, "returned")

    async def changed(self, state: State, *, seconds: float) -> State:
        """See ``AskStore``."""
        channel = f"{_base(self._tag(state.request.subject))}c:{state.request.id}"
        return await self._changes.changed(state, channel, seconds=seconds)

    async def waiting(self, place: Place) -> Sequence[State]:
        """See ``AskStore``."""
        return await self.waiting_of(self._tag(place.subject), place.room_name)

    async def waiting_of(self, subject_tag: str, room_name: str) -> Sequence[State]:
        """See ``AskStore``."""
        told = await self._deed(subject_tag, "waiting", self._tag(room_name))
        return list(self._rows.states(told, subject_tag=subject_tag))

    async def claim(self, state: State, *, worker: str) -> State | None:
        """See ``AskStore``."""
        whose, nonce = self._tag(state.request.subject), uuid.uuid4().hex
        told = await self._deed(whose, "claim", state.request.id, state.attempt, worker, nonce)
        return self._rows.state(told, subject_tag=whose, request=state.request) if told else None

    async def renew(self, state: State, progress: Progress) -> Renewed:
        """See ``AskStore``."""
        is_ours, is_withdrawn, is_attended = await self._write(state, "renew", "progress", as_json(progress))
        return Renewed(is_ours=bool(is_ours), is_withdrawn=bool(is_withdrawn), is_attended=bool(is_attended))

    async def answer(self, state: State, outcome: Outcome) -> bool:
        """See ``AskStore``."""
        return bool(await self._write(state, "answer", "outcome", as_json(outcome)))

    async def give_back(self, state: State, progress: Progress) -> None:
        """See ``AskStore``."""
        await self._write(state, "give_back", "progress", as_json(progress))

    async def fail_unclaimed(self, state: State, outcome: Outcome) -> bool:
        """See ``AskStore``."""
        return bool(await self._write(state, "fail", "outcome", as_json(outcome)))

    async def overdue(self, *, unclaimed_seconds: float) -> Sequence[State]:
        """See ``AskStore``."""
        found: list[State] = []
        idle: list[str] = []

        async def look(whose: str) -> None:
            async with self._looks:
                try:
                    told = await self._deed(whose, "overdue", round(unclaimed_seconds * 1000))
                except StoreError as error:
                    if error.code != StoreError.default_code:
                        raise
                    # What others wrote among the keys of one subject is no fault of the rest.
                    self._passed.tell("a subject's keys", error.code)
                    return
            if told == [b"idle"]:
                idle.append(whose)
            else:
                found.extend(self._rows.states(told, subject_tag=whose))

        async with owned_tasks() as tasks:
            for whose in await self._subjects.all():
                tasks.start_soon(look, whose)
        await self._subjects.forget(idle)
        return found

    async def hold(self, place: Place, *, worker: str) -> bool:
        """See ``AskStore``."""
        return bool(await self._deed(self._tag(place.subject), "hold", self._tag(place.room_name), worker))

    async def holder(self, place: Place) -> str:
        """See ``AskStore``."""
        told = await self._deed(self._tag(place.subject), "holder", self._tag(place.room_name))
        return str(told.decode(errors="replace"))

    async def leave(self, place: Place, *, worker: str) -> None:
        """See ``AskStore``."""
        await self._deed(self._tag(place.subject), "leave", self._tag(place.room_name), worker)

    def place_changes(self, place: Place) -> AbstractAsyncContextManager[Bell]:
        """See ``AskStore``."""
        return self._listening(place)

    async def offer(self, place: Place) -> bool:
        """See ``AskStore``."""
        return await self._offers.offer(place)

    def offers(self) -> AbstractAsyncContextManager[MemoryObjectReceiveStream[Place]]:
        """See ``AskStore``."""
        return self._offers.listening()

    async def note(self, place: Place, text: str, *, worker: str) -> bool:
        """See ``AskStore``."""
        whose, room = self._tag(place.subject), self._tag(place.room_name)
        kept = self._sealing.seal(as_note(text), about=about("note", whose, room))
        return bool(await self._deed(whose, "note", room, kept, worker))

    async def noted(self, place: Place) -> str:
        """See ``AskStore``."""
        whose, room = self._tag(place.subject), self._tag(place.room_name)
        kept = await self._deed(whose, "noted", room)
        try:
            return self._sealing.open(kept, about=about("note", whose, room)) if kept else ""
        except StoreError as error:
            # Of another key, say: what was said before is lost, and the room must not be.
            self._passed.tell("notes of rooms", error.code)
            return ""

    async def charge(self, subject: str, limit: Limit) -> float:
        """See ``AskStore``."""
        each = 1000 / limit.per_second
        told = await self._deed(self._tag(subject), "charge", f"{limit.burst * each:.3f}", f"{each:.3f}")
        return float(told) / 1000

    async def _told_of(
        self, request_id: str, subject: str, deed: str, *arguments: Argument, request: Request | None = None
    ) -> State:
        whose = self._tag(subject)
        told = await self._deed(whose, deed, request_id, *arguments)
        if told and told[0] == b"unknown":
            raise unknown_ask(request_id, kept=_ids(told))
        return self._rows.state(told, subject_tag=whose, request=request)

    async def _read(self, request: Request) -> State:
        """How it is now, its request apart, which is known."""
        return await self._told_of(request.id, request.subject, "look", request=request)

    async def _write(self, state: State, deed: str, what: str, text: str) -> Any:
        """Write a record of a request, for the claim of this state."""
        whose, request_id = self._tag(state.request.subject), state.request.id
        worker = () if deed == "fail" else (state.worker,)
        kept = self._sealing.seal(text, about=about(what, whose, request_id))
        return await self._deed(
            whose, deed, request_id, state.attempt, *worker, kept, self._sealing.digest(f"{what} {text}")
        )

    async def _deed(self, whose: str, deed: str, *arguments: Argument) -> Any:
        return await self._commands.deed(deed, _base(whose), self._lease, self._keep, *arguments)

    @asynccontextmanager
    async def _listening(self, place: Place) -> AsyncIterator[Bell]:
        with self._watches.watching(f"{_base(self._tag(place.subject))}p:{self._tag(place.room_name)}") as watched:
            await until_heard(watched)
            yield watched.bell


def _base(whose: str) -> str:
    """What all keys of a subject begin with; the braces put them into one slot of a cluster."""
    return f"{PREFIX}{{{whose}}}:"


def _ids(told: Any) -> list[str]:
    if not all(isinstance(each, bytes) for each in told):
        raise not_ours()
    return [each.decode(errors="replace") for each in told[1:]]
