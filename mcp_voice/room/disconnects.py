"""Why LiveKit ended our connection to a room, and whether we may come back of our own accord."""

from __future__ import annotations

from livekit import rtc

from mcp_voice.errors import LinkLost, RemovedFromRoom, RoomClosed, quoted_name
from mcp_voice.outside_faults.fault import OutsideFault

__all__ = ["REMOVED", "is_break", "is_removal", "link_lost"]

CALL_LIST_ROOMS = "Call list_rooms to see which rooms exist"
MAKE_SURE = "Make sure that mcp-voice should be there before you call again"

NETWORK = {
    rtc.DisconnectReason.UNKNOWN_REASON,  # what LiveKit's library gives when it could not connect again
    rtc.DisconnectReason.SERVER_SHUTDOWN,
    rtc.DisconnectReason.STATE_MISMATCH,
    rtc.DisconnectReason.JOIN_FAILURE,
    rtc.DisconnectReason.MIGRATION,
    rtc.DisconnectReason.SIGNAL_CLOSE,
    rtc.DisconnectReason.CONNECTION_TIMEOUT,
    rtc.DisconnectReason.MEDIA_FAILURE,
}
"""Nobody wanted these. Every other reason is somebody's decision, also one that a later LiveKit may add."""
DECISIONS: dict[int, OutsideFault] = {
    rtc.DisconnectReason.PARTICIPANT_REMOVED: OutsideFault(
        "removed-from-room", "an administrator removed it", MAKE_SURE
    ),
    rtc.DisconnectReason.ROOM_DELETED: OutsideFault("room-closed", "the room was deleted", CALL_LIST_ROOMS),
    rtc.DisconnectReason.ROOM_CLOSED: OutsideFault("room-closed", "the room was closed", CALL_LIST_ROOMS),
    rtc.DisconnectReason.DUPLICATE_IDENTITY: OutsideFault(
        "removed-from-room", "somebody else joined under its identity", MAKE_SURE
    ),
}
OTHER = OutsideFault("removed-from-room", "LiveKit ended its connection", MAKE_SURE)
REMOVED = {rtc.DisconnectReason.PARTICIPANT_REMOVED, rtc.DisconnectReason.ROOM_DELETED}
"""Why somebody else went who is not to come back."""
OVER = {rtc.DisconnectReason.ROOM_DELETED, rtc.DisconnectReason.ROOM_CLOSED}


def is_break(reason: int | None) -> bool:
    """Whether somebody else went since their connection broke, or since another one replaced it.

    Without a reason nothing is claimed: LiveKit's library gives none where it sees the other connection first.
    """
    return reason in NETWORK - {rtc.DisconnectReason.UNKNOWN_REASON} | {rtc.DisconnectReason.DUPLICATE_IDENTITY}


def is_removal(reason: int) -> bool:
    """Whether somebody else ended our stay in a room that goes on."""
    return reason not in NETWORK | OVER | {rtc.DisconnectReason.CLIENT_INITIATED}


def link_lost(reason: int, *, room_name: str) -> LinkLost:
    """The error for a ``rtc.DisconnectReason``: RemovedFromRoom unless only the network, or the server, failed."""
    room = quoted_name(room_name)
    if reason in NETWORK:
        return LinkLost(f"The connection to room {room} was lost.", fix="Try again.")
    decision = DECISIONS.get(reason, OTHER)
    kind = RoomClosed if reason == rtc.DisconnectReason.ROOM_CLOSED else RemovedFromRoom
    return kind(
        f"mcp-voice is no longer in room {room}: {decision.what}. What was asked or said there has ended, and it does "
        "not rejoin on its own.",
        fix=f"{decision.fix}.",
        code=decision.code,
    )
