"""A picture of who sounded when: lanes with their waves, captions, and arrows for what was measured."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mcp_voice.audio import Pcm

__all__ = ["Caption", "Lane", "Measure", "Strip", "timeline", "write_timeline"]

WIDTH = 1600
"""Of the picture, in pixels."""
SCALE = 2
"""Everything is drawn that much larger, and made smaller at the end: PIL's own lines have steps."""
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

SHOWN = "“”·"
"""What Pillow's own font has beside ASCII, and is used here."""
PLAINER = str.maketrans({"\u2018": "'", "\u2019": "'", "\u2013": "-", "\u2014": "-", "\u2192": "to"})

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


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


def write_timeline(path: Path, title: str, subtitle: str, lanes: Sequence[Lane], strips: Sequence[Strip]) -> None:
    """Draw it into a PNG."""
    timeline(title, subtitle, lanes, strips).save(path, optimize=True)


def timeline(title: str, subtitle: str, lanes: Sequence[Lane], strips: Sequence[Strip]) -> Image.Image:
    """The picture, 1,600 pixels wide; all strips have the same scale. Raises ValueError without lanes or strips."""
    if not lanes or not strips:
        raise ValueError("A timeline needs at least one lane and one strip.")
    height = TITLE_ROW + len(strips) * (_strip_height(len(lanes)) + GAP) + MARGIN - GAP
    canvas = _Canvas(height)
    canvas.text(MARGIN, MARGIN - 12, title, size=28)
    canvas.text(MARGIN, MARGIN + 24, subtitle, size=16, colour=SOFT)
    longest = max(strip.end - strip.start for strip in strips) + TAIL_SECONDS
    per_second = (WIDTH - 2 * MARGIN - NAMES - 20) / longest
    for index, strip in enumerate(strips):
        top = TITLE_ROW + index * (_strip_height(len(lanes)) + GAP)
        _Row(canvas, strip, lanes, top=top, per_second=per_second).draw()
    return canvas.finished()


def _strip_height(lanes: int) -> int:
    return STRIP_HEAD + lanes * (MEASURE_ROW + WAVE + CAPTION_ROW) + AXIS


class _Row:
    """Draws one strip."""

    def __init__(self, canvas: _Canvas, strip: Strip, lanes: Sequence[Lane], *, top: int, per_second: float) -> None:
        self._canvas = canvas
        self._strip = strip
        self._lanes = lanes
        self._top = top
        self._per_second = per_second
        self._left = MARGIN + NAMES
        self._right = WIDTH - MARGIN - 20

    def draw(self) -> None:
        strip, canvas = self._strip, self._canvas
        canvas.card(MARGIN - 16, self._top, WIDTH - MARGIN + 16, self._top + _strip_height(len(self._lanes)))
        canvas.text(MARGIN, self._top + 14, strip.title, size=19)
        canvas.text(self._right, self._top + 15, strip.remark, size=17, colour=SOFT, anchor="ra")
        self._axis()
        for index, lane in enumerate(self._lanes):
            self._wave(index, lane)
        for caption in strip.captions:
            y = self._wave_top(caption.lane) + WAVE + 2
            text = canvas.fitting(caption.text, size=16, width=self._right - self._x(caption.start))
            canvas.text(self._x(caption.start), y, text, size=16)
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
            self._canvas.line(x, top, x, bottom, colour="#ededf2")
            self._canvas.text(x, bottom + 6, f"{second} s", size=13, colour=SOFT, anchor="ma")

    def _wave(self, index: int, lane: Lane) -> None:
        colour = COLOURS[index % len(COLOURS)]
        middle = self._wave_top(index) + WAVE / 2
        self._canvas.text(MARGIN, middle, lane.name, size=18, colour=colour, anchor="lm")
        end = self._strip.end
        sound = lane.sound.cut(self._strip.start, end)
        loudest = float(np.abs(lane.sound.samples.astype(np.int32)).max(initial=1))
        count = round((end - self._strip.start) * self._per_second * SCALE)
        self._canvas.line(self._left, middle, self._x(end), middle, colour=FAINT)
        for column, level in enumerate(_envelope(sound, count, round((end - self._strip.start) * lane.sound.rate))):
            size = max(SMALLEST, level / loudest * WAVE / 2)
            x = self._left + column / SCALE
            self._canvas.line(x, middle - size, x, middle + size, colour=colour, width=1 / SCALE)

    def _measure(self, measure: Measure) -> None:
        start, end = self._x(measure.start), self._x(measure.end)
        wave_top = self._wave_top(measure.lane)
        y = wave_top - MEASURE_ROW / 2
        for x in (start, end):
            self._canvas.line(x, y - 8, x, wave_top + WAVE, colour=MARK, width=1.2)
        self._canvas.line(start, y, end, y, colour=MARK, width=2)
        self._canvas.arrow_head(end, y, colour=MARK, size=min(9.0, max(3.0, end - start)))
        fits = end + 8 + self._canvas.length(measure.label, size=15) <= WIDTH - MARGIN
        x, anchor = (end + 8, "lm") if fits else (start - 8, "rm")
        self._canvas.text(x, y, measure.label, size=15, colour=MARK, anchor=anchor)


