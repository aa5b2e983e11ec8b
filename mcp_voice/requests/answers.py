"""What a call returns of what it waited for, as far as that is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mcp_voice.asks.hints import NEXT_ASKING
from mcp_voice.asks.listen import NEXT_SILENT
from mcp_voice.errors import VoiceError, quoted_name
from mcp_voice.requests.carriers import Carriers, Outlook
from mcp_voice.requests.failures import raised
from mcp_voice.requests.following import Follower
from mcp_voice.requests.giving_up import answer_in, cancelled, so_far
from mcp_voice.results import Answer

__all__ = ["answer_of", "naming_what_is_open", "pending_listening"]

STILL_OPEN = "The question stays open: call wait_for_reply with ask_id {ask_id} for its reply, or cancel_ask."


@contextmanager
def naming_what_is_open(follower: Follower) -> Iterator[None]:
    """An error that ends a call names its ask, where that stays open: a reply to it may still come."""
    try:
        yield
    except VoiceError as error:
        if not follower.state.is_open:
            raise
        raise error.with_more(STILL_OPEN.format(ask_id=follower.state.request.id)) from error


def answer_of(follower: Follower, carriers: Carriers) -> Answer:
    """Of an ask; raises the VoiceError that it ended with."""
    state = follower.latest()
    if state.outcome is not None:
        if state.outcome.failure is not None:
            raise raised(state.outcome.failure)
        return cancelled(state) if state.outcome.result is None else answer_in(state.outcome.result)
    answer = so_far(state)
    told = Outlook() if follower.is_claimed else carriers.told(state.request.place, ask_id=state.request.id)
    if told.next:
        answer = answer.model_copy(update={"next": told.next, "waiting_for": told.waiting_for})
    elif not answer.next:
        answer = answer.model_copy(update={"next": NEXT_ASKING.format(ask_id=state.request.id)})
    if state.progress.refusal is not None and not follower.is_claimed:
        answer = answer.model_copy(update={"next": f"{answer.next} {state.progress.refusal.what}"})
    if follower.trouble is not None:
        answer = answer.model_copy(update={"next": f"{answer.next} {follower.trouble.what}"})
    return answer


def pending_listening(told: Outlook, room_name: str) -> Answer:
    """Of a call that listened where nobody was to hear for it."""
    alone = f"Nobody is in room {quoted_name(room_name)}. " if told.waiting_for == "human" else ""
    return Answer(
        status="pending",
        ask_id="",
        room_name=room_name,
        waiting_for=told.waiting_for,
        next=f"{alone}{told.next or NEXT_SILENT}",
    )
