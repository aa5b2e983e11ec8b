"""Who may hear us: everybody but other agents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from livekit import rtc

from mcp_voice.room.livekit_events import handling

__all__ = ["keep_audience"]


@asynccontextmanager
async def keep_audience(connection: rtc.Room) -> AsyncIterator[None]:
    """Let everybody but other agents subscribe to our voice: what we say is not for their ears."""
    allow: Callable[..., None] = connection.local_participant.set_track_subscription_permissions

    def refresh(*_: object) -> None:
        if not connection.isconnected():
            return
        allow(
            allow_all_participants=False,
            participant_permissions=[
                rtc.ParticipantTrackPermission(participant_identity=participant.identity, allow_all=True)
                for participant in connection.remote_participants.values()
                if participant.kind != rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
            ],
        )

    with handling(connection, participant_connected=refresh, reconnected=refresh):
        refresh()
        yield
