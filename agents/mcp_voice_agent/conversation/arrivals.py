"""Who is there to be greeted: no phone that is still being dialled."""

from __future__ import annotations

from livekit import rtc

from mcp_voice.room.events import HUMAN_KINDS
from mcp_voice.room.kinds import CALL_ATTRIBUTE
from mcp_voice.room.livekit_events import handling
from mcp_voice.tasks import Bell

__all__ = ["somebody_there"]

DIALLED = ("dialing", "automation")
"""What LiveKit's SIP bridge says of a phone that we call.

One that calls us is ``ringing`` until it gets our track, which must not wait for it.
"""


async def somebody_there(connection: rtc.Room) -> rtc.RemoteParticipant:
    """Wait for a human who can hear us; the first to have come, if there are several."""
    changed = Bell()

    def look(*_: object) -> None:
        changed.ring()

    with handling(connection, participant_connected=look, participant_attributes_changed=look):
        while True:
            for each in connection.remote_participants.values():
                if each.kind in HUMAN_KINDS and not _is_dialled(each):
                    return each
            await changed.wait()


def _is_dialled(participant: rtc.RemoteParticipant) -> bool:
    is_phone = participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    return is_phone and participant.attributes.get(CALL_ATTRIBUTE) in DIALLED
