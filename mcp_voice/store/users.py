"""Who uses a store, beside the asks in it: with which key and protocol, and which workers are there."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import anyio

from mcp_voice.errors import StoreError

__all__ = ["SIGN_SECONDS", "Fleet", "OtherUse", "StoreUsers", "keep_signed"]

log = logging.getLogger(__name__)

SIGN_SECONDS = 60.0
"""How often whoever uses a store says so."""
AGAIN_SECONDS = 5.0
"""After which that is tried again where the store could not be reached."""


@dataclass(frozen=True, slots=True)
class OtherUse:
    """Somebody has used the store in a way that this process shares nothing with."""

    name: str
    """``other-key`` or ``other-version``."""
    what: str
    """In a sentence."""
    fix: str


@dataclass(frozen=True, slots=True)
class Fleet:
    """The workers that LiveKit knows, of those with this store and this key."""

    workers: int = 0
    with_room: int = 0
    """To how many of them LiveKit would send a room now."""


class StoreUsers(Protocol):
    """The part of a store that is about them. Every method is bounded as those of ``AskStore``; raises StoreError."""

    async def sign(self) -> None:
        """Note with which key and protocol this process uses it, for as long as replies are kept."""

    async def others(self) -> Sequence[OtherUse]:
        """Who has used it with another key, or another protocol, in that time; the latest first, a few of them."""

    async def work(self, worker: str, *, has_room: bool) -> None:
        """This worker is there, for ``LEASE_SECONDS`` more, and LiveKit would or would not send it a room."""

    async def rest(self, worker: str) -> None:
        """It is not any more; nothing happens where it was not."""

    async def fleet(self) -> Fleet:
        """How many workers there are now."""


async def keep_signed(users: StoreUsers) -> None:
    """Warn once, in the log, of whoever shares nothing with us; then sign again and again, until cancelled."""
    is_told = False
    while True:
        pause = SIGN_SECONDS
        try:
            if not is_told:
                for other in await users.others():
                    log.warning("%s %s", other.what, other.fix)
                is_told = True
            await users.sign()
        except StoreError as error:
            log.info("this process cannot register in the store now (%s); it tries again", error.code)
            pause = AGAIN_SECONDS
        await anyio.sleep(pause)