class _Canvas:
    """Drawing in pixels of the finished picture."""

    def __init__(self, height: int) -> None:
        self._image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._fonts: dict[int, Font] = {}

    def text(self, x: float, y: float, text: str, *, size: int, colour: str = INK, anchor: str = "la") -> None:
        self._draw.text((x * SCALE, y * SCALE), _drawable(text), colour, self._font(size), anchor)

    def length(self, text: str, *, size: int) -> float:
        return self._draw.textlength(_drawable(text), self._font(size)) / SCALE

    def fitting(self, text: str, *, size: int, width: float) -> str:
        """The text, shortened until it is no wider."""
        if self.length(text, size=size) <= width:
            return text
        while text and self.length(f"{text}…", size=size) > width:
            text = text[:-1]
        return f"{text.rstrip()}…"

    def line(self, x1: float, y1: float, x2: float, y2: float, *, colour: str, width: float = 1.0) -> None:
        points = (x1 * SCALE, y1 * SCALE, x2 * SCALE, y2 * SCALE)
        self._draw.line(points, colour, max(1, round(width * SCALE)))

    def arrow_head(self, x: float, y: float, *, colour: str, size: float) -> None:
        tip, back, half = x * SCALE, (x - size) * SCALE, size * 0.55 * SCALE
        self._draw.polygon([(tip, y * SCALE), (back, y * SCALE - half), (back, y * SCALE + half)], colour)

    def card(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self._draw.rounded_rectangle(
            (x1 * SCALE, y1 * SCALE, x2 * SCALE, y2 * SCALE), 14 * SCALE, CARD, FAINT, width=SCALE
        )

    def finished(self) -> Image.Image:
        return self._image.resize((WIDTH, self._image.height // SCALE), Image.Resampling.LANCZOS)

    def _font(self, size: int) -> Font:
        if size not in self._fonts:
            self._fonts[size] = ImageFont.load_default(size * SCALE)
        return self._fonts[size]


def _envelope(sound: Pcm, columns: int, samples: int) -> list[float]:
    """The loudest sample of each column; ``samples`` are those that the columns stand for, which may be more."""
    padded = np.zeros(max(samples, 1), dtype=np.int32)
    padded[: len(sound.samples)] = np.abs(sound.samples[:samples].astype(np.int32))
    return [float(part.max(initial=0)) for part in np.array_split(padded, max(columns, 1))]


def _drawable(text: str) -> str:
    """The text with what Pillow's own font can show."""
    plain = unicodedata.normalize("NFKD", text).translate(PLAINER)
    return "".join(letter for letter in plain if letter.isascii() or letter in SHOWN)
