"""What our participant shows of its state (``lk.agent.state``), after an outage in which a change of it was lost."""

from __future__ import annotations

from collections.abc import Callable

import anyio
from livekit import rtc

from mcp_voice.room.livekit_events import handling
from mcp_voice.tasks import Bell

__all__ = ["STATE_ATTRIBUTE", "keep_state_shown"]

STATE_ATTRIBUTE = "lk.agent.state"
ATTEMPTS = 5
SECONDS = 1.0


async def keep_state_shown(connection: rtc.Room, state: Callable[[], str]) -> None:
    """Tell the state anew whenever the connection is back.

    LiveKit's session tells it once, at each change. One that falls into an outage is lost (livekit-agents 1.8.9), and a
    participant that "speaks" for ever is waited for by other agents, and by people who look at it.
    """
    back = Bell()
    with handling(connection, reconnected=back.ring):
        again = back.next
        while True:
            await again.wait()
            again = back.next
            for _ in range(ATTEMPTS):
                with anyio.move_on_after(SECONDS):
                    await connection.local_participant.set_attributes({STATE_ATTRIBUTE: state()})
                    break
