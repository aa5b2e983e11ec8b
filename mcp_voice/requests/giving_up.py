"""When a request that nobody carries out is over all the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_voice.asks.hints import NEXT_CANCELLED, NEXT_EXPIRED, unspoken
from mcp_voice.bounds.limits import OVERTIME_SECONDS
from mcp_voice.errors import StoreError, VoiceError
from mcp_voice.requests.failures import as_outcome
from mcp_voice.requests.reading import read_result
from mcp_voice.results import Answer
from mcp_voice.store.records import Outcome, State
from mcp_voice.store.seam import LEASE_SECONDS

__all__ = ["TOLD_SECONDS", "answer_in", "cancelled", "given_up", "so_far"]

MOST_CUT_OFFS = 3
MOST_ATTEMPTS = 10
"""With those that were given back, as where one process is replaced after the other."""
REFUSED_SECONDS = 8.0
"""For so long somebody else may take what a busy machine has given back, where no call waits for it: a sweep of theirs
finds it after 4 to 7 s, if they have missed that it was offered."""
TOLD_SECONDS = 0.7
"""For so long where a call waits for it, which is told within 1 s that all are busy."""


def given_up(state: State, *, refused_seconds: float = REFUSED_SECONDS, why: str = "") -> Outcome | None:
    """Its outcome, where it is too late for it, or whoever carries it out ends again and again; None: it goes on.

    ``why`` says, as a part of a sentence, why nobody has carried it out, where that is known.
    What all who tried in ``refused_seconds`` were too busy for has the last one's failure.
    """
    before = state.progress
    if before.refused_at is not None and not state.worker and state.now > before.refused_at + refused_seconds:
        return Outcome(failure=before.refusal)
    if state.request.kind != "ask":
        waited_for = state.now < max(state.opened_at, state.attended_until) + LEASE_SECONDS
        return None if waited_for else Outcome()
    attempts = state.attempt - before.refused
    if before.cut_offs + bool(state.worker) >= MOST_CUT_OFFS or attempts >= MOST_ATTEMPTS:
        return as_outcome(
            VoiceError(
                f"The question was cut off {max(MOST_CUT_OFFS, attempts)} times: "
                "each process that carried it out ended before the reply.",
                fix="Ask again; if it recurs, look at the logs of the processes that share the store.",
                code="cut-off",
            )
        )
    hint = _too_late(state, why)
    try:
        return None if hint is None else Outcome(result=cancelled(state, hint).model_dump(mode="json"))
    except StoreError as error:
        return as_outcome(error)


def cancelled(state: State, hint: str = NEXT_CANCELLED) -> Answer:
    """What is told of an ask that is over without an answer."""
    return so_far(state).model_copy(
        update={"status": "cancelled", "next": hint, "waiting_for": None, "floor_held_by": ""}
    )


def so_far(state: State) -> Answer:
    """How far an ask is, as whoever carried it out has written."""
    if state.progress.result:
        return answer_in(state.progress.result)
    return Answer(status="pending", ask_id=state.request.id, room_name=state.request.room_name)


def answer_in(result: Mapping[str, Any]) -> Answer:
    """An answer as the store has it; raises StoreError where it is none that this process can read."""
    return read_result(Answer, result)


def _too_late(state: State, why: str) -> str | None:
    sounded, limit = state.progress.first_sound_at, state.request.open_seconds
    if sounded is not None:
        late = state.now > sounded + limit + OVERTIME_SECONDS
        return NEXT_EXPIRED.format(seconds=state.now - sounded) if late else None
    seconds = state.now - state.opened_at
    return unspoken("joining", holder="", seconds=seconds, why=why) if seconds > limit else None
