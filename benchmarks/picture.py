"""The results as one picture: every sample a dot, medians written out, what was to be reached as a dashed line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.companion_rows import OVERHEAD_MS, STREAMING_MS
from benchmarks.drawing import COLOURS, FAINT, INK, MARK, SOFT, Box, Chart
from benchmarks.figures import known, median, quantile, slope
from benchmarks.table import caption
from mcp_voice.texts.counting import counted

__all__ = ["draw"]

WIDTH, MARGIN, GAP = 1600, 36, 22
LONGEST_MS = 3000.0
ROW, SUBROW = 104, 31


@dataclass(frozen=True, slots=True)
class Samples:
    """One line of the first panel: samples of several servers, and what is to be reached (both in milliseconds)."""

    label: str
    by_server: dict[str, Sequence[float | None]]
    target: float | None = None


def draw(results: dict[str, Any], path: Path) -> None:
    """Write the picture; measurements that were not taken are left out."""
    measured = results["measurements"]
    lines = _lines(measured)
    panels: list[tuple[float, list[tuple[float, Callable[[Chart, Box], None]]]]] = []
    if lines:
        panels.append((len(lines) * ROW + 130, [(1.0, lambda chart, box: _waits(chart, box, lines))]))
    middle: list[tuple[float, Callable[[Chart, Box], None]]] = []
    if "pauses" in measured:
        middle.append((0.5, lambda chart, box: _pauses(chart, box, measured["pauses"]["trials"])))
    if "rooms" in measured:
        middle.append((0.5, lambda chart, box: _rooms(chart, box, measured["rooms"]["levels"])))
    if middle:
        panels.append((360, middle))
    if "growth" in measured:
        panels.append((300, [(1.0, lambda chart, box: _growth(chart, box, measured["growth"]))]))
    height = 110 + sum(panel[0] + GAP for panel in panels) + MARGIN - GAP
    chart = Chart(WIDTH, round(height), title="mcp-voice, measured")
    chart.text(MARGIN, 44, "mcp-voice, measured", size=30)
    chart.text(MARGIN, 78, _plain(caption(results)), size=15, colour=SOFT)
    top = 110.0
    for panel_height, row in panels:
        left, room = float(MARGIN), WIDTH - 2 * MARGIN - GAP * (len(row) - 1)
        for _, paint in row:
            width = room / len(row)
            paint(chart, Box(left, top, left + width, top + panel_height))
            left += width + GAP
        top += panel_height + GAP
    chart.canvas.save(path)


def _lines(measured: dict[str, Any]) -> list[Samples]:
    lines = []
    if "start" in measured:
        taken = measured["start"]["start_ms"]
        lines.append(Samples("start: tools/list answered", taken, 1.3 * (median(taken["bare"]) or 0.0)))
    if "replies" in measured:
        taken = measured["replies"]
        first_byte = median(taken["tts_first_byte_ms"]["ours"]) or 0.0
        for name, label, target in (
            ("cold_first_sound_ms", "call to first sound, cold room", 600.0),
            ("warm_first_sound_ms", "call to first sound, warm room", first_byte + 150),
            ("complete_reply_ms", "end of speech to result", 700.0),
            ("choice_reply_ms", "the same for yes or no", 700.0),
        ):
            lines.append(Samples(label, {kind: taken[kind][name] for kind in ("ours", "naive", "offline")}, target))
    if "barge_in" in measured:
        taken = measured["barge_in"]
        by_server = {kind: taken[kind]["silence_ms"] for kind in ("ours", "naive")}
        lines.append(Samples("human speaks over us to silence", by_server, 500.0))
    if "companion" in measured:
        taken = measured["companion"]
        by_server = {kind: taken[kind]["total_ms"] for kind in ("ours", "naive")}
        lines.append(Samples("companion: speech to answer", by_server, taken["stubs_ms"] + OVERHEAD_MS))
    if "streaming" in measured:
        by_server = {kind: measured["streaming"][kind]["total_ms"] for kind in ("ours", "naive")}
        lines.append(Samples("the same, models that stream", by_server, STREAMING_MS))
    return lines


def _waits(chart: Chart, card: Box, lines: list[Samples]) -> None:
    box = chart.card(
        card,
        "How long one waits",
        "each dot a sample, at the human's ear and the MCP client; median written out; dashed: to reach",
    )
    names = {
        "ours": "mcp-voice",
        "naive": "naive AgentSession",
        "offline": "mcp-voice, offline engines",
        "bare": "bare SDK server",
    }
    chart.legend(card.right - 24, card.top + 26, {COLOURS[kind]: name for kind, name in names.items()})
    plot = box.inside(left=260, right=60, bottom=24)
    x = plot.x(0, LONGEST_MS)
    for tick in range(0, int(LONGEST_MS) + 1, 500):
        chart.line([(x(tick), plot.top), (x(tick), plot.bottom)], colour=FAINT)
        chart.text(x(tick), plot.bottom + 14, f"{tick / 1000:.1f} s", size=13, colour=SOFT, align="middle")
    for index, line in enumerate(lines):
        top = plot.top + index * ROW
        servers = {kind: samples for kind, samples in line.by_server.items() if known(samples)}
        first = top + (ROW - SUBROW * len(servers)) / 2 + SUBROW / 2
        chart.text(box.left, top + ROW / 2, line.label, size=16)
        if index:
            chart.line([(box.left, top), (plot.right, top)], colour=FAINT)
        if line.target is not None:
            chart.dashed(x(line.target), top + 5, top + ROW - 4, colour=MARK)
        for row, (kind, samples) in enumerate(servers.items()):
            _dots(chart, x, first + row * SUBROW, samples, colour=COLOURS[kind])


def _dots(chart: Chart, x: Callable[[float], float], y: float, samples: Sequence[float | None], *, colour: str) -> None:
    values = known(samples)
    middle = median(values) or 0.0
    for value in values:
        chart.dot(x(value), y + 7, colour=colour)
    chart.line([(x(middle), y - 1), (x(middle), y + 15)], colour=colour, width=3)
    # Above its mark: beside it there are dots.
    chart.label(x(middle), y - 8, f"{middle / 1000:.2f} s", size=13, colour=colour)


def _pauses(chart: Chart, card: Box, trials: list[dict[str, Any]]) -> None:
    box = chart.card(
        card,
        "How often a thinking pause cuts somebody off",
        "share of answers that came back without what followed the pause",
    )
    names = {"ours": "inside a sentence", "after": "after a whole one", "naive": "naive, inside"}
    chart.legend(card.right - 24, card.bottom - 24, {COLOURS[kind]: name for kind, name in names.items()})
    plot = box.inside(left=46, top=12, bottom=56)
    y = plot.y(0, 1)
    for share in (0, 0.5, 1):
        chart.line([(plot.left, y(share)), (plot.right, y(share))], colour=FAINT)
        chart.text(plot.left - 8, y(share), f"{share:.0%}", size=13, colour=SOFT, align="end")
    pauses = sorted({trial["pause"] for trial in trials if trial["where"] != "story"})
    each = (plot.right - plot.left) / len(pauses)
    for index, pause in enumerate(pauses):
        middle = plot.left + (index + 0.5) * each
        chart.text(middle, plot.bottom + 17, f"pause of {pause} s", size=14, colour=SOFT, align="middle")
        groups = [("ours", "ours", "inside"), ("after", "ours", "after"), ("naive", "naive", "inside")]
        found = {
            colour: [t["cut"] for t in trials if (t["server"], t["where"], t["pause"]) == (server, where, pause)]
            for colour, server, where in groups
        }
        present = {colour: cuts for colour, cuts in found.items() if cuts}
        width = 46.0
        left = middle - width * len(present) / 2
        for colour, cuts in present.items():
            top = min(y(sum(cuts) / len(cuts)), plot.bottom - 2)
            chart.bar(Box(left + 5, top, left + width - 5, plot.bottom), colour=COLOURS[colour])
            chart.text(left + width / 2, top - 10, f"{sum(cuts)}/{len(cuts)}", size=13, colour=INK, align="middle")
            left += width


def _rooms(chart: Chart, card: Box, levels: dict[str, Any]) -> None:
    box = chart.card(
        card,
        "Many rooms at once",
        "end of speech to result: median and p95; the machine's cores also run the humans and LiveKit",
    )
    plot = box.inside(left=120, right=190, bottom=30)
    longest = max(1000.0, *(1.1 * (quantile(taken["reply_ms"], 0.95) or 0.0) for taken in levels.values()))
    x = plot.x(0, longest)
    for tick in range(0, int(longest) + 1, 500 if longest < 4000 else 2000):
        chart.line([(x(tick), plot.top), (x(tick), plot.bottom)], colour=FAINT)
        chart.text(x(tick), plot.bottom + 14, f"{tick / 1000:.1f} s", size=13, colour=SOFT, align="middle")
    each = (plot.bottom - plot.top) / len(levels)
    for index, (rooms, taken) in enumerate(levels.items()):
        y = plot.top + (index + 0.5) * each
        asked = taken["right"] + taken["lost"] + len(taken["wrong"]) + taken["given_up"]
        middle, late = median(taken["reply_ms"]) or 0.0, quantile(taken["reply_ms"], 0.95) or 0.0
        chart.text(box.left, y, counted(int(rooms), "room"), size=16)
        if known(taken["reply_ms"]):
            chart.bar(Box(x(0), y - 13, x(late), y + 13), colour=COLOURS["after"])
            chart.bar(Box(x(0), y - 13, x(middle), y + 13), colour=COLOURS["ours"])
            chart.text(x(late) + 8, y, f"{middle / 1000:.2f} · {late / 1000:.2f} s", size=14)
        else:
            chart.text(x(0) + 8, y, "no reply came back in time", size=14, colour=MARK)
        colour = INK if taken["right"] == asked else MARK
        chart.text(box.right, y - 9, f"{taken['right']} of {asked} right", size=14, colour=colour, align="end")
        cost = f"{taken['cpu_seconds'] / max(1, asked):.1f} s CPU each, {taken['rss_mb']:.0f} MB"
        chart.text(box.right, y + 10, cost, size=12, colour=SOFT, align="end")


def _growth(chart: Chart, card: Box, series: dict[str, Any]) -> None:
    asks = len(series["one_room"]["right"])
    box = chart.card(
        card,
        f"{counted(asks, 'question')} in a row",
        "what the server process holds after each; growth per question written out",
    )
    names = {COLOURS["ours"]: "in one room", COLOURS["naive"]: "in fresh rooms"}
    chart.legend(card.right - 24, card.top + 26, names)
    labels = {"rss_mb": "memory (MB)", "fds": "file descriptors", "threads": "threads", "tasks": "tasks"}
    width = (box.right - box.left + GAP) / len(labels)
    for index, (name, label) in enumerate(labels.items()):
        left = box.left + index * width
        area = Box(left, box.top, left + width - GAP, box.bottom).inside(left=44, top=26, bottom=6)
        chart.text(left, box.top + 8, label, size=15)
        highest = 1.25 * max(max(taken[name]) for taken in series.values())
        y = area.y(0, highest)
        for share in (0, 0.5, 1):
            chart.line([(area.left, y(share * highest)), (area.right, y(share * highest))], colour=FAINT)
            chart.text(area.left - 6, y(share * highest), f"{share * highest:.0f}", size=12, colour=SOFT, align="end")
        for kind, taken in (("ours", series["one_room"]), ("naive", series["fresh_rooms"])):
            values = taken[name]
            x = area.x(0, max(1, len(values) - 1))
            chart.line([(x(at), y(value)) for at, value in enumerate(values)], colour=COLOURS[kind], width=2)
            grown = slope(values[len(values) // 5 :])
            written = f"{grown * 1024:+.0f} kB" if name == "rss_mb" else f"{grown:+.2f}"
            place = area.right - (0 if kind == "naive" else 76)
            chart.text(place, box.top + 8, written, size=14, colour=COLOURS[kind], align="end")


def _plain(text: str) -> str:
    return text.replace("`", "")
