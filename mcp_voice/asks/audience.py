"""Who is there to be asked: whether anybody is, whoever has just come in, and others than those who were."""

from __future__ import annotations

import time

import anyio

from mcp_voice.asks.ask import Ask
from mcp_voice.errors import NobodyThere, quoted_name
from mcp_voice.link import RoomLink
from mcp_voice.turns.listener import Listener

__all__ = ["check_audience", "let_settle", "until_others"]

VISIBLE_SECONDS = 4.0
"""LiveKit announces people who publish nothing in batches, up to 3 s late."""
OTHERS_SECONDS = 60.0
"""After which those who took no sound are tried again: the voice is paid for each time."""


async def check_audience(ask: Ask, listener: Listener, link: RoomLink) -> None:
    """Raise NobodyThere unless somebody can answer."""
    with anyio.move_on_after(VISIBLE_SECONDS):
        while not _is_anybody_there(ask, link):
            await listener.change.wait()
    if not _is_anybody_there(ask, link):
        raise _nobody_there(ask)


async def let_settle(ask: Ask, listener: Listener, link: RoomLink) -> None:
    """Leave whoever has just come in a second of quiet; raises NobodyThere where they go again."""
    while time.monotonic() < ask.view.quiet_until:
        change = listener.change
        if not _is_anybody_there(ask, link):
            raise _nobody_there(ask)
        with anyio.move_on_at(ask.view.quiet_until):
            await change.wait()


async def until_others(ask: Ask, listener: Listener) -> None:
    """Wait until somebody else who could answer is there, or somebody has gone, for a limited time."""

    def who() -> set[str]:
        return {each.identity for each in listener.presence.here() if each.is_human}

    before = who()
    ask.update("unheard")
    with anyio.move_on_after(OTHERS_SECONDS):
        while who() == before:
            await listener.change.wait()
    ask.update("joining")
    if not who():
        ask.delivery.trouble = None  # of somebody who is gone


def _is_anybody_there(ask: Ask, link: RoomLink) -> bool:
    here = [each for each in link.participants() if each.is_human and not each.hung_up]
    return any(ask.target.concerns(each.identity) for each in here)


def _nobody_there(ask: Ask) -> NobodyThere:
    named = ask.target.participant
    who = f"{quoted_name(named)} is not" if named else "No human is"
    return NobodyThere(
        f"{who} in room {quoted_name(ask.room_name)} any more.",
        fix="Call list_rooms to see who is where, then ask again.",
    )
