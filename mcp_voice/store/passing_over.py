"""Warnings of what a store holds and this process cannot use, such as asks under another key.

It is met again at every look, every few seconds and for as long as it stays there: each kind is told once a minute.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from mcp_voice.bounds.rate_limit import ONCE_A_MINUTE, RateLimit

__all__ = ["PassedOver"]

log = logging.getLogger(__name__)


class PassedOver:
    """Those of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told = RateLimit(ONCE_A_MINUTE)

    def tell(self, what: str, code: str) -> None:
        """``what`` has been met, in the plural, and the error that it came to has this code."""
        if self._told.allows(f"{what} {code}", self._clock()):
            log.warning("%s in the store are passed over (%s)", what, code)
