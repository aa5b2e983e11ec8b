"""A human begins to answer over the question: how long it goes on sounding in their ear, and whether they are heard."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import cycle, islice
from typing import Any

from benchmarks.exchange import ask_and_answer
from benchmarks.sentences import whole_answers
from benchmarks.stage import Stage, room_name, warmed

__all__ = ["measure"]

QUESTION = "I have a rather long question for you, which takes four seconds to say"
LOST_SECONDS = 10.0
"""The human has answered 3 to 4 s after the call."""
KINDS = ("ours", "naive")


async def measure(stage: Stage, *, samples: int, kinds: Sequence[str] = KINDS) -> dict[str, Any]:
    """Milliseconds from the first voiced sample to silence, and whether the reply was all of what was said."""
    results: dict[str, Any] = {kind: {"silence_ms": [], "right": []} for kind in kinds}
    answers = list(islice(cycle(whole_answers()), samples))
    async with AsyncExitStack() as stack:
        hosts = {kind: await stack.enter_async_context(stage.host(kind)) for kind in kinds}
        if "ours" in hosts:
            await warmed(hosts["ours"])
        for index, sentence in enumerate(answers):
            for kind in kinds:
                stage.progress(f"barge-in {index + 1} of {samples}: {kind}")
                room = room_name()
                async with stage.person(room) as person:
                    # At another place of the question each time.
                    after = 0.6 + 1.5 * index / samples
                    done = await ask_and_answer(
                        hosts[kind],
                        person,
                        room,
                        sentence.sounds(),
                        question=QUESTION,
                        over_after=after,
                        limit=LOST_SECONDS,
                    )
                results[kind]["right"].append(done.right(sentence.text))
                results[kind]["silence_ms"].append(done.silence_ms)
    return results
