"""The picture of who sounded when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mcp_voice.audio import Pcm, silence
from mcp_voice.people.timeline import COLOURS, MARK, WIDTH, Caption, Lane, Measure, Strip, timeline, write_timeline

if TYPE_CHECKING:
    from pathlib import Path

RATE = 24_000


def tone(seconds: float) -> Pcm:
    """A loud tone of 200 Hz."""
    return Pcm((12_000 * np.sin(2 * np.pi * 200 * np.arange(round(seconds * RATE)) / RATE)).astype(np.int16), RATE)


def columns(image: Image.Image, colour: str, *, tall: int, near: int = 24) -> tuple[int, int]:
    """The first and the last column in which at least ``tall`` pixels are of about that colour."""
    wanted = np.array([int(colour[index : index + 2], 16) for index in (1, 3, 5)])
    close = np.abs(np.asarray(image, dtype=np.int16) - wanted).max(axis=2) < near
    found = np.flatnonzero(close.sum(axis=0) >= tall)
    return int(found[0]), int(found[-1])


def test_each_lane_is_drawn_where_it_sounds() -> None:
    """Of 4 s one voice sounds in the second one, the other in the third: the picture shows the one after the other."""
    first = silence(1, rate=RATE).joined(tone(1), silence(2, rate=RATE))
    second = silence(2, rate=RATE).joined(tone(1), silence(1, rate=RATE))
    image = timeline("Title", "Subtitle", [Lane("voice", first), Lane("human", second)], [Strip("only", 0.0, 4.0)])

    assert image.width == WIDTH
    begins, ends = columns(image, COLOURS[0], tall=20)
    begins_next, ends_next = columns(image, COLOURS[1], tall=20)
    assert begins < ends <= begins_next + 2 < ends_next
    assert ends - begins == pytest.approx(ends_next - begins_next, abs=4)


def test_every_strip_has_the_same_scale() -> None:
    """A second is as wide in a short strip as in a long one."""
    lane = Lane("voice", silence(10, rate=RATE))
    mark = [Measure(0, 1.0, 2.0, "")]
    alone = timeline("", "", [lane], [Strip("", 0.0, 8.0), Strip("", 0.0, 3.0, measures=mark)])
    long = timeline("", "", [lane], [Strip("", 0.0, 8.0, measures=mark), Strip("", 0.0, 3.0)])
    assert columns(alone, MARK, tall=40, near=100) == columns(long, MARK, tall=40, near=100)


def test_a_label_without_room_at_its_right_stands_left_of_its_arrow() -> None:
    """An arrow at the very end of the longest strip keeps its label inside the picture."""
    lane = Lane("voice", silence(10, rate=RATE))
    strip = Strip("", 0.0, 10.0, measures=[Measure(0, 9.5, 10.0, "end of speech to result 500 ms")])
    image = timeline("", "", [lane], [strip])
    first, last = columns(image, MARK, tall=2, near=100)
    tall_first, _ = columns(image, MARK, tall=40, near=100)
    assert last < WIDTH - 40
    assert first < tall_first - 150


def test_words_that_the_font_cannot_show_leave_no_boxes() -> None:
    """Accents are left out, letters of other scripts too, and a caption that is too long is shortened."""
    lane = Lane("voice", silence(2, rate=RATE))
    plain = timeline("", "", [lane], [Strip("", 0.0, 2.0, captions=[Caption(0, 0.0, "cafe ")])])
    accented = timeline("", "", [lane], [Strip("", 0.0, 2.0, captions=[Caption(0, 0.0, "café 咖啡")])])
    assert plain.tobytes() == accented.tobytes()

    long = timeline("", "", [lane], [Strip("", 0.0, 2.0, captions=[Caption(0, 1.9, "word " * 80)])])
    assert np.asarray(long)[:, WIDTH - 20 :].min() > 200


def test_the_picture_is_a_png(tmp_path: Path) -> None:
    """What is written can be read again, and is not blank."""
    path = tmp_path / "timeline.png"
    write_timeline(path, "Title", "Subtitle", [Lane("voice", tone(1))], [Strip("one", 0.0, 1.0, remark="reply")])
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.width == WIDTH
        assert len(image.convert("RGB").getcolors(1_000_000) or ()) > 20


def test_nothing_to_draw_is_refused() -> None:
    """Without lanes or strips there is no picture."""
    with pytest.raises(ValueError, match="one lane and one strip"):
        timeline("", "", [], [])
