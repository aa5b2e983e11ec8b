"""The picture of who sounded when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mcp_voice.audio import Pcm, silence
from mcp_voice.people.timeline import COLOURS, MARK, WIDTH, Caption, Lane, Measure, Strip, timeline, write_timeline
from testkit.pictures import Picture, points

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RATE = 24_000
DEJAVU = {
    **dict.fromkeys("ijl", 0.278), **dict.fromkeys(" .,", 0.318), **dict.fromkeys(":;", 0.337), "f": 0.352, "r": 0.411,
    "t": 0.392, "s": 0.521, "c": 0.55, "m": 0.974, "w": 0.818, "-": 0.361, "…": 1.0,
}  # fmt: skip
"""How wide DejaVu Sans draws some letters, in parts of the size; the others are about 0.63."""


def tone(seconds: float) -> Pcm:
    """A loud tone of 200 Hz."""
    return Pcm((12_000 * np.sin(2 * np.pi * 200 * np.arange(round(seconds * RATE)) / RATE)).astype(np.int16), RATE)


def picture(lanes: Sequence[Lane], strips: Sequence[Strip]) -> Picture:
    """The picture, read back."""
    return Picture(timeline("Title", "Subtitle", lanes, strips).svg())


def sounding(drawn: Picture, colour: str) -> tuple[float, float]:
    """From where to where the first wave of that colour is high."""
    wave = points(drawn.drawn("polygon", fill=colour)[0])
    middle = sum(y for _, y in wave) / len(wave)
    loud = [x for x, y in wave if abs(y - middle) > 10]
    return min(loud), max(loud)


def test_each_lane_is_drawn_where_it_sounds() -> None:
    """Of 4 s one voice sounds in the second one, the other in the third: the picture shows the one after the other."""
    first = silence(1, rate=RATE).joined(tone(1), silence(2, rate=RATE))
    second = silence(2, rate=RATE).joined(tone(1), silence(1, rate=RATE))
    drawn = picture([Lane("voice", first), Lane("human", second)], [Strip("only", 0.0, 4.0)])

    assert drawn.width == WIDTH
    begins, ends = sounding(drawn, COLOURS[0])
    begins_next, ends_next = sounding(drawn, COLOURS[1])
    assert begins < ends <= begins_next + 2 < ends_next
    assert ends - begins == pytest.approx(ends_next - begins_next, abs=4)


def test_a_silence_takes_no_room_in_the_file() -> None:
    """Ten minutes of it are two points on each side of the wave."""
    drawn = picture([Lane("voice", silence(600, rate=RATE))], [Strip("", 0.0, 600.0)])
    (wave,) = drawn.drawn("polygon", fill=COLOURS[0])
    assert len(points(wave)) == 4


def test_every_strip_has_the_same_scale() -> None:
    """A second is as wide in a short strip as in a long one."""
    lane = Lane("voice", silence(10, rate=RATE))
    mark = [Measure(0, 1.0, 2.0, "")]
    alone = picture([lane], [Strip("", 0.0, 8.0), Strip("", 0.0, 3.0, measures=mark)])
    long = picture([lane], [Strip("", 0.0, 8.0, measures=mark), Strip("", 0.0, 3.0)])
    ends = [[points(line)[0][0] for line in each.drawn("polyline", stroke=MARK)] for each in (alone, long)]
    assert ends[0] == ends[1]
    assert max(ends[0]) - min(ends[0]) > 100


def test_a_label_without_room_at_its_right_stands_left_of_its_arrow() -> None:
    """An arrow at the very end of the longest strip keeps its label inside the picture."""
    label = "end of speech to result 500 ms"
    strip = Strip("", 0.0, 10.0, measures=[Measure(0, 9.5, 10.0, label), Measure(0, 1.0, 2.0, "early")])
    drawn = picture([Lane("voice", silence(10, rate=RATE))], [strip])
    assert drawn.text(label).get("text-anchor") == "end"
    assert drawn.text("early").get("text-anchor") is None
    assert float(drawn.text(label).attrib["x"]) < WIDTH - 100


def test_words_of_any_script_are_shown_and_those_that_do_not_fit_are_shortened() -> None:
    """Accents, Chinese and what means something in XML; a caption at the end of its strip stays inside."""
    said = "<café> & 咖啡"
    long = Caption(0, 1.9, "word " * 80)
    strip = Strip("", 0.0, 2.0, captions=[Caption(0, 0.0, said), long])
    drawn = picture([Lane("voice", silence(2, rate=RATE))], [strip])
    assert said in drawn.texts()
    (shortened,) = (text for text in drawn.texts() if text.startswith("word"))
    assert shortened.endswith("…")
    assert len(shortened) < 60


def test_what_steers_a_terminal_or_breaks_xml_is_not_drawn() -> None:
    """A reply with control characters still makes a picture that can be read."""
    lane = Lane("voice", silence(1, rate=RATE))
    drawn = picture([lane], [Strip("", 0.0, 1.0, remark="yes\x00\x1b[31m\x08\ud800 please\n")])
    (remark,) = (text for text in drawn.texts() if text.startswith("yes"))
    assert remark.endswith("please")
    assert remark.isprintable()


def test_the_picture_is_an_svg_file(tmp_path: Path) -> None:
    """What is written can be read again, and tells its title to those who do not see it."""
    path = tmp_path / "timeline.svg"
    write_timeline(path, "Title", "Subtitle", [Lane("voice", tone(1))], [Strip("one", 0.0, 1.0, remark="reply")])
    drawn = Picture.load(path)
    assert drawn.width == WIDTH
    assert [title.text for title in drawn.drawn("title")] == ["Title"]
    assert {"Title", "Subtitle", "voice", "one", "reply", "0 s", "1 s"} <= set(drawn.texts())


def test_nothing_to_draw_is_refused() -> None:
    """Without lanes or strips there is no picture."""
    with pytest.raises(ValueError, match="one lane and one strip"):
        timeline("", "", [], [])


@pytest.mark.parametrize("width", [1000, WIDTH])
def test_no_text_is_wider_than_the_picture_in_the_widest_font(width: int) -> None:
    """Linux without the fonts that are named draws with DejaVu Sans, which is wider."""
    long = "The companion says something that takes a long time to say, and then some more of it. " * 3
    strip = Strip(
        "an answer that begins over the question",
        0.0,
        9.0,
        remark=f"reply: “{long}”",
        captions=[Caption(0, 1.0, long), Caption(0, 6.0, long)],
        measures=[Measure(0, 8.0, 9.0, "end of speech to result 4550 ms")],
    )
    drawn = Picture(timeline(f"mcp-voice: {long[:90]}", long[:120], [Lane("v", tone(1))], [strip], width=width).svg())
    for element in drawn.drawn("text"):
        words, size, x = element.text or "", float(element.attrib["font-size"]), float(element.attrib["x"])
        extent = sum(DEJAVU.get(letter, 0.63) for letter in words) * size
        right = x if element.get("text-anchor") == "end" else x + extent
        left = x - extent if element.get("text-anchor") == "end" else x
        assert right <= width, words
        assert left >= 0 or element.get("text-anchor") == "middle", words
