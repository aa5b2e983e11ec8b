"""A companion never asks itself: whatever reaches a room through mcp-voice may reach the room that it speaks in."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["SPEAKING", "is_ours", "speaks_in_rooms"]

SPEAKING = frozenset(
    {
        *("ask_in_room", "wait_for_reply", "cancel_ask", "say_in_room", "listen_in_room"),
        *("send_message_to_room", "invite_to_room"),
    }
)
"""The tools of our own server but for `list_rooms`, which reaches nobody, and which a hotel has, too."""
ENDS_SO = re.compile(rf"(?:^|[^A-Za-z0-9])(?:{'|'.join(sorted(SPEAKING))})$")


def is_ours(tools: Iterable[str]) -> bool:
    """Whether these are the tools of mcp-voice, by their names; its name as a server is just "voice"."""
    return {"ask_in_room", "say_in_room"} <= set(tools)


def speaks_in_rooms(tool: str) -> bool:
    """Whether a tool is one of ours; a gateway puts a name of its own before those of the servers behind it."""
    return ENDS_SO.search(tool) is not None
