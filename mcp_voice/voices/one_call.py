"""A call with which its voice ends: its question is withdrawn, and what a link leads to is gone once it is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from mcp_voice.asks.arrival import STARTING
from mcp_voice.errors import LiveKitError, NobodyThere, StoreError, VoiceError
from mcp_voice.redaction import holds_join_link
from mcp_voice.results import Answer, Rooms, WaitingFor
from mcp_voice.voice import Voice

__all__ = ["once_started", "seen", "unheard", "withdrawn", "without_dead_link"]

JOIN_FIRST = "Have somebody join first (`mcp-voice invite` in a terminal shows a link), then "

WITHDRAWN = (
    "{why}, and the question was withdrawn with the call, so there is nothing to wait for. "
    "Ask again with a longer wait_seconds; within open_voice() a question stays open after its call."
)
WITHDRAWN_WHY: dict[WaitingFor | None, str] = {
    "floor": "{holder} had the floor in this room, so nothing was asked",
    "pickup": "The phone was not picked up in time, so nothing was asked",
    None: "Nothing was asked in time",
}
"""Of what was waited for; nothing: until it could be spoken, as while the room was joined."""
UNANSWERED = "No complete answer came in time"
AGAIN_SECONDS = 0.5
"""Between two tries; each waits 25 s for the server itself."""
T = TypeVar("T")
NOBODY = "Nobody who could answer joined room {room} in time, and the question was withdrawn with the call. "
NOBODY_SEEN = (
    "No human is in any room. Call ask_in_room anyway: it asks whoever joins. "
    "`mcp-voice invite` in a terminal shows a link."
)
NOBODY_HEARD = "Nobody who could be heard joined room {room} in time. "


async def once_started(call: Callable[[], Awaitable[T]]) -> T:
    """The call's result, made again as long as the embedded server is being built or started: here no host times out.

    A build that fails, or takes longer than it may, ends it with its own error.
    """
    while True:
        try:
            return await call()
        except LiveKitError as error:
            if error.code != STARTING:
                raise
        await anyio.sleep(AGAIN_SECONDS)


async def withdrawn(voice: Voice, answer: Answer) -> Answer:
    """Withdraw a pending question; gives its answer after all where that came just before, and what else was said.

    Where the store cannot be told it ends at its own time, and where it cannot be read the reply is still in it: both
    stay pending. An error that it ended with is in ``next``: what was said until then has been taken for this result.
    An answer that is not pending is given as it is.
    """
    if answer.status != "pending":
        return answer
    try:
        ended = await voice.cancel_ask(answer.ask_id)
    except StoreError:
        return answer
    except VoiceError as error:
        return answer.model_copy(update={"status": "cancelled", "waiting_for": None, "next": str(error)})
    said, more, last = [*answer.said_meanwhile, *ended.said_meanwhile], ended.more, answer
    told = _why(answer)
    if ended.status != "cancelled":
        try:
            last = await voice.wait_for_reply(answer.ask_id, 0)
            said, more, told = [*said, *last.said_meanwhile], more or last.more, last.next
        except StoreError:
            told = answer.next
        except VoiceError as error:
            last, told = answer.model_copy(update={"status": "cancelled", "waiting_for": None}), str(error)
    return last.model_copy(update={"said_meanwhile": said, "more": more or answer.more, "next": told})


def _why(answer: Answer) -> str:
    if answer.waiting_for == "human":
        return f"{NOBODY.format(room=answer.room_name)}{JOIN_FIRST}ask again."
    why = UNANSWERED if answer.has_sounded else WITHDRAWN_WHY.get(answer.waiting_for, UNANSWERED)
    return WITHDRAWN.format(why=why.format(holder=answer.floor_held_by or "somebody else"))


def unheard(answer: Answer) -> Answer:
    """The result of listening where nobody was; a link in it would lead nowhere by now."""
    if answer.waiting_for != "human":
        return answer
    nobody = f"{NOBODY_HEARD.format(room=answer.room_name)}{JOIN_FIRST}call listen_in_room again."
    return answer.model_copy(update={"next": nobody})


def seen(rooms: Rooms) -> Rooms:
    """The rooms; where nobody is in them, without a link that leads nowhere by now."""
    return rooms.model_copy(update={"next": NOBODY_SEEN}) if holds_join_link(rooms.next) else rooms


def without_dead_link(error: VoiceError) -> VoiceError:
    """The error, with a next step that can be taken once the call is over, in place of a link of its own page."""
    if isinstance(error, NobodyThere) and holds_join_link(error.fix):
        return NobodyThere(error.what, fix=f"{JOIN_FIRST}call again.", code=error.code)
    return error
