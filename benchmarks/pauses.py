"""Thinking pauses: how often a human is cut off, in the middle of a sentence, after a whole one, and in a story.

Several rooms side by side, each with a human of its own. An answer is cut when the result comes before the human is
done; what follows a cut is not lost if ``listen_in_room`` gives it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from typing import Any

from benchmarks.exchange import ask_and_answer, holds_words, what_followed
from benchmarks.sentences import Sentence, interrupted_sentences, two_sentences
from benchmarks.stage import Stage, room_name, warmed
from mcp_voice.people.human import Human
from mcp_voice.tasks import owned_tasks
from testkit.host import Host

__all__ = ["PAUSES", "measure"]

PAUSES = (0.5, 1.0, 1.5, 2.0)
STORY_PAUSES = (1.0, 2.0, 2.5)
"""After a whole sentence, where the question was asked with ``open_ended``."""
NAIVE_PAUSES = (1.5,)
KINDS = ("ours", "naive")
ROOMS = 5
"""As many as two cores carry without the sound suffering."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One answer with a pause in it."""

    server: str
    where: str
    pause: float
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of it; ``rest`` is what came afterwards of an answer that was cut."""

    server: str
    where: str
    pause: float
    voice: str
    said: str
    reply: str | None
    cut: bool
    lost: bool
    rest: str
    reply_ms: float | None


async def measure(
    stage: Stage,
    *,
    samples: int,
    pauses: Sequence[float] = PAUSES,
    stories: Sequence[float] = STORY_PAUSES,
    kinds: Sequence[str] = KINDS,
) -> dict[str, Any]:
    """Every trial; twice as many inside sentences as after them, and only one pause for the naive server."""
    inside, after = interrupted_sentences(), two_sentences()
    trials = {
        "ours": [
            *_trials("ours", "inside", pauses, inside, 2 * samples),
            *_trials("ours", "after", pauses, after, samples),
            *_trials("ours", "story", stories, after, samples),
        ],
        "naive": _trials("naive", "inside", NAIVE_PAUSES, inside, samples),
    }
    return {"trials": [asdict(verdict) for kind in kinds for verdict in await _run(stage, kind, trials[kind])]}


def _trials(server: str, where: str, pauses: Sequence[float], sentences: list[Sentence], count: int) -> list[Trial]:
    return [Trial(server, where, pause, sentence) for pause in pauses for sentence in islice(cycle(sentences), count)]


async def _run(stage: Stage, kind: str, trials: list[Trial]) -> list[Verdict]:
    todo, verdicts = deque(trials), list[Verdict]()
    async with stage.host(kind) as host:
        if kind == "ours":
            await warmed(host)
        async with owned_tasks() as tasks:
            for _ in range(min(ROOMS, len(trials))):
                tasks.start_soon(_work, stage, host, todo, verdicts, len(trials))
    return verdicts


async def _work(stage: Stage, host: Host, todo: deque[Trial], verdicts: list[Verdict], count: int) -> None:
    while todo:
        trial = todo.popleft()
        stage.progress(f"pauses {count - len(todo)} of {count}: {trial.server}, {trial.pause} s {trial.where}")
        # The naive server does not get over a cut, so every trial has a room of its own.
        room = room_name()
        async with stage.person(room) as person:
            verdicts.append(await _try(host, person, room, trial))


async def _try(host: Host, person: Human, room: str, trial: Trial) -> Verdict:
    sentence = trial.sentence
    done = await ask_and_answer(host, person, room, sentence.sounds(trial.pause), open_ended=trial.where == "story")
    reply = done.reply
    rest = await what_followed(host, room) if done.cut and trial.server == "ours" else ""
    lost = reply is None or not holds_words(f"{reply} {rest}", sentence.text)
    reply_ms = None if done.cut else done.reply_ms
    return Verdict(
        trial.server, trial.where, trial.pause, sentence.voice, sentence.text, reply, done.cut, lost, rest, reply_ms
    )
