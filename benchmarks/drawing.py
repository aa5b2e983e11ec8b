"""A canvas for charts: coordinates in pixels of the finished picture, drawn twice as large and made smaller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

__all__ = ["CARD", "COLOURS", "FAINT", "INK", "MARK", "PAPER", "SOFT", "Box", "Canvas"]

SCALE = 2
INK, SOFT, FAINT, PAPER, CARD, MARK = "#1c2024", "#60646c", "#e4e4ea", "#f7f7fa", "#ffffff", "#d6336c"
COLOURS = {"ours": "#6550b9", "offline": "#1f74c4", "naive": "#d9822b", "bare": "#8b8d98", "after": "#b9aee6"}
HEAD = 54

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def inside(self, *, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> Box:
        """The same, smaller by these margins."""
        return Box(self.left + left, self.top + top, self.right - right, self.bottom - bottom)

    def x(self, low: float, high: float) -> Callable[[float], float]:
        """From a value to its place on the horizontal axis; what is beyond stays at the edge."""
        return lambda value: self.left + (min(max(value, low), high) - low) / (high - low) * (self.right - self.left)

    def y(self, low: float, high: float) -> Callable[[float], float]:
        """From a value to its place on the vertical axis."""
        return lambda value: self.bottom - (min(max(value, low), high) - low) / (high - low) * (self.bottom - self.top)


class Canvas:
    """Text, lines, bars and dots."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._image = Image.new("RGB", (width * SCALE, height * SCALE), PAPER)
        self._draw = ImageDraw.Draw(self._image, "RGBA")
        self._fonts: dict[int, Font] = {}

    def text(self, x: float, y: float, text: str, *, size: int = 15, colour: str = INK, anchor: str = "la") -> None:
        """Write; the anchor is Pillow's (l, m or r, then a, m or s)."""
        self._draw.text((x * SCALE, y * SCALE), text, colour, self._font(size), anchor)

    def label(self, x: float, y: float, text: str, *, size: int, colour: str) -> None:
        """Write from there to the right, on a ground that hides the lines below."""
        self.bar(Box(x - 3, y - size * 0.6, x + self.length(text, size=size) + 3, y + size * 0.6), colour=CARD)
        self.text(x, y, text, size=size, colour=colour, anchor="lm")

    def length(self, text: str, *, size: int = 15) -> float:
        """How wide that would be."""
        return self._draw.textlength(text, self._font(size)) / SCALE

    def line(self, points: list[tuple[float, float]], *, colour: str, width: float = 1.0) -> None:
        """A line through points."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, colour, max(1, round(width * SCALE)), joint="curve")

    def dashed(self, x: float, top: float, bottom: float, *, colour: str) -> None:
        """A vertical dashed line."""
        y = top
        while y < bottom:
            self.line([(x, y), (x, min(y + 5, bottom))], colour=colour, width=1.5)
            y += 9

    def bar(self, box: Box, *, colour: str) -> None:
        """A filled rectangle."""
        self._draw.rounded_rectangle(_scaled(box), 3 * SCALE, colour)

    def dot(self, x: float, y: float, *, colour: str, radius: float = 4.0) -> None:
        """A translucent dot, so that many at one place show."""
        self._draw.ellipse(_scaled(Box(x - radius, y - radius, x + radius, y + radius)), f"{colour}70")

    def card(self, box: Box, title: str, remark: str = "") -> Box:
        """A panel with a title and a remark below it; gives the room that is left in it."""
        self._draw.rounded_rectangle(_scaled(box), 14 * SCALE, CARD, FAINT, width=SCALE)
        self.text(box.left + 20, box.top + 14, title, size=19)
        self.text(box.left + 20, box.top + 40, remark, size=14, colour=SOFT)
        return box.inside(left=20, top=HEAD + 16, right=20, bottom=16)

    def legend(self, x: float, y: float, names: dict[str, str]) -> None:
        """Coloured squares with names, from the right to the left."""
        for colour, name in reversed(names.items()):
            x -= self.length(name, size=14)
            self.text(x, y, name, size=14, colour=SOFT, anchor="lm")
            x -= 18
            self.bar(Box(x, y - 6, x + 12, y + 6), colour=colour)
            x -= 18

    def save(self, path: Path) -> None:
        """Write the picture."""
        self._image.resize(self._size, Image.Resampling.LANCZOS).save(path, optimize=True)

    def _font(self, size: int) -> Font:
        if size not in self._fonts:
            self._fonts[size] = ImageFont.load_default(size * SCALE)
        return self._fonts[size]


def _scaled(box: Box) -> tuple[float, float, float, float]:
    return box.left * SCALE, box.top * SCALE, box.right * SCALE, box.bottom * SCALE
