"""The table's rows: what each measurement comes to, what it is to reach, and what the naive server gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import Any

from benchmarks.companion_rows import companion_rows, streaming_rows
from benchmarks.cost_rows import cost_rows
from benchmarks.figures import median, quantile, slope
from benchmarks.guest import QUIET
from benchmarks.http_rows import http_rows
from benchmarks.row import Row, below, seconds, share, spread
from benchmarks.speech_rows import recognition_rows, voice_rows
from benchmarks.store_rows import ask_rows, store_rows, wait_rows
from benchmarks.worker_rows import worker_rows
from mcp_voice.texts.counting import counted

__all__ = ["GROUPS", "rows"]


def rows(results: dict[str, Any]) -> list[Row]:
    """All lines, in the order of the measurements."""
    measured = results["measurements"]
    return [row for name, make in GROUPS.items() if name in measured for row in make(measured[name])]


def _start(measured: dict[str, Any]) -> Iterator[Row]:
    ours, bare = (median(measured["start_ms"][kind]) or 0.0 for kind in ("ours", "bare"))
    ratio = ours / bare
    yield Row(
        "start of the process → `tools/list`",
        f"{seconds(ours)} ({ratio:.2f} times a bare SDK server)",
        target="≤ 1.3 times bare",
        met=ratio <= 1.3,
    )


def _replies(measured: dict[str, Any]) -> Iterator[Row]:
    ours, offline, naive = (measured[kind] for kind in ("ours", "offline", "naive"))
    first_byte = median(measured["tts_first_byte_ms"]["ours"]) or 0.0
    cold, warm = median(ours["cold_first_sound_ms"]), median(ours["warm_first_sound_ms"])
    reply = median(ours["complete_reply_ms"])
    yield Row(
        "call → first sound at the human's ear, cold room",
        seconds(cold),
        seconds(median(naive["cold_first_sound_ms"])),
        "≤ 0.6 s",
        below(cold, 600),
    )
    yield Row(
        f"… warm room (TTS alone: {seconds(first_byte)})",
        seconds(warm),
        seconds(median(naive["warm_first_sound_ms"])),
        "≤ TTS + 0.15 s",
        below(warm, first_byte + 150),
    )
    yield Row(
        "end of speech → result, complete answer",
        spread(ours["complete_reply_ms"]),
        spread(naive["complete_reply_ms"]),
        "≤ 0.7 s",
        below(reply, 700),
    )
    yield Row("… of which " + _parts(ours["complete_parts_ms"]), seconds(reply))
    yield Row("… “yes” or “no”, with choices", spread(ours["choice_reply_ms"]), spread(naive["choice_reply_ms"]))
    yield Row("right replies", share(_right(ours)), share(_right(naive)), "all", all(_right(ours)))
    yield Row(
        "the same with the offline engines: first sound cold, warm; reply, “yes” or “no”; right",
        f"{seconds(median(offline['cold_first_sound_ms']))}, {seconds(median(offline['warm_first_sound_ms']))}; "
        f"{seconds(median(offline['complete_reply_ms']))}, {seconds(median(offline['choice_reply_ms']))}; "
        f"{share(_right(offline))}",
        target="reply ≤ the stub's + 0.1 s",
        met=below(median(offline["complete_reply_ms"]), (reply or 0.0) + OFFLINE_MS),
    )


def _right(taken: dict[str, Any]) -> list[bool]:
    return [*taken["complete_right"], *taken["choice_right"]]


def _parts(parts: list[dict[str, float | None]]) -> str:
    names = {"pause": "pause noticed", "stt": "STT", "endpointing": "waiting for more", "rest": "network and client"}
    found = {name: median([part[name] or 0.0 for part in parts]) for name in names}
    return ", ".join(f"{label} {seconds(found[name])}" for name, label in names.items())


def _barge_in(measured: dict[str, Any]) -> Iterator[Row]:
    ours, naive = measured["ours"], measured["naive"]
    yield Row(
        "human speaks over the question → silence at their ear",
        spread(ours["silence_ms"]),
        spread(naive["silence_ms"]),
        "≤ 0.5 s",
        below(median(ours["silence_ms"]), 500),
    )
    yield Row("… right replies", share(ours["right"]), share(naive["right"]), "all", all(ours["right"]))


def _pauses(measured: dict[str, Any]) -> Iterator[Row]:
    places = {"inside": "inside an unfinished sentence", "after": "after a whole sentence", "story": STORY}
    for where, words in places.items():
        found = {server: _cuts(measured["trials"], server, where) for server in ("ours", "naive")}
        for pause, cuts in found["ours"].items():
            must = where == "story" or (where == "inside" and pause <= 1.5)
            yield Row(
                f"cut off by a pause of {pause} s {words}",
                share(cuts),
                share(found["naive"].get(pause, [])),
                "none" if must else "",
                not any(cuts) if must else None,
            )
    ours = [trial for trial in measured["trials"] if trial["server"] == "ours"]
    lost = [trial["lost"] for trial in ours]
    yield Row(
        "… words lost or misheard, with `listen_in_room` after a cut",
        share(lost),
        share([trial["lost"] for trial in measured["trials"] if trial["server"] == "naive"]),
        "none",
        not any(lost),
    )


def _cuts(trials: list[dict[str, Any]], server: str, where: str) -> dict[float, list[bool]]:
    found: dict[float, list[bool]] = {}
    for trial in trials:
        if (trial["server"], trial["where"]) == (server, where):
            found.setdefault(trial["pause"], []).append(trial["cut"])
    return found


def _rooms(measured: dict[str, Any]) -> Iterator[Row]:
    for rooms, taken in measured["levels"].items():
        asked, replies = taken["right"] + taken["lost"] + len(taken["wrong"]) + taken["given_up"], taken["reply_ms"]
        yield Row(
            f"{counted(int(rooms), 'room')} at once: right; reply p50, p95; CPU per ask; memory",
            f"{taken['right']} of {asked}; {seconds(median(replies))}, {seconds(quantile(replies, 0.95))}; "
            f"{taken['cpu_seconds'] / max(1, asked):.2f} s; {taken['rss_mb']:.0f} MB",
            target="all right, or refused",
            met=taken["right"] + taken["given_up"] == asked,
        )
        if refused := taken["refused_ms"]:
            yield Row(
                "… “busy” until there was room, and the longest time until that was said",
                f"{counted(len(refused), 'time')}, {seconds(max(refused))}"
                + (f"; {taken['given_up']} not asked in the end" if taken["given_up"] else ""),
                target="≤ 1 s",
                met=max(refused) <= REFUSED_MS,
            )


def _flood(measured: dict[str, Any]) -> Iterator[Row]:
    asked = measured["asked"]
    quiet = [median(asked[QUIET][name]) for name in FLOODED]
    for kind, taken in asked.items():
        found = [median(taken[name]) for name in FLOODED]
        ratios = [a / b if a and b else inf for a, b in zip(found, quiet, strict=True)]
        compared = kind != QUIET
        yield Row(
            f"a guest sends one room {kind}: first sound, reply and right replies in another",
            ", ".join(map(seconds, found))
            + (f" ({' and '.join(f'{ratio:.2f}' for ratio in ratios)} times)" if compared else "")
            + f"; {share(taken['right'])}",
            target=f"≤ {FLOODED_TIMES} times those without, all right" if compared else "",
            met=max(ratios) <= FLOODED_TIMES and all(taken["right"]) if compared else None,
        )
    for kind, taken in measured["elsewhere"].items():
        yield Row(
            f"… control: {kind} in a room in which mcp-voice is not",
            ", ".join(seconds(median(taken[name])) for name in FLOODED),
        )
    for kind, longest in measured["list_rooms_ms"].items():
        yield Row(f"… the longest call of `list_rooms` meanwhile ({kind})", seconds(quantile(longest, 1.0)))


def _growth(measured: dict[str, Any]) -> Iterator[Row]:
    names = {"one_room": "in one room", "fresh_rooms": "in fresh rooms"}
    for series, label in names.items():
        taken = measured[series]
        # The first fifth fills pools and caches.
        slopes = {name: slope(taken[name][len(taken[name]) // 5 :]) for name in ("rss_mb", "fds", "threads", "tasks")}
        yield Row(
            f"{counted(len(taken['right']), 'question')} {label}: growth per question",
            f"{slopes['rss_mb'] * 1024:+.0f} kB, {slopes['fds']:+.2f} fds, {slopes['threads']:+.2f} threads, "
            f"{slopes['tasks']:+.2f} tasks",
            target=TARGETS[series],
            met=max(slopes["fds"], slopes["threads"], slopes["tasks"]) < COUNT_NOISE
            and slopes["rss_mb"] < MEMORY_NOISE_MB[series],
        )


REFUSED_MS = 1000.0
STORY = "after a whole sentence, asked with `open_ended`"
FLOODED = ("first_sound_ms", "reply_ms")
FLOODED_TIMES = 1.3
"""What a flood of one room may add to what another takes."""
OFFLINE_MS = 100.0
"""What the offline recogniser may take longer than a stub that knows the words at once."""
TARGETS = {"one_room": "none beyond noise", "fresh_rooms": "none but the SDK's 0.45 MB for each room"}
COUNT_NOISE = 0.02
MEMORY_NOISE_MB = {"one_room": 0.1, "fresh_rooms": 0.6}
"""What may be added to the memory by a question: livekit 1.1.21 itself leaks 0.45 MB for each connection."""

GROUPS: dict[str, Callable[[Any], Iterator[Row]]] = {
    "start": _start,
    "replies": _replies,
    "barge_in": _barge_in,
    "pauses": _pauses,
    "rooms": _rooms,
    "cost": cost_rows,
    "flood": _flood,
    "growth": _growth,
    "companion": companion_rows,
    "streaming": streaming_rows,
    "recognition": recognition_rows,
    "voices": voice_rows,
    "http_calls": http_rows,
    "store": store_rows,
    "store_waits": wait_rows,
    "store_asks": ask_rows,
    "worker_asks": worker_rows,
}
"""For each measurement what makes its lines."""
