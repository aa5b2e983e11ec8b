"""From the call to the first sound, and from the end of the human's speech to the result, for each server in turn.

Each round has a fresh room for each server: one question into the cold room and two into the warm one, the last of
them with choices, which is answered with one word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from itertools import cycle, islice
from typing import Any

from benchmarks.exchange import Exchange, ask_and_answer
from benchmarks.sentences import Sentence, voices_in_turn, whole_answers, yes_and_no
from benchmarks.stage import Stage, room_name, warmed
from benchmarks.synthesis import first_bytes
from mcp_voice.results import Timing
from testkit.host import Host

__all__ = ["QUIET", "compare", "measure"]

KINDS = ("ours", "offline", "naive")
QUIET = {"MCP_VOICE_QUIET_SECONDS": "2"}
"""So that a round does not leave a room behind that costs the next ones time."""


async def measure(stage: Stage, *, samples: int, kinds: Sequence[str] = KINDS) -> dict[str, Any]:
    """For each server the milliseconds, the parts of the reply's, and how many replies were right."""
    results: dict[str, Any] = {}
    results["tts_first_byte_ms"] = await first_bytes(stage, samples=samples)
    answers = list(islice(cycle(voices_in_turn(whole_answers())), 2 * samples))
    words = list(islice(cycle(yes_and_no()), samples))
    async with AsyncExitStack() as stack:
        hosts = {kind: await stack.enter_async_context(stage.host(kind, **QUIET)) for kind in kinds}
        for kind, host in hosts.items():
            if kind == "naive":
                # It loads its models with the first question.
                await _round(stage, host, _empty(), answers[:2], words[0])
            else:
                await warmed(host)
        results |= await compare(stage, hosts, samples=samples)
    return results


async def compare(stage: Stage, hosts: Mapping[str, Host], *, samples: int) -> dict[str, Any]:
    """The same for servers that are warm, in turn: for each what was taken."""
    results: dict[str, Any] = {kind: _empty() for kind in hosts}
    answers = list(islice(cycle(voices_in_turn(whole_answers())), 2 * samples))
    words = list(islice(cycle(yes_and_no()), samples))
    for index in range(samples):
        for kind, host in hosts.items():
            stage.progress(f"replies {index + 1} of {samples}: {kind}")
            await _round(stage, host, results[kind], answers[2 * index : 2 * index + 2], words[index])
    return results


async def _round(stage: Stage, host: Host, taken: dict[str, Any], answers: Sequence[Sentence], word: Sentence) -> None:
    room = room_name()
    async with stage.person(room) as person:
        for sentence, temperature in zip(answers, ("cold", "warm"), strict=True):
            done = await ask_and_answer(host, person, room, sentence.sounds())
            _note(taken, "complete", sentence, done)
            taken[f"{temperature}_first_sound_ms"].append(done.first_sound_ms)
            taken["complete_parts_ms"].append(_parts(stage, done))
        done = await ask_and_answer(host, person, room, word.sounds(), choices=["yes", "no"])
        _note(taken, "choice", word, done)
        taken["warm_first_sound_ms"].append(done.first_sound_ms)


def _empty() -> dict[str, Any]:
    names = ("cold_first_sound_ms", "warm_first_sound_ms", "complete_reply_ms", "choice_reply_ms", "complete_parts_ms")
    return {**{name: [] for name in names}, "complete_right": [], "choice_right": []}


def _note(taken: dict[str, Any], what: str, sentence: Sentence, done: Exchange) -> None:
    taken[f"{what}_right"].append(done.right(sentence.text))
    taken[f"{what}_reply_ms"].append(done.reply_ms)


def _parts(stage: Stage, done: Exchange) -> dict[str, float | None]:
    """What the reply's milliseconds went into; null where the server does not tell.

    ``pause`` is how long it takes to notice the silence and to ask for the words, ``stt`` the recognition (for offline
    engines both together), ``endpointing`` the wait for more words, ``rest`` the network and the way to the client.
    """
    timing = done.answer.timing if done.answer else Timing()
    if timing.reply_ms is None or timing.stt_ms is None or done.reply_ms is None:
        return {"pause": None, "stt": None, "endpointing": None, "rest": None}
    heard = stage.models.last_within("stt", done.called_at, done.ended_at or 0.0)
    stt = None if heard is None else round((heard.ended_at - heard.asked_at) * 1000, 1)
    return {
        "pause": timing.stt_ms if stt is None else timing.stt_ms - stt,
        "stt": stt,
        "endpointing": timing.reply_ms - timing.stt_ms,
        "rest": done.reply_ms - timing.reply_ms,
    }
