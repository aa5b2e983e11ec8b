"""What the demo leaves behind: the room's sound, a picture of it, the words and the latencies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from rich.table import Table
from rich.text import Text

from mcp_voice.audio import stereo_wav
from mcp_voice.demo.take import Take
from mcp_voice.people.human import Human
from mcp_voice.people.timeline import WIDTH, Caption, Lane, Measure, Strip, write_timeline
from mcp_voice.process.files import writing
from mcp_voice.texts.foreign import printable

__all__ = ["Recording", "latencies", "log_file", "output_folder", "record", "strip", "words"]

VOICE, HUMAN = 0, 1
BEFORE_SECONDS = 0.3
"""Shown before the call."""
ROWS: tuple[tuple[str, Callable[[Take], int | None]], ...] = (
    ("joining the room", lambda take: take.answer.timing.connect_ms),
    ("call → first sound at the human's ear", lambda take: take.first_sound_ms),
    ("human speaks over the question → silence", lambda take: take.silence_ms),
    ("end of speech → words transcribed", lambda take: take.answer.timing.stt_ms),
    ("end of speech → result at the client", lambda take: take.reply_ms),
)


@dataclass(frozen=True, slots=True)
class Recording:
    """Where the sound and the picture are."""

    wav: Path
    picture: Path

    def named(self) -> list[Text]:
        """Both, as lines to print."""
        return [Text(f"{what:8} {path}") for what, path in (("sound", self.wav), ("picture", self.picture))]


def output_folder(path: Path) -> Path:
    """The folder, made if it is missing; raises BadSettings where it cannot be."""
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def log_file(folder: Path) -> TextIO:
    """The server's log, to be written and closed; raises BadSettings where it cannot be made."""
    path = folder / "server.log"
    with writing(path):
        return path.open("w", encoding="utf-8")


def record(folder: Path, human: Human, takes: Sequence[Take], *, name: str, width: int = WIDTH) -> Recording:
    """Write the room's sound (left our voice, right the human) and the picture, so many pixels wide.

    ``name`` is the human's.
    """
    own, others = human.recording()
    files = Recording(folder / "room.wav", folder / "timeline.svg")
    since = human.recorded_since()
    with writing(folder):
        files.wav.write_bytes(stereo_wav(others, own))
        write_timeline(
            files.picture,
            "mcp-voice: a model asks, a human in a LiveKit room answers by voice",
            "the sound at the human's ear and mouth, over WebRTC; each panel is one call of ask_in_room",
            [Lane("mcp-voice", others), Lane(name, own)],
            [strip(title, take, since=since) for title, take in zip(_titles(takes), takes, strict=True)],
            width=width,
        )
    return files


def _titles(takes: Sequence[Take]) -> list[str]:
    """What stands over each panel: its number, where there are several, and what it shows."""
    if len(takes) == 1:
        return [takes[0].scene.title]
    return [f"{number}  {take.scene.title}" for number, take in enumerate(takes, 1)]


def words(takes: Sequence[Take], *, name: str) -> Table:
    """What was said, and what came out as the result."""
    table = Table("", f"{name} said", "reply", "choice", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for number, take in enumerate(takes, 1):
        mark = "[green]✓[/]" if take.came_out_right else "[red]✗[/]"
        reply = Text(printable(take.answer.reply or "-"), style="bold")
        table.add_row(f"{mark} {number}", take.scene.answer, reply, take.answer.choice)
    return table


def latencies(takes: Sequence[Take]) -> Table:
    """What was measured in each ask, in milliseconds."""
    table = Table("ms", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for number in range(1, len(takes) + 1):
        table.add_column(f"ask {number}", justify="right")
    for label, figure in ROWS:
        figures = [figure(take) for take in takes]
        if any(each is not None for each in figures):
            table.add_row(label, *("" if each is None else str(each) for each in figures))
    return table


def strip(title: str, take: Take, *, since: float, voice: int = VOICE, human: int = HUMAN) -> Strip:
    """An ask as a row of the picture; ``voice`` and ``human`` are the lanes of mcp-voice and of whoever answers.

    The picture begins at ``since``, in ``time.monotonic()`` seconds.
    """
    answer = take.answer
    captions, measures = [], []
    if take.sounded_at is not None and take.first_sound_ms is not None:
        captions.append(Caption(voice, take.sounded_at - since, f"{answer.spoken}{' …' if answer.interrupted else ''}"))
        start, end = take.called_at - since, take.sounded_at - since
        measures.append(Measure(voice, start, end, f"call to first sound {take.first_sound_ms} ms"))
    if take.spoken is not None:
        captions.append(Caption(human, take.spoken.started_at - since, f"“{take.scene.answer}”"))
        start, end = take.spoken.ended_at - since, take.ended_at - since
        measures.append(Measure(human, start, end, f"end of speech to result {take.reply_ms} ms"))
    if take.spoken is not None and take.silent_at is not None and take.silence_ms is not None:
        start, end = take.spoken.started_at - since, take.silent_at - since
        measures.append(Measure(voice, start, end, f"barge-in to silence {take.silence_ms} ms"))
    choice = f" · choice: {answer.choice}" if answer.choice else ""
    return Strip(
        title,
        max(0.0, take.called_at - since - BEFORE_SECONDS),
        take.ended_at - since,
        remark=f"reply: “{answer.reply or ''}”{choice}",
        captions=captions,
        measures=measures,
    )
