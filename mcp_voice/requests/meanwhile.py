"""What people said that no result has returned: taken once, from whoever holds the place, by a call that returns it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TypeVar

import anyio
from pydantic import BaseModel

from mcp_voice.asks.meanwhile import with_meanwhile
from mcp_voice.errors import StoreError, VoiceError
from mcp_voice.requests.carriers import Carriers
from mcp_voice.requests.following import Follower
from mcp_voice.requests.holding import LEAVE_SECONDS, reader
from mcp_voice.requests.notes import read_into, written
from mcp_voice.requests.reading import read_result
from mcp_voice.results import Answer, Cancelled, Meanwhile, Said, Sent
from mcp_voice.store.records import Place, Request
from mcp_voice.store.seam import AskStore
from mcp_voice.turns.transcript import Transcript

__all__ = ["Meanwhiles", "noted"]

Result = TypeVar("Result", Answer, Cancelled, Said, Sent)
TAKE_SECONDS = 2.0
"""For how long a result waits for what is to stand beside it."""


class _Found(BaseModel):
    """What whoever holds a place tells of it."""

    said_meanwhile: list[Meanwhile]
    more: bool


async def noted(store: AskStore, place: Place) -> Transcript:
    """What is known to have been said in a place."""
    transcript = Transcript()
    read_into(transcript, await store.noted(place))
    return transcript


class Meanwhiles:
    """Of all places."""

    def __init__(self, store: AskStore, carriers: Carriers) -> None:
        self._store = store
        self._carriers = carriers

    async def beside(self, result: Result, place: Place, *, is_old: bool = False) -> Result:
        """A result with what has been said there and not returned yet; call this last.

        A result's ``more`` says whether there was anything when it was made, unless that ``is_old``. Nobody has to wait
        for long, and no result is lost for it: what cannot be had now is there for the next one.
        """
        if (transcript := self._carriers.transcript(place)) is not None:
            return with_meanwhile(result, transcript)
        try:
            with anyio.move_on_after(TAKE_SECONDS):
                if is_old:
                    result = result.model_copy(update={"more": bool((await noted(self._store, place)).unclaimed)})
                if result.more:
                    return await self._with_theirs(result, place)
        except VoiceError:
            pass  # the result matters more
        return result

    async def _with_theirs(self, result: Result, place: Place) -> Result:
        """From the notes where nobody is there, else from whoever is."""
        us = reader()
        if not await self._store.hold(place, worker=us):
            return await self._asked_for(result, place)
        try:
            transcript = await noted(self._store, place)
            found = with_meanwhile(result, transcript)
            # From here on they count as returned, whatever becomes of the note: twice is better than never.
            with anyio.move_on_after(LEAVE_SECONDS, shield=True), suppress(StoreError):
                await self._store.note(place, written(transcript), worker=us)
        finally:
            with anyio.move_on_after(LEAVE_SECONDS, shield=True), suppress(StoreError):
                await self._store.leave(place, worker=us)
        return found

    async def _asked_for(self, result: Result, place: Place) -> Result:
        request = Request(
            id=f"meanwhile-{uuid.uuid4().hex[:10]}",
            kind="meanwhile",
            subject=place.subject,
            room_name=place.room_name,
            open_seconds=TAKE_SECONDS,
        )
        state = await self._store.open(request)
        await self._store.attend(request.id, subject=place.subject, call=request.id)
        state = await Follower(self._store, self._carriers, state, let_go=anyio.Event()).until_over(limit=TAKE_SECONDS)
        if state.outcome is None or state.outcome.result is None:
            await self._store.withdraw(request.id, subject=place.subject)
            return result
        found = read_result(_Found, state.outcome.result)
        await self._store.returned(request.id, subject=place.subject)
        return result.model_copy(update={"said_meanwhile": found.said_meanwhile, "more": found.more})
