"""Waiting for a phone: until it is picked up, and until whoever or whatever picked it up has said its first words."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import anyio

from mcp_voice.asks.waiting import hear_out
from mcp_voice.limits import OVERTIME_SECONDS
from mcp_voice.link import RoomLink
from mcp_voice.turns.listener import Listening
from mcp_voice.turns.pending import Expected

__all__ = ["mailbox_spoke_over", "until_greeted", "until_picked_up"]

BEGIN_SECONDS = 0.5
"""Listening begins at once; if it does not, the question is asked all the same."""


async def until_picked_up(
    listening: Listening, link: RoomLink, *, participant: str = "", tell: Callable[[], None]
) -> bool:
    """Wait while nobody is there who could hear us but a phone that rings; ``tell`` is called if there is one.

    Tells whether there was.
    """
    with anyio.move_on_after(BEGIN_SECONDS):
        await listening.begun(link)
    if not listening.only_ringing(participant):
        return False
    tell()
    while listening.only_ringing(participant):
        await listening.change.wait()
    return True


async def until_greeted(listening: Listening, *, participant: str = "") -> None:
    """Let a phone that has just been picked up say what it says first; a mailbox to its end. At once otherwise."""
    while (quiet_at := listening.quiet_at(participant)) > time.monotonic():
        change = listening.change
        with anyio.move_on_at(quiet_at):
            await change.wait()


async def mailbox_spoke_over(listening: Listening, expected: Expected, *, heard_before: int) -> bool:
    """Whether what cut a question off was no answer to it, but the announcement of a mailbox.

    ``heard_before`` is how many things had been said at pick-ups when the question began.
    """
    await hear_out(listening, expected, limit=OVERTIME_SECONDS, without_words=math.inf)
    return expected.waiting and len(expected.at_pickup.texts) > heard_before
