"""QR codes for a terminal."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text

__all__ = ["qr_lines", "qr_text"]

QUIET = 2
"""Modules of light around the code. The standard's four would cost two lines; on a background of its own two do."""
LIGHT = "#ffffff"
STYLE = f"{LIGHT} on #000000"
INDENT = "  "


def qr_lines(text: str) -> list[str]:
    """A QR code in half blocks, two modules to a character's height: to be shown white on black, whatever the terminal.

    47 characters, such as a link's, take 17 lines of 33.
    """
    # Only who shows one needs it.
    import segno  # noqa: PLC0415

    drawn = io.StringIO()
    segno.make_qr(text, error="l").terminal(drawn, border=QUIET, compact=True)
    return drawn.getvalue().splitlines()


def qr_text(text: str, console: Console) -> Text | None:
    """The same in its colours; None where the console has not the room or the characters for it."""
    lines = qr_lines(text)
    width = len(INDENT) + max(map(len, lines))
    if not console.is_terminal or console.is_dumb_terminal or console.width < width:
        return None
    if not console.encoding.startswith("utf"):
        return None
    # The lower half of the last line is outside, and is left in the terminal's own colour.
    styles = [STYLE] * (len(lines) - 1) + [LIGHT]
    return Text("\n").join(Text.assemble(INDENT, each) for each in zip(lines, styles, strict=True))
