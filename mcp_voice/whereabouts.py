"""Which room and which human an argument means; never a guess."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mcp_voice.answer import Participant, RoomInfo
from mcp_voice.errors import NobodyThere, RoomForbidden, UnknownParticipant, UnknownRoom, quoted, some_of

__all__ = ["check_room", "choose_participant", "choose_room"]

HOW_TO_GET_ONE = "Have somebody join a LiveKit room with any client"


def check_room(room_name: str, may_enter: Callable[[str], bool]) -> None:
    """Raise RoomForbidden unless ``MCP_VOICE_ROOMS`` allows the room."""
    if not may_enter(room_name):
        raise RoomForbidden(
            f"MCP_VOICE_ROOMS does not allow room {quoted(room_name)}. Call list_rooms for the rooms allowed, or have "
            "the setting changed."
        )


def choose_room(
    room_name: str, rooms: Sequence[RoomInfo], may_enter: Callable[[str], bool], *, needs_human: bool = True
) -> RoomInfo:
    """The room that is meant: the one named, else the only one with a human in it."""
    if room_name:
        check_room(room_name, may_enter)
        found = next((room for room in rooms if room.room_name == room_name), None)
        if found is None:
            known = _names(rooms, may_enter)
            raise UnknownRoom(
                f"There is no room {quoted(room_name)} now; rooms: {known}. Name one of them, or call list_rooms."
            )
        if needs_human and not found.active:
            raise NobodyThere(
                f"No human is in room {room_name!r}, so nobody would hear it. Wait until somebody has joined, or name "
                f"another room: {_names([room for room in rooms if room.active], may_enter)}."
            )
        return found
    active = [room for room in rooms if room.active and may_enter(room.room_name)]
    if not active:
        raise NobodyThere(
            f"No room has a human in it now. {HOW_TO_GET_ONE}, then call again; list_rooms shows who is where."
        )
    if len(active) > 1:
        raise UnknownRoom(f"Humans are in several rooms: {_names(active, may_enter)}. Name one of them in room_name.")
    return active[0]


def choose_participant(wanted: str, room: RoomInfo) -> Participant | None:
    """The human that is meant, by identity first, or None for everybody."""
    if not wanted:
        return None
    humans = [each for each in room.participants if each.kind in ("human", "phone")]
    named = [each for each in humans if each.identity == wanted] or [each for each in humans if each.name == wanted]
    if len(named) == 1:
        return named[0]
    there = some_of(
        [f"{each.identity} ({each.name})" if each.name != each.identity else each.identity for each in humans],
        nobody="nobody",
    )
    if named:
        raise UnknownParticipant(
            f"Several humans in room {room.room_name!r} are called {quoted(wanted)}. Name one by identity: {there}."
        )
    raise UnknownParticipant(
        f"No human called {quoted(wanted)} is in room {room.room_name!r}; there: {there}. Name one of them, or "
        "leave participant empty to hear everybody."
    )


def _names(rooms: Sequence[RoomInfo], may_enter: Callable[[str], bool]) -> str:
    """Those with humans in them first."""
    ordered = sorted(rooms, key=lambda room: not room.active)
    return some_of([room.room_name for room in ordered if may_enter(room.room_name)])
