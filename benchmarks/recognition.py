"""How well people and natural voices are understood over WebRTC: words, choices, how soon, and at what cost.

Everything of ``hearing.cases`` is asked for and said under each condition, in a few rooms side by side. What follows an
answer that was cut off is added to it: here it is the words that count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from benchmarks.exchange import ask_and_answer, what_followed
from benchmarks.hearing import CONDITIONS, RECOGNISERS, Case, Condition, Heard, cases, taken_of
from benchmarks.processes import family_seconds
from benchmarks.stage import Stage, room_name, warmed
from mcp_voice.people.human import Human
from mcp_voice.tasks import owned_tasks
from testkit.host import Host

__all__ = ["measure"]

ROOMS = 3
"""With more, sound is torn on two cores."""
QUESTION = "Yes?"
"""A short one: there are hundreds of them."""
VOICE = "openai/tts-1:alloy"


async def measure(
    stage: Stage,
    *,
    samples: int,
    recognisers: Sequence[str] = tuple(RECOGNISERS),
    conditions: Sequence[str] = tuple(CONDITIONS),
    most: int | None = None,
) -> dict[str, Any]:
    """For each recogniser and condition what was understood (see ``hearing.taken_of``); ``most`` of each kind."""
    found: dict[str, Any] = {}
    for name in recognisers:
        async with stage.host(RECOGNISERS[name], MCP_VOICE_TTS=VOICE) as host:
            await warmed(host)
            found[name] = {}
            for condition in conditions:
                stage.progress(f"recognition: {name}, {condition}")
                found[name][condition] = await _heard(stage, host, CONDITIONS[condition], cases(samples, most=most))
    return found


async def _heard(stage: Stage, host: Host, condition: Condition, said: list[Case]) -> dict[str, Any]:
    todo, heard = deque(said), list[Heard]()
    before = family_seconds(host.process)
    async with owned_tasks() as tasks:
        for _ in range(min(ROOMS, len(said))):
            tasks.start_soon(_work, stage, host, condition, todo, heard)
    return {**taken_of(heard), "cpu_seconds": round(family_seconds(host.process) - before, 2)}


async def _work(stage: Stage, host: Host, condition: Condition, todo: deque[Case], heard: list[Heard]) -> None:
    room = room_name()
    async with stage.person(room, room_noise_rms=condition.noise_rms) as person:
        while todo:
            heard.append(await _try(host, person, room, condition, todo.popleft()))


async def _try(host: Host, person: Human, room: str, condition: Condition, case: Case) -> Heard:
    sound = condition.change(case.utterance.pcm)
    done = await ask_and_answer(host, person, room, [sound], question=QUESTION, choices=case.choices)
    if done.answer is None:
        return Heard(case, "")
    text = done.answer.reply or ""
    if done.cut:
        text = f"{text} {await what_followed(host, room)}"
    reply_ms = None if done.cut else done.reply_ms
    return Heard(case, text, done.answer.choice, reply_ms, done.answer.timing.stt_ms)
