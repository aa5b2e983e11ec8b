"""What charts are made of: boxes with their scales, and cards, bars, dots and legends on a canvas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mcp_voice.people.svg import Align, Canvas, width_of

__all__ = ["CARD", "COLOURS", "FAINT", "INK", "MARK", "PAPER", "SOFT", "Box", "Chart"]

INK, SOFT, FAINT, PAPER, CARD, MARK = "#1c2024", "#60646c", "#e4e4ea", "#f7f7fa", "#ffffff", "#d6336c"
COLOURS = {"ours": "#6550b9", "offline": "#1f74c4", "naive": "#d9822b", "bare": "#8b8d98", "after": "#b9aee6"}
HEAD = 54


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


class Chart:
    """A picture of charts."""

    def __init__(self, width: int, height: int, *, title: str) -> None:
        self.canvas = Canvas(width, height, title=title, paper=PAPER)

    def text(self, x: float, y: float, text: str, *, size: int = 15, colour: str = INK, align: Align = "start") -> None:
        """Write; ``y`` is the middle of the letters' height."""
        self.canvas.text(x, y + 0.35 * size, text, size=size, colour=colour, align=align)

    def label(self, x: float, y: float, text: str, *, size: int, colour: str) -> None:
        """Write around ``x``, on a ground that hides the lines below."""
        self.canvas.text(x, y + 0.35 * size, text, size=size, colour=colour, align="middle", ground=CARD)

    def line(self, points: list[tuple[float, float]], *, colour: str, width: float = 1.0) -> None:
        """A line through points."""
        self.canvas.line(points, colour=colour, width=width)

    def dashed(self, x: float, top: float, bottom: float, *, colour: str) -> None:
        """A vertical dashed line."""
        self.canvas.line([(x, top), (x, bottom)], colour=colour, width=1.5, dashes="5 4")

    def bar(self, box: Box, *, colour: str) -> None:
        """A filled rectangle."""
        self.canvas.box(box.left, box.top, box.right, box.bottom, colour=colour, radius=3)

    def dot(self, x: float, y: float, *, colour: str) -> None:
        """A translucent dot, so that many at one place show."""
        self.canvas.dot(x, y, colour=colour, radius=4, opacity=0.4)

    def card(self, box: Box, title: str, remark: str = "") -> Box:
        """A panel with a title and a remark below it; gives the room that is left in it."""
        self.canvas.box(box.left, box.top, box.right, box.bottom, colour=CARD, radius=14, edge=FAINT)
        self.text(box.left + 20, box.top + 25, title, size=19)
        self.text(box.left + 20, box.top + 48, remark, size=14, colour=SOFT)
        return box.inside(left=20, top=HEAD + 16, right=20, bottom=16)

    def legend(self, x: float, y: float, names: dict[str, str]) -> None:
        """Coloured squares with names, from the right to the left."""
        for colour, name in reversed(names.items()):
            x -= width_of(name, size=14)
            self.text(x, y, name, size=14, colour=SOFT)
            x -= 18
            self.bar(Box(x, y - 6, x + 12, y + 6), colour=colour)
            x -= 18
