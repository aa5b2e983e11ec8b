"""A picture of who sounded when: lanes with their waves, captions, and arrows for what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mcp_voice.audio import Pcm
from mcp_voice.people.svg import Align, Canvas, Point, fitting, size_for, width_of

__all__ = ["WIDTH", "Caption", "Lane", "Measure", "Strip", "timeline", "write_timeline"]

WIDTH = 1600
"""Of the picture, in pixels, unless another one is wanted."""
MARGIN = 40
NAMES = 120
TITLE_ROW, STRIP_HEAD, CAPTION_ROW, MEASURE_ROW, WAVE, AXIS, GAP = 104, 46, 24, 28, 72, 30, 24
"""Heights, in pixels."""
INK, SOFT, FAINT, PAPER, CARD, MARK = "#1c2024", "#60646c", "#d9d9e0", "#f7f7fa", "#ffffff", "#d6336c"
COLOURS = ("#6550b9", "#0d8a6f", "#b3660b", "#1f74c4")
SMALLEST = 0.3
"""Half the height of a wave where there is only room noise, in pixels."""
TAIL_SECONDS = 0.4
"""Room after the last event of a strip, for the label of its arrow."""


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One voice; all lanes begin at second 0."""

    name: str
    sound: Pcm


@dataclass(frozen=True, slots=True)
class Caption:
    """Words below a lane, from the second on at which they begin."""

    lane: int
    start: float
    text: str


