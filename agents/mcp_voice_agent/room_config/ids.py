"""Which configuration a room gets: its id, from metadata or from the room's name."""

from __future__ import annotations

import logging

import regex
from pydantic_core import from_json

__all__ = ["LONGEST_ID", "config_id"]

log = logging.getLogger(__name__)

LONGEST_ID = 512
KEYS_OF_ID = ("agent_config_id", "config_id")
SEARCH_SECONDS = 0.02
"""Of the processor's time. Honest expressions take microseconds; some take years for a name that was made up for it."""


def config_id(dispatch_metadata: str, room_metadata: str, room_name: str, *, pattern: str = "") -> str:
    """The id of a room's configuration: from the dispatch, else from the room's metadata, else from the room's name.

    Metadata is a plain id, or a JSON object with ``agent_config_id`` (or ``config_id``). Other JSON counts as absent,
    except a number, which is a plain id. ``pattern`` finds the id in the name; unless it does, the name is the id.
    """
    return _id_in(dispatch_metadata) or _id_in(room_metadata) or _found(pattern, room_name) or room_name


def _id_in(metadata: str) -> str:
    text = metadata.strip()
    try:
        found = from_json(text)
    except ValueError:
        # Broken JSON is no id.
        return "" if text.startswith(("{", "[", '"')) or len(text) > LONGEST_ID else text
    if isinstance(found, dict):
        named = (found.get(key) for key in KEYS_OF_ID)
        return next((str(each).strip() for each in named if _is_number(each) or (isinstance(each, str) and each)), "")
    return text if _is_number(found) else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _found(pattern: str, room_name: str) -> str:
    """The first group that matched, else all that did; empty for nothing."""
    if not pattern or len(room_name) > LONGEST_ID:
        return ""
    try:
        match = regex.search(pattern, room_name, timeout=SEARCH_SECONDS)
    except TimeoutError:
        log.warning("MCP_VOICE_AGENT_CONFIG_ID_PATTERN takes too long for a room's name; the whole name is the id")
        return ""
    if match is None:
        return ""
    return next((group for group in match.groups() if group), match.group())
