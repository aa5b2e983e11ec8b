"""Waiting for a phone: until it is picked up, and until whoever or whatever picked it up has said its first words."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import anyio

from mcp_voice.asks.hearing_out import hear_out
from mcp_voice.bounds.limits import OVERTIME_SECONDS
from mcp_voice.link import RoomLink
from mcp_voice.participants import EVERYBODY, Target
from mcp_voice.turns.listener import Listener
from mcp_voice.turns.pending import PendingReply

__all__ = ["mailbox_spoke_over", "until_greeted", "until_picked_up"]

BEGIN_SECONDS = 0.5
"""Listening begins at once; if it does not, the question is asked all the same."""


async def until_picked_up(
    listener: Listener, link: RoomLink, *, target: Target = EVERYBODY, tell: Callable[[], None]
) -> bool:
    """Wait while nobody is there who could hear us but a phone that rings; ``tell`` is called if there is one.

    Tells whether there was.
    """
    with anyio.move_on_after(BEGIN_SECONDS):
        await listener.begun(link)
    if not listener.presence.only_ringing(target):
        return False
    tell()
    while listener.presence.only_ringing(target):
        await listener.change.wait()
    return True


async def until_greeted(listener: Listener, *, target: Target = EVERYBODY) -> None:
    """Let a phone that has just been picked up say what it says first; a mailbox to its end. At once otherwise."""
    while (quiet_at := listener.phones.quiet_at(target)) > time.monotonic():
        change = listener.change
        with anyio.move_on_at(quiet_at):
            await change.wait()


async def mailbox_spoke_over(listener: Listener, pending: PendingReply, *, heard_before: int) -> bool:
    """Whether what cut a question off was no answer to it, but the announcement of a mailbox.

    ``heard_before`` is how many things had been said at pick-ups when the question began.
    """
    await hear_out(listener, pending, limit=OVERTIME_SECONDS, without_words=math.inf)
    return pending.waiting and len(pending.at_pickup.texts) > heard_before