@dataclass(frozen=True, slots=True)
class Measure:
    """An arrow above a lane from one second to another."""

    lane: int
    start: float
    end: float
    label: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of time that is drawn in one row, with a title left and a remark right; in seconds."""

    title: str
    start: float
    end: float
    remark: str = ""
    captions: Sequence[Caption] = ()
    measures: Sequence[Measure] = ()


def write_timeline(
    path: Path, title: str, subtitle: str, lanes: Sequence[Lane], strips: Sequence[Strip], *, width: int = WIDTH
) -> None:
    """Draw it into an SVG file, so many pixels wide; raises OSError."""
    timeline(title, subtitle, lanes, strips, width=width).save(path)


def timeline(
    title: str, subtitle: str, lanes: Sequence[Lane], strips: Sequence[Strip], *, width: int = WIDTH
) -> Canvas:
    """The picture, so many pixels wide; all strips have the same scale. Raises ValueError without lanes or strips."""
    if not lanes or not strips:
        raise ValueError("A timeline needs at least one lane and one strip.")
    height = TITLE_ROW + len(strips) * (_strip_height(len(lanes)) + GAP) + MARGIN - GAP
    canvas = Canvas(width, height, title=title, paper=PAPER)
    for line, y, size, colour in ((title, 14, 28, INK), (subtitle, 39, 16, SOFT)):
        fits = size_for(line, size=size, width=width - 2 * MARGIN)
        canvas.text(MARGIN, MARGIN + y, line, size=fits, colour=colour)
    longest = max(strip.end - strip.start for strip in strips) + TAIL_SECONDS
    per_second = (width - 2 * MARGIN - NAMES - 20) / longest
    for index, strip in enumerate(strips):
        top = TITLE_ROW + index * (_strip_height(len(lanes)) + GAP)
        _Row(canvas, strip, lanes, top=top, per_second=per_second).draw()
    return canvas


def _strip_height(lanes: int) -> int:
    return STRIP_HEAD + lanes * (MEASURE_ROW + WAVE + CAPTION_ROW) + AXIS


class _Row:
    """Draws one strip."""

    def __init__(self, canvas: Canvas, strip: Strip, lanes: Sequence[Lane], *, top: int, per_second: float) -> None:
        self._canvas = canvas
        self._strip = strip
        self._lanes = lanes
        self._top = top
        self._per_second = per_second
        self._left = MARGIN + NAMES
        self._right = int(canvas.width) - MARGIN - 20

    def draw(self) -> None:
        strip, canvas, bottom = self._strip, self._canvas, self._top + _strip_height(len(self._lanes))
        canvas.box(MARGIN - 16, self._top, canvas.width - MARGIN + 16, bottom, colour=CARD, radius=14, edge=FAINT)
        canvas.text(MARGIN, self._top + 32, strip.title, size=19, colour=INK)
        room = self._right - MARGIN - width_of(f"{strip.title}  ", size=19)
        remark = fitting(strip.remark, size=17, width=room)
        canvas.text(self._right, self._top + 32, remark, size=17, colour=SOFT, align="end")
        self._axis()
        for index, lane in enumerate(self._lanes):
            self._wave(index, lane)
        for caption in strip.captions:
            x = self._x(caption.start)
            text = fitting(caption.text, size=16, width=self._right - x)
            canvas.text(x, self._wave_top(caption.lane) + WAVE + 18, text, size=16, colour=INK)
        for measure in strip.measures:
            self._measure(measure)

    def _wave_top(self, lane: int) -> int:
        return self._top + STRIP_HEAD + lane * (MEASURE_ROW + WAVE + CAPTION_ROW) + MEASURE_ROW

    def _x(self, second: float) -> float:
        return self._left + (second - self._strip.start) * self._per_second

    def _axis(self) -> None:
        top, bottom = self._top + STRIP_HEAD + 4, self._top + _strip_height(len(self._lanes)) - AXIS
        for second in range(int(np.ceil(self._strip.start)), int(self._strip.end) + 1):
            x = self._x(second)
            self._canvas.line([(x, top), (x, bottom)], colour="#ededf2")
            self._canvas.text(x, bottom + 18, f"{second} s", size=13, colour=SOFT, align="middle")

    def _wave(self, index: int, lane: Lane) -> None:
        colour = COLOURS[index % len(COLOURS)]
        middle = self._wave_top(index) + WAVE / 2
        self._canvas.text(MARGIN, middle + 6, lane.name, size=18, colour=colour)
        end = self._strip.end
        sound = lane.sound.cut(self._strip.start, end)
        loudest = float(np.abs(lane.sound.samples.astype(np.int32)).max(initial=1))
        seconds = end - self._strip.start
        levels = _envelope(sound, round(seconds * self._per_second), round(seconds * lane.sound.rate))
        self._canvas.line([(self._left, middle), (self._x(end), middle)], colour=FAINT)
        sizes = [max(SMALLEST, level / loudest * WAVE / 2) for level in levels]
        upper = list(_outline([(self._left + at, size) for at, size in enumerate(sizes)]))
        above, below = ([(x, middle + sign * size) for x, size in upper] for sign in (-1, 1))
        self._canvas.polygon([*above, *reversed(below)], colour=colour)

    def _measure(self, measure: Measure) -> None:
        start, end = self._x(measure.start), self._x(measure.end)
        wave_top = self._wave_top(measure.lane)
        y = wave_top - MEASURE_ROW / 2
        for x in (start, end):
            self._canvas.line([(x, y - 8), (x, wave_top + WAVE)], colour=MARK, width=1.2)
        size = min(9.0, max(3.0, end - start))
        self._canvas.line([(start, y), (end - size / 2, y)], colour=MARK, width=2)
        self._canvas.polygon([(end, y), (end - size, y - 0.55 * size), (end - size, y + 0.55 * size)], colour=MARK)
        fits = end + 8 + width_of(measure.label, size=15) <= self._canvas.width - MARGIN
        place: tuple[float, Align] = (end + 8, "start") if fits else (start - 8, "end")
        self._canvas.text(place[0], y + 5, measure.label, size=15, colour=MARK, align=place[1])


def _outline(points: Sequence[Point]) -> Iterator[Point]:
    """Without the points in the middle of a level stretch, such as a silence."""
    for at, (x, size) in enumerate(points):
        if at in (0, len(points) - 1) or not points[at - 1][1] == size == points[at + 1][1]:
            yield x, size


def _envelope(sound: Pcm, columns: int, samples: int) -> list[float]:
    """The loudest sample of each column; ``samples`` are those that the columns stand for, which may be more."""
    padded = np.zeros(max(samples, 1), dtype=np.int32)
    padded[: len(sound.samples)] = np.abs(sound.samples[:samples].astype(np.int32))
    return [float(part.max(initial=0)) for part in np.array_split(padded, max(columns, 1))]
