"""What one process knows of places and the store does not know yet; it outlives the holds of these places."""

from __future__ import annotations

import logging
from collections.abc import Callable

import anyio
from anyio.abc import TaskGroup

from mcp_voice.redaction import fault_place
from mcp_voice.requests.claim import Claim
from mcp_voice.requests.holding import LEAVE_SECONDS
from mcp_voice.requests.notes import Noted
from mcp_voice.store.records import Outcome, Place

__all__ = ["Unwritten"]

log = logging.getLogger(__name__)

WRITE_SECONDS = 3600.0
"""For how long an outcome is kept that the store cannot be told; no reply is kept for a shorter time."""

MOST_PLACES = 2_000


class Unwritten:
    """Outcomes on their way, and what was noted last of each place."""

    def __init__(self, tasks: TaskGroup) -> None:
        """``tasks`` owns the writers; cancelling it has each try once more for a moment."""
        self._tasks = tasks
        self._ids: set[str] = set()
        self._noted: dict[Place, Noted] = {}

    def is_due(self, request_id: str) -> bool:
        """Whether something has come of it that the store is to be told: nobody here begins with it again."""
        return request_id in self._ids

    @property
    def is_any_due(self) -> bool:
        """Whether the store is to be told of anything."""
        return bool(self._ids)

    def noted(self, place: Place) -> Noted:
        """What this process has noted of it, and found noted."""
        found = self._noted[place] = self._noted.pop(place, Noted())
        while len(self._noted) > MOST_PLACES:
            del self._noted[next(iter(self._noted))]
        return found

    async def write(self, claim: Claim, outcome: Outcome, *, kept: Callable[[], None]) -> None:
        """Have it written, now or once the store is there again; returns once that has been tried enough.

        Cancelling it stops no writing. ``kept`` is called where the claim is another's by then.
        """
        done = anyio.Event()
        request_id = claim.state.request.id
        self._ids.add(request_id)

        async def write() -> None:
            try:
                if not await claim.answer(outcome, limit=WRITE_SECONDS):
                    kept()
            except anyio.get_cancelled_exc_class():
                with anyio.CancelScope(shield=True):
                    await claim.answer(outcome, limit=LEAVE_SECONDS)
                raise
            except Exception as error:  # noqa: BLE001  # one that fails must not end the others
                log.error("an outcome could not be written: %s", fault_place(error))  # noqa: TRY400  # it may quote
                kept()
            finally:
                self._ids.discard(request_id)
                done.set()

        self._tasks.start_soon(write)
        await done.wait()
