"""The calls a minute of subjects, which all processes that have its store count together."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import anyio

from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.errors import StoreError
from mcp_voice.store.seam import AskStore

__all__ = ["CallRates"]

log = logging.getLogger(__name__)

CHARGE_SECONDS = 0.5
"""For a store to count a call. redis-py takes up to 0.75 s to find out that a Redis accepts no connection."""
REST_SECONDS = 5.0
"""For so long after that no call is held up by a store that could not count one."""


class CallRates:
    """Those of all subjects of this process."""

    def __init__(self, store: AskStore, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._rests_until = 0.0

    async def charge(self, subject: str, limit: Limit) -> float:
        """Count a call of a subject against its rate; seconds until it may be made, 0: now.

        A store that cannot say so soon holds up no call: each process counts its own as well.
        """
        if self._clock() < self._rests_until:
            return 0.0
        try:
            with anyio.fail_after(CHARGE_SECONDS):
                return await self._store.charge(subject, limit)
        except TimeoutError:
            self._rest("no answer in time")
        except StoreError as error:
            if error.may_concern_one:
                # What others wrote among the keys of one subject is no fault of the rest.
                log.info("a call cannot be counted in the store (%s)", error.code)
            else:
                self._rest(error.code)
        return 0.0

    def _rest(self, why: str) -> None:
        self._rests_until = self._clock() + REST_SECONDS
        log.info("calls are not counted in the store for %g s (%s)", REST_SECONDS, why)
