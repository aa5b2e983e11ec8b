"""Recognisers without a room: fed as fast as they take it, for work on them, and to hear what voices say.

``.venv/bin/python -m benchmarks.direct`` prints what ``recognition`` measures over WebRTC, less the instants.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, nullcontext
from typing import Annotated

import anyio
import psutil
import typer
from livekit import rtc
from livekit.agents import stt
from rich.console import Console
from rich.table import Table

from benchmarks.hearing import CONDITIONS, RECOGNISERS, Case, Condition, Heard, cases, taken_of
from benchmarks.processes import family_seconds
from benchmarks.speech_rows import HEARD, heard_cells
from benchmarks.sphinx import pocketsphinx_only
from mcp_voice.audio import Pcm, pink_noise, silence
from mcp_voice.people.human import ROOM_NOISE_RMS
from mcp_voice.settings import load
from mcp_voice.speech.catalogue import SPEECH_TO_TEXT, choose, make_shared, make_stt, preload
from mcp_voice.words import named_choice

__all__ = ["BEFORE_SECONDS", "Ears", "ears", "frames", "in_a_room"]

BEFORE_SECONDS, AFTER_SECONDS = 0.6, 1.5
FRAME_SECONDS = 0.02
HEARD_SECONDS = 120.0
"""The slowest recogniser takes as long as the sound lasts."""
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


class Ears:
    """One recogniser; it hears one sound after the other."""

    def __init__(self, engine: stt.STT[str], provider: str) -> None:
        self._engine = engine
        self._provider = provider

    async def hear(self, sound: Pcm, *, choices: Iterable[str] = ()) -> str:
        """The words of a sound that begins and ends with a room's noise; raises TimeoutError."""
        SPEECH_TO_TEXT.offers[self._provider].expect(self._engine, tuple(choices))
        with anyio.fail_after(HEARD_SECONDS):
            async with self._engine.stream() as stream:
                for frame in frames(sound):
                    stream.push_frame(frame)
                stream.end_input()
                finals = [
                    event.alternatives[0].text
                    async for event in stream
                    if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT
                ]
        return " ".join(finals)

    async def judge(self, case: Case, condition: Condition) -> Heard:
        """Hear what is said under a condition."""
        sound = in_a_room(condition.change(case.utterance.pcm), noise_rms=condition.noise_rms)
        text = await self.hear(sound, choices=case.choices)
        return Heard(case, text, named_choice(text, case.choices))


@asynccontextmanager
async def ears(name: str) -> AsyncIterator[Ears]:
    """A recogniser while the block lasts: one of ``RECOGNISERS``, or what ``MCP_VOICE_STT`` would be."""
    settings = load(_env_file=None, stt="offline" if name in RECOGNISERS else name)
    choice = choose(settings, "stt")
    await preload(choice)
    with pocketsphinx_only() if name == "pocketsphinx" else nullcontext():
        shared = make_shared(settings, choice)
    engine = make_stt(settings, choice, shared)
    try:
        if shared is not None:
            await shared.warm()
        yield Ears(engine, choice.provider)
    finally:
        await engine.aclose()
        if shared is not None:
            await shared.aclose()


def in_a_room(speech: Pcm, *, noise_rms: float = ROOM_NOISE_RMS) -> Pcm:
    """With silence at either end, and the noise of a room over all of it."""
    before, after = (silence(seconds, rate=speech.rate) for seconds in (BEFORE_SECONDS, AFTER_SECONDS))
    whole = before.joined(speech, after)
    return whole.over(pink_noise(whole.seconds + FRAME_SECONDS, rate=whole.rate, rms=noise_rms))


def frames(sound: Pcm) -> Iterator[rtc.AudioFrame]:
    """The sound in frames of 20 ms, as a microphone gives it."""
    size = round(FRAME_SECONDS * sound.rate)
    for start in range(0, len(sound.samples) - size + 1, size):
        yield rtc.AudioFrame(sound.samples[start : start + size].tobytes(), sound.rate, 1, size)


@app.command()
def main(
    recognisers: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(RECOGNISERS)}, or a setting.")] = None,
    *,
    condition: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(CONDITIONS)}. None: all.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="10: every recording; fewer: that share of them.")] = 10,
    misheard: Annotated[bool, typer.Option(help="Print what was heard otherwise than it was said.")] = False,
) -> None:
    """Have recognisers hear everything that the benchmark says, as fast as they take it."""
    anyio.run(_compare, recognisers or list(RECOGNISERS), condition or list(CONDITIONS), samples, misheard)


async def _compare(recognisers: list[str], conditions: list[str], samples: int, misheard: bool) -> None:  # noqa: FBT001
    console = Console(width=180)
    table = Table("recogniser", "condition", *HEARD, "CPU per second of sound")
    for name in recognisers:
        async with ears(name) as listening:
            for each in conditions:
                said = cases(samples)
                before = family_seconds(psutil.Process())
                found = [await listening.judge(case, CONDITIONS[each]) for case in said]
                spent = family_seconds(psutil.Process()) - before
                taken = taken_of(found)
                seconds = sum(case.utterance.pcm.seconds for case in said)
                table.add_row(name, each, *heard_cells(taken), f"{spent / seconds:.3f} s")
                for line in taken["misheard"] if misheard else ():
                    console.print(name, each, *line, sep=" | ", markup=False, highlight=False, soft_wrap=True)
    console.print(table)


if __name__ == "__main__":
    app()
