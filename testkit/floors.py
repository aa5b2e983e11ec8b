"""The floor of a real room, held by a participant of a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from livekit import rtc

from mcp_voice.room.floor import HeldFloor, floors

__all__ = ["floor"]


@asynccontextmanager
async def floor(connection: rtc.Room, ask_id: str) -> AsyncIterator[HeldFloor]:
    """Hold the floor of a room for one ask."""
    async with floors(connection) as ours, ours.hold(ask_id) as held:
        yield held
