"""Why LiveKit ended our connection to a room, and whether we may come back of our own accord."""

from __future__ import annotations

from livekit import rtc

from mcp_voice.errors import LinkLost, RemovedFromRoom, quoted_name

__all__ = ["is_removal", "link_lost"]

CALL_LIST_ROOMS = "Call list_rooms for the rooms that there are."
MAKE_SURE = "Make sure that we are wanted there before you call again."

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
DECISIONS: dict[int, tuple[str, str]] = {
    rtc.DisconnectReason.PARTICIPANT_REMOVED: ("an administrator removed us", MAKE_SURE),
    rtc.DisconnectReason.ROOM_DELETED: ("the room was deleted", CALL_LIST_ROOMS),
    rtc.DisconnectReason.ROOM_CLOSED: ("the room was closed", CALL_LIST_ROOMS),
    rtc.DisconnectReason.DUPLICATE_IDENTITY: ("somebody else came in under our identity", MAKE_SURE),
}
OVER = {rtc.DisconnectReason.ROOM_DELETED, rtc.DisconnectReason.ROOM_CLOSED}


def is_removal(reason: int) -> bool:
    """Whether somebody else ended our stay in a room that goes on."""
    return reason not in NETWORK | OVER | {rtc.DisconnectReason.CLIENT_INITIATED}


def link_lost(reason: int, *, room_name: str) -> LinkLost:
    """The error for a ``rtc.DisconnectReason``: RemovedFromRoom unless only the network, or the server, failed."""
    room = quoted_name(room_name)
    if reason in NETWORK:
        return LinkLost(f"The connection to room {room} was lost. Try again.")
    why, next_step = DECISIONS.get(reason, ("LiveKit ended our stay", MAKE_SURE))
    return RemovedFromRoom(
        f"We are out of room {room}: {why}. What was asked or said there has ended, and we do not rejoin by "
        f"ourselves. {next_step}"
    )
