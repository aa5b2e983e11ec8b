"""Saying something without waiting for a reply."""

from __future__ import annotations

import uuid

from mcp_voice.answer import Said
from mcp_voice.asking import wait_for_silence
from mcp_voice.link import Engine
from mcp_voice.links import Links, Seat
from mcp_voice.reporting import Report, reporting

__all__ = ["say"]

NEXT_SAID = "It was heard. If somebody answers, listen_in_room returns what they said."
NEXT_INTERRUPTED = "Somebody spoke over it; listen_in_room returns what they said."


async def say(message: str, seat: Seat, links: Links, engine: Engine, *, report: Report) -> Said:
    """Take the floor, speak, and give it back; whoever speaks over it silences it."""
    news = "waiting until the floor is free" if seat.turn_to_speak.locked() else f"joining room {seat.room_name}"
    await report(news)
    async with (
        reporting(report, lambda: news),
        seat.turn_to_speak,
        engine.synthesis(message) as speech,
        links.enter(seat) as link,
    ):
        await wait_for_silence(seat.listening)
        async with link.hold_floor(f"say-{uuid.uuid4().hex[:10]}"), link.say(speech) as playout:
            began_at = await playout.started()
            news = "speaking"
            await report(news)
            with seat.listening.interruptible(playout):
                await playout.done()
    spoken = playout.spoken or message
    seat.transcript.add(spoken, began_at=began_at)
    return Said(
        status="interrupted" if playout.interrupted else "said",
        spoken=spoken,
        room_name=seat.room_name,
        next=NEXT_INTERRUPTED if playout.interrupted else NEXT_SAID,
    )
