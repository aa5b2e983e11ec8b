"""Pictures as SVG, which every browser and GitHub show, sharp at any size, in any script, with no library.

Coordinates and sizes are in pixels of the picture at its own size. The reader's own sans-serif draws the letters, so
how wide a text is can only be estimated here: as in the widest of the fonts named below.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Literal

from mcp_voice.texts.foreign import printable

__all__ = ["Align", "Canvas", "Point", "fitting", "size_for", "width_of"]

Point = tuple[float, float]
Align = Literal["start", "middle", "end"]

FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif"
WIDTHS = {"ijl'|": 0.24, " !,.:;/[]It": 0.28, '"()-`fr{}°·': 0.34, "cksvxyzJ^": 0.5, "mMWw%@…": 0.88}
"""Of Helvetica's letters, in parts of the size; digits and most small letters are 0.56 wide, most capitals 0.7."""
SMALL, CAPITAL, WIDE = 0.56, 0.7, 1.0
WIDEST = 1.15
"""DejaVu Sans, which Linux has where none of these fonts is, against Helvetica."""
FULL_WIDTH = ("W", "F")
"""The classes of Unicode whose signs are as wide as they are high: Chinese, Japanese, Korean, emoji."""
HALO = 5
"""Width of the ground around letters that stand on lines or dots."""


class Canvas:
    """Collects what is drawn, in order; ``svg`` is the picture."""

    def __init__(self, width: float, height: float, *, title: str, paper: str) -> None:
        """``title`` is what a screen reader reads out."""
        self.width, self.height = width, height
        size = f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}"'
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{escape(FONTS)}">',
            f"<title>{_text(title)}</title>",
            f'<rect width="100%" height="100%" fill="{paper}"/>',
        ]

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        colour: str,
        align: Align = "start",
        ground: str = "",
    ) -> None:
        """Write on the base line ``y``; with a ``ground`` of that colour around the letters, where others lie below."""
        anchor = "" if align == "start" else f' text-anchor="{align}"'
        halo = f' stroke="{ground}" stroke-width="{HALO}" paint-order="stroke"' if ground else ""
        place = f'x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{colour}"'
        self._parts.append(f"<text {place}{anchor}{halo}>{_text(text)}</text>")

    def line(self, points: Iterable[Point], *, colour: str, width: float = 1.0, dashes: str = "") -> None:
        """A line through points; ``dashes`` as SVG's ``stroke-dasharray``."""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._parts.append(
            f'<polyline points="{_points(points)}" fill="none" stroke="{colour}" stroke-width="{_n(width)}"'
            f' stroke-linejoin="round"{dashed}/>'
        )

    def polygon(self, points: Iterable[Point], *, colour: str) -> None:
        """A filled shape."""
        self._parts.append(f'<polygon points="{_points(points)}" fill="{colour}"/>')

    def box(
        self, left: float, top: float, right: float, bottom: float, *, colour: str, radius: float = 0, edge: str = ""
    ) -> None:
        """A filled rectangle with round corners, and an edge of that colour."""
        width, height = max(0.0, right - left), max(0.0, bottom - top)
        place = f'x="{_n(left)}" y="{_n(top)}" width="{_n(width)}" height="{_n(height)}"'
        corners = f' rx="{_n(radius)}"' if radius else ""
        stroke = f' stroke="{edge}"' if edge else ""
        self._parts.append(f'<rect {place}{corners} fill="{colour}"{stroke}/>')

    def dot(self, x: float, y: float, *, colour: str, radius: float, opacity: float = 1.0) -> None:
        """A filled circle."""
        seen = "" if opacity == 1 else f' fill-opacity="{_n(opacity)}"'
        self._parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{colour}"{seen}/>')

    def svg(self) -> str:
        """All that was drawn."""
        return "\n".join([*self._parts, "</svg>", ""])

    def save(self, path: Path) -> None:
        """Write the picture; raises OSError."""
        path.write_text(self.svg(), encoding="utf-8")


def width_of(text: str, *, size: float) -> float:
    """How wide a text is at most, about."""
    return sum(map(_width, text)) * size * WIDEST


def fitting(text: str, *, size: float, width: float) -> str:
    """The text, shortened until it is no wider."""
    if width_of(text, size=size) <= width:
        return text
    while text and width_of(f"{text}…", size=size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def size_for(text: str, *, size: float, width: float) -> float:
    """That size, or the smaller one at which the text is no wider."""
    return min(size, size * width / max(1.0, width_of(text, size=size)))


def _width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in FULL_WIDTH:
        return WIDE
    found = next((width for letters, width in WIDTHS.items() if letter in letters), None)
    return found or (CAPITAL if letter.isupper() else SMALL)


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(value: float) -> str:
    """A tenth of a pixel is more than is seen."""
    return f"{value:.1f}".rstrip("0").rstrip(".") or "0"


def _text(text: str) -> str:
    """As it may stand in XML, which has no place for control characters."""
    return escape(" ".join(printable(text).split()), quote=False)
