"""When a turn ends: today's rule beside quicker ones, over recorded pauses, without a room or a clock.

``.venv/bin/python -m benchmarks.endings`` records once what voice activity detection, the end-of-turn model and the
recogniser make of each complete answer, each choice and each sentence broken off in its middle, and then lets every
rule decide about the same recordings, with the state machine that the server uses. What is added to the silence is
what was measured over WebRTC: words and the model's opinion some time after the pause was noticed, and the way to the
client.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import anyio
import anyio.lowlevel
from livekit.agents import inference, vad
from rich.console import Console
from rich.table import Table

from benchmarks.direct import BEFORE_SECONDS, Ears, ears, frames, in_a_room
from benchmarks.figures import median, quantile
from mcp_voice.audio import Pcm
from mcp_voice.speech.activity import voice_activity
from mcp_voice.turns.turn import Patience, Turn
from mcp_voice.turns.verdict import ExpectedAnswer
from testkit import speakers

__all__ = ["Pause", "Rule", "ended_after", "rules"]

PAUSES = (0.5, 1.0, 1.5, 2.0)
MIN_SILENCE = 0.2
"""As in ``mcp_voice.room.ear``."""
WORDS_SECONDS, OPINION_SECONDS = 0.06, 0.09
"""From when a pause is noticed until its words, and the end-of-turn model's opinion, are there (CPU seconds)."""
WAY_SECONDS = 0.11
"""Network and client."""
RESUMED_SECONDS = 0.1
"""From when somebody speaks on until that is noticed."""
LIKELY = 0.36
"""The end-of-turn model's own threshold for English."""

TURNS_OF_THE_LOOP = 5

Kind = Literal["complete", "choice", "inside"]


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence after speech: seconds from the last voiced sample, the words so far, and the model's probability."""

    kind: Kind
    said: str
    text: str
    choices: tuple[str, ...]
    noticed: float
    stopped: float
    """Where voice activity detection takes the speech to have ended."""
    probability: float


@dataclass(frozen=True, slots=True)
class Rule:
    """How long is waited: with the probability at ``sure`` and above, between, and below the model's threshold."""

    name: str
    sure: float = 1.1
    complete_sure: float = 0.5
    complete: float = 0.5
    unlikely: float = 1.0
    choice_sure: float = 0.35
    choice: float = 0.35

    def patience(self, probability: float) -> Patience:
        """What the state machine is given for such a pause."""
        sure = probability >= self.sure
        return Patience(
            complete=self.complete_sure if sure else self.complete,
            choice=self.choice_sure if sure else self.choice,
            unlikely=self.unlikely,
        )


def rules() -> list[Rule]:
    """Today's, and others."""
    return [
        Rule("today"),
        *(Rule(f"sure from {at:.2f}: 0.38 s, choice 0.25 s", at, 0.38, 0.5, 1.0, 0.25, 0.35) for at in (0.5, 0.7, 0.9)),
        Rule("… and 0.6 s, 1.5 s in doubt", 0.7, 0.38, 0.6, 1.5, 0.25, 0.35),
        Rule("choice always 0.25 s, sure from 0.70: 0.38 s", 0.7, 0.38, 0.5, 1.0, 0.25, 0.25),
        Rule("always 0.38 s, choice 0.25 s", 0.0, 0.38, 0.38, 1.0, 0.25, 0.25),
    ]


def ended_after(pause: Pause, rule: Rule) -> float:
    """Seconds from the last voiced sample until the turn ends, if nobody speaks on."""
    turn = Turn(rule.patience(pause.probability), "en", ExpectedAnswer(tuple(pause.choices)))
    turn.speech_started(-1.0)
    turn.speech_stopped(pause.stopped)
    known = pause.noticed + WORDS_SECONDS
    turn.heard(pause.text, final=True, at=known)
    turn.segment_read()
    if rule.sure <= 1.0:
        # What it decides with comes before it decides.
        known = pause.noticed + OPINION_SECONDS
    elif (ends_at := turn.ends_at()) is not None and ends_at <= pause.noticed + OPINION_SECONDS:
        return max(known, ends_at)
    turn.hinted(likely=pause.probability >= LIKELY)
    return max(known, turn.ends_at() or 0.0)


