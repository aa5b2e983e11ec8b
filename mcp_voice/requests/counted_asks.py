"""The asks that were opened by calls of this process, counted and told of, whoever carries them out."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

import anyio
from anyio.abc import TaskGroup

from mcp_voice.asks.figures import STARTING, WAITED_FOR, CallFigures, outcome_word
from mcp_voice.errors import StoreError, UnknownAsk, VoiceError
from mcp_voice.logs.audit import tell_ask_ended
from mcp_voice.redaction import fault_place
from mcp_voice.requests.failures import raised
from mcp_voice.requests.giving_up import answer_in, cancelled
from mcp_voice.results import Answer
from mcp_voice.store.records import State
from mcp_voice.store.seam import AskStore

__all__ = ["CountedAsks"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
"""Between two looks at what is open: a call that waits sees its end at once, and most asks have one. One look is one
command more among the fifty of an ask of 20 s."""
LOOK_HERE_SECONDS = 1.0
"""The same in the memory of this process, where a look costs nothing."""
FORGOTTEN_SECONDS = 120.0
"""After its time is over an ask whose end cannot be seen counts as over."""


@dataclass(slots=True)
class _SeenAsk:
    """An ask, as it was seen last."""

    state: State
    until: float
    """When it is over at the latest (``time.monotonic()`` seconds)."""


class CountedAsks:
    """Those of one subject."""

    def __init__(self, figures: CallFigures, store: AskStore, tasks: TaskGroup, *, subject: str = "") -> None:
        """Without a subject (stdio) nobody reads the figures, and what no call waits for is not looked at."""
        self._figures = figures
        self._store = store
        self._tasks = tasks
        self._subject = subject
        self._open: dict[str, _SeenAsk] = {}
        self._looks = False
        self._look_seconds = LOOK_SECONDS if store.is_shared else LOOK_HERE_SECONDS

    @property
    def is_any_open(self) -> bool:
        """Whether one of those that calls of this process have opened may still be."""
        return bool(self._open)

    def opened(self, state: State) -> None:
        """A call has opened it."""
        now = time.monotonic()
        self._forget(now)
        self._open[state.request.id] = _SeenAsk(state, now + 2 * state.request.open_seconds + FORGOTTEN_SECONDS)
        self._figures.ask_opened()
        if self._subject and not self._looks:
            self._looks = True
            self._tasks.start_soon(self._look)

    def saw(self, state: State) -> None:
        """It is now like this, as a call has seen it, or as we have."""
        known = self._open.get(state.request.id)
        if known is None:
            return
        known.state = state
        if not state.is_open:
            self._over(state.request.id, _outcome(state))

    def waiting(self) -> Iterator[str]:
        """What each open one waits for, as one of ``figures.WAITED_FOR``, as it was seen last."""
        for each in self._open.values():
            told: object = each.state.progress.result.get("waiting_for") if each.state.worker else None
            yield next((word for word in WAITED_FOR if word == told), STARTING)

    async def _look(self) -> None:
        """Again and again, until none is open: no call may ever ask what became of one, or another process's does."""
        try:
            while self._open:
                await anyio.sleep(self._look_seconds)
                for ask_id in list(self._open):
                    if not await self._look_at(ask_id):
                        break
                self._forget(time.monotonic())
        except anyio.get_cancelled_exc_class():
            # From our tasks' scope, or from one around it, as where a server is stopped.
            if not self._store.is_shared:
                await self._end()
            raise
        finally:
            self._looks = False

    async def _end(self) -> None:
        """With this process everything that is open ends."""
        with anyio.CancelScope(shield=True):  # in memory this waits for nothing
            for ask_id in list(self._open):
                await self._look_at(ask_id)
        for ask_id, each in list(self._open.items()):
            self._over(ask_id, cancelled(each.state))

    async def _look_at(self, ask_id: str) -> bool:
        """Look at one; False where the store cannot be asked now, which would keep each of the rest waiting."""
        try:
            self.saw(await self._store.find(ask_id, subject=self._subject))
        except UnknownAsk:
            self._over(ask_id, None)
        except StoreError as error:
            log.info("the end of an ask cannot be looked up (%s)", error.code)
            return error.may_concern_one
        except Exception as error:  # noqa: BLE001  # one that cannot be read must not end this process
            log.error("an ask cannot be looked up: %s", fault_place(error))  # noqa: TRY400  # a traceback quotes
        return True

    def _forget(self, now: float) -> None:
        for ask_id in [ask_id for ask_id, each in self._open.items() if each.until < now]:
            self._over(ask_id, None)

    def _over(self, ask_id: str, outcome: Answer | VoiceError | None) -> None:
        known = self._open.pop(ask_id, None)
        if known is None:
            return
        self._figures.ask_ended(outcome)
        tell_ask_ended(
            subject=self._subject,
            room_name=outcome.room_name if isinstance(outcome, Answer) else known.state.request.room_name,
            ask_id=ask_id,
            outcome=outcome_word(outcome),
            seconds=max(0.0, known.state.now - known.state.opened_at),
        )


def _outcome(state: State) -> Answer | VoiceError:
    told = state.outcome
    if told is not None and told.failure is not None:
        return raised(told.failure)
    try:
        return cancelled(state) if told is None or told.result is None else answer_in(told.result)
    except StoreError as error:
        return error  # whoever waits for it is told the same
