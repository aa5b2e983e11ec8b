"""Which room and which participant an argument means; never a guess."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mcp_voice.asks.arguments import new_name
from mcp_voice.errors import (
    NobodyThere,
    RoomForbidden,
    UnknownParticipant,
    UnknownRoom,
    enumerated,
    quoted,
    quoted_name,
    some_of,
)
from mcp_voice.floor_protocol import OUR_PREFIX
from mcp_voice.participants import Participant, Target
from mcp_voice.results import RoomInfo
from mcp_voice.texts.foreign import is_named, shown

__all__ = [
    "check_room",
    "choose_addressees",
    "choose_room",
    "choose_target",
    "is_somebody_there",
    "next_call",
    "room_to_wait_in",
]

HOW_TO_GET_ONE = "Call invite_to_room for a link to join by, then call again."


def _everybodys(_: str) -> str:
    return "MCP_VOICE_ROOMS"


def check_room(
    room_name: str, may_enter: Callable[[str], bool], *, limit_on: Callable[[str], str] = _everybodys
) -> None:
    """Raise RoomForbidden unless the room is allowed; ``limit_on`` says what does not allow it."""
    if not may_enter(room_name):
        raise RoomForbidden(
            f"{limit_on(room_name)} does not allow room {quoted(room_name)}.",
            fix="Call list_rooms for the allowed rooms, or have the setting changed.",
        )


def choose_room(
    room_name: str,
    rooms: Sequence[RoomInfo],
    may_enter: Callable[[str], bool],
    *,
    needs_human: bool = True,
    limit_on: Callable[[str], str] = _everybodys,
) -> RoomInfo:
    """The room that is meant: the one named, else the only one with a human in it, or with a phone that rings."""
    if room_name:
        found = _room_named(room_name, rooms, may_enter, limit_on)
        if needs_human and not found.active and not found.ringing:
            others = [room for room in rooms if room.active and may_enter(room.room_name)]
            raise NobodyThere(
                f"No human is in room {quoted_name(found.room_name)}, so nobody would hear it.",
                fix=f"Wait until somebody has joined, or name another room: {_names(others, may_enter)}."
                if others
                else HOW_TO_GET_ONE,
            )
        return found
    allowed = [room for room in rooms if may_enter(room.room_name)]
    active = [room for room in allowed if room.active] or [room for room in allowed if room.ringing]
    if not active:
        raise NobodyThere("No room has a human in it now.", fix=f"{HOW_TO_GET_ONE} list_rooms shows who is where.")
    if len(active) > 1:
        raise UnknownRoom(
            f"Humans are in several rooms: {_names(active, may_enter)}.",
            fix="Name one of them in room_name.",
            code="several-rooms",
        )
    return active[0]


def room_to_wait_in(
    room_name: str,
    rooms: Sequence[RoomInfo],
    may_enter: Callable[[str], bool],
    *,
    usual: str,
    limit_on: Callable[[str], str] = _everybodys,
) -> RoomInfo:
    """The room that is meant, where somebody may be still to come: the one named, else as ``choose_room``.

    Where nobody is anywhere it is the ``usual`` one (``MCP_VOICE_ROOM``). It need not exist.
    """
    if room_name and not [room for room in rooms if is_named(room.room_name, room_name)]:
        new_name(room_name, "room name")
        check_room(room_name, may_enter, limit_on=limit_on)
        return RoomInfo(room_name=room_name, participants=[], active=False)
    try:
        return choose_room(room_name, rooms, may_enter, needs_human=not room_name, limit_on=limit_on)
    except NobodyThere:
        if not may_enter(usual):
            raise RoomForbidden(
                f"Nobody is in any room, and {limit_on(usual)} does not allow {quoted(usual)}, the room to wait in.",
                fix="Name an allowed room in room_name, or have MCP_VOICE_ROOM set to one.",
            ) from None
        found = [room for room in rooms if room.room_name == usual]
        return found[0] if found else RoomInfo(room_name=usual, participants=[], active=False)


def is_somebody_there(room: RoomInfo) -> bool:
    """Whether a human is there to be asked, or a phone rings that may be picked up."""
    return room.active or room.ringing


def next_call(rooms: Sequence[RoomInfo], *, way_in: str) -> str:
    """What to call next, for whoever has looked at the rooms; ``way_in`` is how somebody joins who is waited for."""
    if any(room.active for room in rooms):
        return "Call ask_in_room with one of the active rooms." + _unheard(rooms)
    if ringing := [room.room_name for room in rooms if room.ringing]:
        return f"A phone is ringing in {some_of(ringing)}: ask_in_room waits until it is picked up."
    if way_in:
        return f"No human is in any room. Call ask_in_room anyway: it asks whoever joins. {way_in}"
    return f"No human is in any room. {HOW_TO_GET_ONE}"


def _unheard(rooms: Sequence[RoomInfo]) -> str:
    """Where somebody is to be asked but no voice can be heard."""
    there = {room.room_name: [each for each in room.participants if each.is_there] for room in rooms}
    silent = [name for name, people in there.items() if people and all(each.cannot_be_heard for each in people)]
    if not silent:
        return ""
    return f" No voice can be heard now (see cannot_be_heard) in {some_of(silent)}: have them unmute, or type."


def _room_named(
    room_name: str, rooms: Sequence[RoomInfo], may_enter: Callable[[str], bool], limit_on: Callable[[str], str]
) -> RoomInfo:
    found = [room for room in rooms if is_named(room.room_name, room_name)]
    # The pattern is for the room's own name, which the argument may be but a showing of.
    check_room(found[0].room_name if len(found) == 1 else room_name, may_enter, limit_on=limit_on)
    if len(found) == 1:
        return found[0]
    why = f"Several rooms are shown as {quoted(room_name)}" if found else f"There is no room {quoted(room_name)} now"
    if not any(may_enter(room.room_name) for room in rooms):
        raise UnknownRoom(f"{why}, nor any other.", fix=HOW_TO_GET_ONE)
    raise UnknownRoom(f"{why}; rooms: {_names(rooms, may_enter)}.", fix="Name one of them, or call list_rooms.")


def choose_target(wanted: str, room: RoomInfo, *, may_come: bool = False) -> Target:
    """The human that is meant, by identity first, or everybody there.

    With ``may_come`` somebody may be meant who is still to come, if no human is there: then it is the name as given.
    Where humans are there and the one who is meant is not, it is more likely that the name is wrong.
    """
    if not wanted:
        return Target(room_name=room.room_name)
    if may_come and not any(each.is_human or is_named(each.identity, wanted) for each in room.participants):
        return Target(new_name(wanted, "participant"), room.room_name)
    there = any(each.is_human for each in room.participants)
    otherwise = "Name one of them, or leave participant empty to hear all." if there else HOW_TO_GET_ONE
    found = _addressee(wanted, room, humans=True, otherwise=otherwise)
    return Target(found.identity, room.room_name)


def choose_addressees(wanted: Sequence[str], room: RoomInfo) -> list[str]:
    """The identities that are meant, each once and each by the same rule; nobody where one of them is unclear."""
    instead = "Name one of them, or leave participants empty to reach all." if room.participants else HOW_TO_GET_ONE
    otherwise = f"Nothing was sent. {instead}"
    found = [_addressee(each, room, humans=False, otherwise=otherwise).identity for each in wanted]
    return list(dict.fromkeys(found))


def _addressee(wanted: str, room: RoomInfo, *, humans: bool, otherwise: str) -> Participant:
    """Whose identity it is, whatever others call themselves; else the only one of that name."""
    candidates = [each for each in room.participants if not humans or each.is_human]
    others = [each for each in candidates if not _is_one_of_us(each)]
    there = enumerated(list(map(_quoted_both, others)), nobody="nobody")
    place = f"room {quoted_name(room.room_name)}"
    found = [each for each in room.participants if is_named(each.identity, wanted)]
    if not found:
        found = [each for each in candidates if wanted in (each.name, shown(each.name))]
    if len(found) > 1:
        those = enumerated(list(map(_quoted_both, found)))
        raise UnknownParticipant(
            f"Several participants in {place} are called {quoted(wanted)}: {those}.",
            fix=f"Name one by identity. {otherwise}",
            code="several-participants",
        )
    if not found:
        who = "human" if humans else "participant"
        raise UnknownParticipant(f"No {who} called {quoted(wanted)} is in {place}; there: {there}.", fix=otherwise)
    if found[0] not in candidates:
        # Somebody else may use that name to be taken for it.
        raise UnknownParticipant(
            f"{quoted(wanted)} in {place} is not human (kind {found[0].kind}), and only humans answer; there: {there}.",
            fix=otherwise,
            code="not-human",
        )
    return found[0]


def _is_one_of_us(participant: Participant) -> bool:
    """Whether it is a voice, of this process or another, to which nothing can be sent."""
    return participant.kind == "agent" and participant.identity.startswith(OUR_PREFIX)


def _quoted_both(participant: Participant) -> str:
    identity = quoted_name(participant.identity)
    return identity if participant.name == participant.identity else f"{identity} ({quoted(participant.name)})"


def _names(rooms: Sequence[RoomInfo], may_enter: Callable[[str], bool]) -> str:
    """Those with humans in them first."""
    ordered = sorted(rooms, key=lambda room: not room.active)
    return some_of([room.room_name for room in ordered if may_enter(room.room_name)])
