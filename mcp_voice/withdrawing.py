"""A question that ends with the call that asked it: what is told of one that nobody has answered by then."""

from __future__ import annotations

from mcp_voice.errors import VoiceError
from mcp_voice.results import Answer
from mcp_voice.voices import AnyVoice

__all__ = ["withdrawn"]

WITHDRAWN = (
    "No complete answer came in time, and the question was withdrawn with its call, so there is nothing to wait for. "
    "Ask again with a longer wait_seconds, or within open_voice(), where a question stays open and wait_for_reply "
    "returns its answer."
)
NOBODY = (
    "Nobody who could answer joined room {room} in time, and the question was withdrawn with its call. Have somebody "
    "join first (`mcp-voice invite` in a terminal shows a link), then ask again."
)


async def withdrawn(voice: AnyVoice, answer: Answer) -> Answer:
    """Withdraw a pending question; gives its answer after all where that came just before, and what else was said.

    Where it cannot be withdrawn it ends at its own time.
    """
    try:
        ended = await voice.cancel_ask(answer.ask_id)
        last = answer if ended.status == "cancelled" else await voice.wait_for_reply(answer.ask_id, 0)
    except VoiceError:
        return answer
    said = [*answer.said_meanwhile, *ended.said_meanwhile, *(last.said_meanwhile if last is not answer else ())]
    told = last.next
    if last is answer:
        told = NOBODY.format(room=answer.room_name) if answer.waiting_for == "human" else WITHDRAWN
    return last.model_copy(update={"said_meanwhile": said, "more": ended.more or last.more, "next": told})