async def _record() -> list[Pause]:
    names = tuple(each.text for each in speakers.choices())
    whole = [*speakers.people(), *speakers.replies()]
    spoken: list[tuple[Kind, str, Pcm, tuple[str, ...]]] = [
        *(("complete", each.text, each.pcm, ()) for each in whole),
        *(("choice", each.text, each.pcm, names) for each in speakers.choices()),
        *(("inside", each.text, each.before, ()) for each in speakers.stops()),
    ]
    found = []
    with ThreadPoolExecutor(1) as pool:
        activity = voice_activity("livekit", silence_seconds=MIN_SILENCE, executor=pool)
        detector = inference.TurnDetector(version="v1-mini")
        async with ears("default") as listening:
            for kind, said, speech, choices in spoken:
                found.append(await _pause(kind, said, speech, choices, activity, detector, listening))
    return found


async def _pause(  # what was said, and who hears it
    kind: Kind,
    said: str,
    speech: Pcm,
    choices: tuple[str, ...],
    activity: vad.VAD,
    detector: inference.TurnDetector,
    listening: Ears,
) -> Pause:
    sound = in_a_room(speech)
    ended = BEFORE_SECONDS + speech.voiced()[1]
    noticed, silent = await _noticed(sound, activity)
    probability = await _probability(sound.cut(0, noticed), detector)
    text = await listening.hear(sound, choices=choices)
    return Pause(kind, said, text, choices, noticed - ended, noticed - silent - ended, probability)


async def _noticed(sound: Pcm, activity: vad.VAD) -> tuple[float, float]:
    """When the last pause is noticed, in seconds from the start, and how much silence was counted by then."""
    last = (sound.seconds, 0.0)
    stream = activity.stream()
    for frame in frames(sound):
        stream.push_frame(frame)
    stream.end_input()
    async for event in stream:
        if event.type == vad.VADEventType.END_OF_SPEECH and event.timestamp <= sound.seconds:
            last = (event.timestamp, event.silence_duration)
    await stream.aclose()
    return last


async def _probability(sound: Pcm, detector: inference.TurnDetector) -> float:
    stream = detector.stream()
    for frame in frames(sound):
        stream.push_audio(frame)
        # It takes its frames one at a time, in a task of its own, and judges those that it has taken.
        for _ in range(TURNS_OF_THE_LOOP):
            await anyio.lowlevel.checkpoint()
    opinion = await stream.predict()
    await stream.aclose()
    return float(opinion.end_of_turn_probability)


def _cells(pauses: Sequence[Pause], rule: Rule) -> Iterator[str]:
    for kind in ("complete", "choice"):
        waits = [ended_after(each, rule) + WAY_SECONDS for each in pauses if each.kind == kind]
        yield f"{median(waits):.2f} s (p95 {quantile(waits, 0.95):.2f} s)"
    inside = [ended_after(each, rule) for each in pauses if each.kind == "inside"]
    for pause in PAUSES:
        yield f"{sum(wait < pause + RESUMED_SECONDS for wait in inside)} of {len(inside)}"


def main() -> None:
    """Record, and print what every rule makes of it."""
    pauses = anyio.run(_record)
    console = Console(width=200)
    for each in pauses:
        console.print(
            f"{each.kind} | {each.said} | {each.text} | noticed {each.noticed:.2f} stopped {each.stopped:+.2f} "
            f"probability {each.probability:.2f} | {ended_after(each, Rule('today')):.2f}",
            markup=False, highlight=False,
        )  # fmt: skip
    table = Table("rule", "complete answer", "named choice", *(f"cut by {pause} s" for pause in PAUSES))
    for rule in rules():
        table.add_row(rule.name, *_cells(pauses, rule))
    console.print(table)


if __name__ == "__main__":
    main()
