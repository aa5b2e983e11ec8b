"""Keeping a room open to one person after another: who comes, who goes, and a new link once it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import anyio

from mcp_voice.errors import EmbeddedServerError, LiveKitError
from mcp_voice.participants import Participant
from mcp_voice.results import Invited
from mcp_voice.voice import Voice

__all__ = ["STOPPED", "attend", "runs"]

LOOK_SECONDS = 2.0
BACK_SECONDS = 6.0
"""A page that is loaded again is away for a moment."""
EXPIRED = "The link has expired, and nobody is in the room."
STOPPED = "The embedded LiveKit server was stopped."


class Watcher(Protocol):
    """Where it is shown what happens."""

    def link(self, invited: Invited, *, again: bool) -> None:
        """A link; ``again`` when there was one before."""

    def joined(self, who: Participant) -> None:
        """Somebody is in the room."""

    def left(self, who: Participant) -> None:
        """They are no more."""

    def unreachable(self, error: LiveKitError) -> None:
        """Who is there cannot be told now; it is tried again."""

    def ended(self, reason: str) -> None:
        """Nothing is waited for any more."""


async def attend(
    voice: Voice, room_name: str, *, name: str, autojoin: bool, shown: Watcher, is_running: Callable[[], bool]
) -> None:
    """Give a link, and stay while it is valid or a human is in the room; some seconds after they left, give another.

    ``is_running`` tells whether the LiveKit server, which is there to begin with, still runs; it may take a second.
    """
    again = False
    while True:
        invited = await voice.invite_to_room(room_name, name, autojoin=autojoin)
        shown.link(invited, again=again)
        again = True
        expires = anyio.current_time() + invited.valid_seconds
        if reason := await _until_useless(voice, room_name, expires=expires, shown=shown, is_running=is_running):
            shown.ended(reason)
            return


async def _until_useless(
    voice: Voice, room_name: str, *, expires: float, shown: Watcher, is_running: Callable[[], bool]
) -> str:
    """Wait until nobody can or need come by a link that expires then; gives why nothing more is to be waited for.

    Empty where whoever came has left, so that another link is wanted.
    """
    there: dict[str, Participant] = {}
    empty_since: float | None = None
    while await runs(is_running):
        now = await _humans(voice, room_name, there, shown)
        for who in _missing(there, now):
            shown.joined(who)
        for who in _missing(now, there):
            shown.left(who)
        if now:
            empty_since = None
        elif there:
            empty_since = anyio.current_time()
        there = now
        if empty_since is not None and anyio.current_time() - empty_since >= BACK_SECONDS:
            return ""
        if not there and empty_since is None and anyio.current_time() >= expires:
            return EXPIRED
        await anyio.sleep(LOOK_SECONDS)
    return STOPPED


async def runs(is_running: Callable[[], bool]) -> bool:
    """Whether the server is there; one that is started anew, for another address, is away for a moment."""
    if await _may_run(is_running):
        return True
    await anyio.sleep(LOOK_SECONDS)
    return await _may_run(is_running)


async def _may_run(is_running: Callable[[], bool]) -> bool:
    """Whether it runs; one that cannot be looked at now may well run."""
    try:
        return await anyio.to_thread.run_sync(is_running)
    except EmbeddedServerError:
        return True


async def _humans(voice: Voice, room_name: str, last: dict[str, Participant], shown: Watcher) -> dict[str, Participant]:
    """Who is there, by identity; ``last`` if that cannot be told."""
    try:
        people = await voice.people(room_name)
    except LiveKitError as error:
        shown.unreachable(error)
        return last
    return {each.identity: each for each in people if each.is_there}


def _missing(known: dict[str, Participant], there: dict[str, Participant]) -> Iterator[Participant]:
    """Who is there and was not known."""
    return (who for identity, who in there.items() if identity not in known)
