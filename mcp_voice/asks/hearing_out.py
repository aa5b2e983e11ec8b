"""Waiting until somebody has finished speaking: whoever answers, or anybody."""

from __future__ import annotations

import time

import anyio

from mcp_voice.turns.listener import Listener
from mcp_voice.turns.pending import PendingReply
from mcp_voice.turns.turn import READING_SECONDS

__all__ = ["hear_out", "wait_for_silence"]

POLITE_SECONDS = 10.0
"""How long we wait for a human to finish a sentence before we speak over it."""


async def hear_out(listener: Listener, pending: PendingReply, *, limit: float, without_words: float) -> None:
    """Let an answer that is under way go on for ``limit`` seconds at most, and ``without_words`` without a new word.

    Words that are being transcribed are new ones.
    """
    words, since = listener.turns.answer_so_far(pending), time.monotonic()
    with anyio.move_on_after(limit):
        while pending.waiting and listener.turns.answering(pending):
            change = listener.change
            with anyio.move_on_at(since + without_words) as silent:
                await change.wait()
            if silent.cancelled_caught:
                return
            latest = listener.turns.answer_so_far(pending)
            going_on = latest != words or listener.turns.answer_being_read(pending)
            words, since = latest, (time.monotonic() if going_on else since)


async def wait_for_silence(listener: Listener) -> None:
    """Let a human finish, for a limited time."""
    with anyio.move_on_after(POLITE_SECONDS):
        while listener.somebody_speaks():
            change = listener.change
            with anyio.move_on_after(READING_SECONDS / 4):  # what is still being read may end without an event
                await change.wait()
