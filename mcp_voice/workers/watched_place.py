"""A place whose requests nobody carries out, as the serving side sees it, and what whoever waits there is told."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio

from mcp_voice.asks.hints import NEXT_WAITING
from mcp_voice.asks.way_in import WayIn
from mcp_voice.errors import VoiceError, quoted_name
from mcp_voice.requests.carriers import Outlook
from mcp_voice.workers.fleet import FleetView
from mcp_voice.workers.renewal import LATE_SECONDS, Renewal

__all__ = ["WatchedPlace"]

LINE = "{why}; goes on by itself as soon as one is free"
NEXT = (
    "Not spoken yet (no-worker): {why}. It goes on by itself as soon as one is free: call "
    "wait_for_reply(ask_id={ask_id!r}), do not ask again. Or withdraw it with cancel_ask."
)
NEXT_CALL = "Not done (no-worker): {why}. Call again in a minute."


@dataclass(slots=True, eq=False)
class WatchedPlace:
    """One of them; instants are those of whoever watches it."""

    renewal: Renewal
    called_at: float
    looked_at: float
    way_in: WayIn | None = None
    """Where nobody is there who could answer."""
    how: str = ""
    """How they get in, in a sentence or two."""
    trouble: VoiceError | None = None
    """Why LiveKit or the store could not be asked last, if so."""
    trouble_since: float = 0.0
    looking: anyio.Lock = field(default_factory=anyio.Lock)

    def failed(self, error: VoiceError, now: float) -> None:
        """LiveKit or the store could not be asked."""
        if self.trouble is None:
            self.trouble_since = now
        self.trouble = error
        self.way_in = None
        # Once it can be asked again, a worker has its time to come.
        self.renewal.since = now

    def outlook(self, room_name: str, *, ask_id: str, now: float, fleet: FleetView) -> Outlook:
        """That nobody is there, or that no worker comes, where that is so; ``ask_id`` is empty where there is none."""
        if self.way_in is not None:
            room = quoted_name(room_name)
            alone = NEXT_WAITING["human"].format(who="nobody", room=room, there="", how=self.how, ask_id=ask_id)
            line = f"nobody is in room {room}{self.way_in.in_short()}"
            return Outlook(line, alone if ask_id else f"{self.how} Then call again.", "human")
        if not (why := self._why_none(now, fleet)):
            return Outlook()
        next_step = NEXT.format(why=why, ask_id=ask_id) if ask_id else NEXT_CALL.format(why=why)
        return Outlook(LINE.format(why=why), next_step, why=why)

    def _why_none(self, now: float, fleet: FleetView) -> str:
        """Why no worker comes, as a part of a sentence, once that has lasted; empty: one may be about to come."""
        if self.trouble is not None:
            why = f"no worker can be asked for ({self.trouble.what.removesuffix('.')})"
            return why if now - self.trouble_since >= LATE_SECONDS else ""
        return fleet.why_none if self.renewal.is_late(now) else ""
