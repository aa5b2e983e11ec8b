"""Tools' names in an error or a hint, as whoever reads it at a shell would call them: the commands of ``mcp-voice``."""

from __future__ import annotations

import re

__all__ = ["at_shell"]

COMMANDS = {
    "list_rooms": "rooms",
    "ask_in_room": "ask",
    "say_in_room": "say",
    "listen_in_room": "listen",
    "send_message_to_room": "send",
    "invite_to_room": "invite",
}
PHRASES = {
    # A command ends with its question, so there is nothing to wait for or to withdraw afterwards.
    " (wait_for_reply)": "",
    " (cancel_ask)": "",
    "leave participants empty": "leave --to out",
    "leave participant empty": "leave --participant out",
    "in room_name": "with --room",
    "room_name": "--room",
    "wait_seconds": "--wait",
    "as the host allows": "as the question stays open",
    "Call again": "Try again",
    "call again": "try again",
}
# What people chose stands in quotation marks, and is theirs.
QUOTED = r"(?<!\w)(?:\"(?:[^\"\\]|\\.)*\"|'[^']*')(?!\w)"
PATTERN = re.compile(
    rf"{QUOTED}|(?P<call>\b[Cc]all )?\b(?P<tool>{'|'.join(COMMANDS)})\b|(?P<phrase>{'|'.join(map(re.escape, PHRASES))})"
)


def at_shell(text: str) -> str:
    """The same with commands and options for tools and arguments: "run `mcp-voice rooms`" for "call list_rooms"."""
    return PATTERN.sub(_replaced, text)


def _replaced(found: re.Match[str]) -> str:
    if found["phrase"]:
        return PHRASES[found["phrase"]]
    if not found["tool"]:
        return found[0]
    run = {"C": "Run ", "c": "run "}.get((found["call"] or "")[:1], "")
    return f"{run}`mcp-voice {COMMANDS[found['tool']]}`"
