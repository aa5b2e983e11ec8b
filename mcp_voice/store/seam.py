"""The one seam to where asks are kept; ``memory`` serves one process, ``redis`` any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from anyio.streams.memory import MemoryObjectReceiveStream

from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.store.records import Outcome, Place, Progress, Renewed, Request, State
from mcp_voice.store.users import StoreUsers
from mcp_voice.tasks import Bell

__all__ = ["LEASE_SECONDS", "MOST_OFFERS", "RENEW_SECONDS", "AskStore"]

RENEW_SECONDS = 3.0
"""How often a claim, a hold of a place and a call that waits are renewed."""
LEASE_SECONDS = 10.0
"""For how long each of them holds without that."""
MOST_OFFERS = 100
"""Places that are offered, and that one process has not looked at yet."""


class AskStore(Protocol):
    """Requests, who carries them out, and what came of them.

    Every method returns within some seconds, or raises StoreError: a store that is unreachable, full or slow. What was
    answered once is never changed, and is kept for ``MCP_VOICE_KEEP_SECONDS``. Nobody finds a request by an id alone:
    another subject's is as unknown as one that never was.
    """

    @property
    def users(self) -> StoreUsers:
        """Who uses this store."""

    @property
    def is_shared(self) -> bool:
        """Whether what is open in it outlives this process: another one may carry it on."""

    async def open(self, request: Request) -> State:
        """Keep a request, last in the order of its place; or give the open ask that it repeats.

        Whatever is asked or said repeats an open request of the same subject and kind with the same ``call_id``; an ask
        repeats one with the same question for the same room (any, where the call named none) and participant (an ask of
        everybody repeats one of somebody as ``Target.covers`` says). What is withdrawn is repeated by nothing. To open
        the same id again changes nothing. Raises BadInput where too many are open, without those that are withdrawn:
        asks in the room or of the subject (``too-many-asks``), or of what ends with its call, ``MOST_ERRANDS`` of its
        subject and kind (``too-many-under-way``).
        """

    async def find(self, request_id: str, *, subject: str) -> State:
        """The request of that id; raises UnknownAsk."""

    async def withdraw(self, request_id: str, *, subject: str) -> State:
        """Have it end; raises UnknownAsk.

        Where nobody carries it out, or the lease of whoever does runs out, it is over with an empty Outcome; else they
        write the outcome.
        """

    async def attend(self, request_id: str, *, subject: str, call: str = "", waits: bool = True) -> State:
        """A call waits for it, for ``LEASE_SECONDS`` more; with ``waits`` False it is only counted. Raises UnknownAsk.

        ``call`` is a short name by which a call that begins is counted, once, though its acknowledgement gets lost.
        """

    async def stop_attending(self, request_id: str, *, subject: str) -> None:
        """A call that waited for it has returned; where others wait they attend it again. Raises UnknownAsk."""

    async def returned(self, request_id: str, *, subject: str) -> State:
        """What was heard by it has reached its call, and counts as returned; raises UnknownAsk."""

    async def changed(self, state: State, *, seconds: float) -> State:
        """The state once it is another version than this one, or after so many seconds as it is then.

        Versions in between may be left out; the one that is over is told at once.
        """

    async def waiting(self, place: Place) -> Sequence[State]:
        """The open requests of a place that nobody carries out (no claim, given back, or a lease that ran out).

        In the order in which they were opened.
        """

    async def waiting_of(self, subject_tag: str, room_name: str) -> Sequence[State]:
        """As ``waiting``, for whoever knows of a place's subject no more than its ``tag``."""

    async def claim(self, state: State, *, worker: str) -> State | None:
        """Carry it out from now on: attempt ``state.attempt + 1``; None where another was faster, or it is over."""

    async def renew(self, state: State, progress: Progress) -> Renewed:
        """Keep the claim of ``state.attempt``, and say how far it is.

        A lease that ran out is no loss as long as nobody else has claimed it since.
        """

    async def answer(self, state: State, outcome: Outcome) -> bool:
        """Write what came of it; False where the claim is no longer ours, or it has an outcome already.

        Writing the same outcome of the same attempt again is True: an acknowledgement may get lost.
        """

    async def give_back(self, state: State, progress: Progress) -> None:
        """Let anybody claim it: whoever carries it out is about to end. Nothing happens where it is not ours."""

    async def fail_unclaimed(self, state: State, outcome: Outcome) -> bool:
        """Write the outcome of a request that nobody carries out, if that is still so and its attempt is this one."""

    async def overdue(self, *, unclaimed_seconds: float) -> Sequence[State]:
        """Open requests of all subjects that nobody carries out, though they are so old or their lease ran out."""

    async def hold(self, place: Place, *, worker: str) -> bool:
        """Be the only one who carries out what is asked in a place, for ``LEASE_SECONDS`` more; False: another is.

        What was noted there is kept for as long as replies, anew from here on.
        """

    async def holder(self, place: Place) -> str:
        """Who holds a place now; empty: nobody."""

    async def leave(self, place: Place, *, worker: str) -> None:
        """Hold it no longer; nothing happens where another does."""

    def place_changes(self, place: Place) -> AbstractAsyncContextManager[Bell]:
        """Rings when a request of that place is opened, withdrawn, or given back, and when the place is left.

        A ring may get lost while a store cannot be reached: look again every ``RENEW_SECONDS`` too.
        """

    async def offer(self, place: Place) -> bool:
        """Tell all who listen to ``offers`` that something waits there for which its process is too busy.

        Gives whether anybody does but this process.
        """

    def offers(self) -> AbstractAsyncContextManager[MemoryObjectReceiveStream[Place]]:
        """Places as they are offered by anybody, our own too.

        One may get lost while a store cannot be reached, or where many come at once: look at ``overdue`` too.
        """

    async def note(self, place: Place, text: str, *, worker: str) -> bool:
        """Keep a text for whoever holds the place next, in place of the one before; False: this worker holds it not."""

    async def noted(self, place: Place) -> str:
        """What was kept of it; empty: nothing."""

    async def charge(self, subject: str, limit: Limit) -> float:
        """Count a call of a subject, which all who have the store count together; seconds until it may be made.

        0: now. A call that may not be made yet is not counted.
        """
