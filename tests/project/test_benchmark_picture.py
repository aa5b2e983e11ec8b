"""What the benchmark's picture says, drawn from samples that are made up."""

from __future__ import annotations

from pathlib import Path

from benchmarks import results
from benchmarks.drawing import COLOURS
from benchmarks.picture import draw
from testkit.pictures import Picture, points


def test_a_median_stands_at_its_own_mark_and_not_at_the_last_sample(tmp_path: Path) -> None:
    """One sample of ten is far off: what is written stays at the middle one."""
    samples = [*(470.0 + each for each in range(9)), 2630.0]
    taken = {"silence_ms": samples}
    measured = {"barge_in": {"ours": taken, "naive": {"silence_ms": [None]}}}
    draw({**results.about(), "samples": 10, "taken": {}, "measurements": measured}, tmp_path / "results.svg")
    picture = Picture.load(tmp_path / "results.svg")
    (mark,) = picture.drawn("polyline", stroke=COLOURS["ours"])
    assert float(picture.text("0.47 s").attrib["x"]) == points(mark)[0][0]


def test_rooms_in_which_nobody_got_a_reply_have_no_speed(tmp_path: Path) -> None:
    """They are said to have none; 0.00 s would be the best of all."""
    lost = {"right": 0, "lost": 50, "wrong": [], "given_up": 0, "reply_ms": [], "cpu_seconds": 1.0, "rss_mb": 500.0}
    right = {**lost, "right": 1, "lost": 0, "reply_ms": [600.0]}
    measured = {"rooms": {"levels": {"1": right, "25": lost}}}
    draw({**results.about(), "samples": 1, "taken": {}, "measurements": measured}, tmp_path / "results.svg")
    texts = Picture.load(tmp_path / "results.svg").texts()
    assert "no reply came back in time" in texts
    assert "0.60 · 0.60 s" in texts
    assert not [text for text in texts if "0.00 · " in text]
