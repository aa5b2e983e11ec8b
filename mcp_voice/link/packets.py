"""How much one message may hold on its way to a room."""

from __future__ import annotations

from mcp_voice.errors import BadInput

__all__ = ["LARGEST_PACKET", "check_size"]

LARGEST_PACKET = 15 * 1024
"""Bytes of a reliable data packet on the wire that every client takes."""


def check_size(size: int) -> None:
    """Raise BadInput for a message of so many bytes if that is more than every client takes."""
    if size > LARGEST_PACKET:
        raise BadInput(
            f"The message takes {size:,} bytes on the wire; {LARGEST_PACKET:,} are allowed. Nothing was sent.",
            fix="Shorten it, or send it in parts.",
            code="too-long",
        )
