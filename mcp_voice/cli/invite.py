"""``mcp-voice invite``: a way into a room for one person, and an embedded server that stays up for them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import anyio
import typer

from mcp_voice import embedded, library
from mcp_voice.cli.printing import JsonOption, note, show
from mcp_voice.cli.running import run
from mcp_voice.counting import counted
from mcp_voice.foreign import is_named
from mcp_voice.settings import Settings, load
from mcp_voice.voice import Voice

__all__ = ["invite", "stay"]

LOOK_SECONDS = 2.0
MINUTE = 60
STAYS = (
    "The embedded LiveKit server runs for as long as this command does. It ends when the invitation has expired and "
    "nobody is in the room, or with Ctrl-C. To keep the server up without it: `mcp-voice server start`."
)
GOES = (
    "The embedded LiveKit server ends {seconds:.0f} s after its last user, and the invitation with it. To keep it up: "
    "`mcp-voice server start`."
)


def invite(
    room: Annotated[str, typer.Argument(help="LiveKit room to which somebody is invited.")],
    identity: Annotated[
        str, typer.Option(help="Beginning of their identity; each invitation has one of its own.")
    ] = "guest",
    name: Annotated[str, typer.Option(help="Their visible name.", show_default="the identity")] = "",
    as_json: JsonOption = False,
) -> None:
    """Print an address and a token (a secret) for one person.

    They can enter the room within ten minutes. At a terminal the embedded LiveKit server is kept up for them, unless
    `server start` does that.
    """
    stays = sys.stdout.isatty() and not as_json

    async def call() -> None:
        async with library.open_voice() as voice:
            settings = load()
            invitation = await voice.invite(room, identity, name)
            show(invitation, as_json=as_json, text=f"{invitation.url}\n{invitation.token}")
            if _stands_alone(settings):
                return
            if not stays:
                note(GOES.format(seconds=embedded.GRACE_SECONDS))
                return
            note(f"Valid for {counted(invitation.valid_seconds // MINUTE, 'minute')}. {STAYS}")
            seconds = invitation.valid_seconds
            note(await stay(voice, room, seconds=seconds, is_running=lambda: embedded.status(settings).running))

    run(call)


def _stands_alone(settings: Settings) -> bool:
    """Whether the LiveKit server runs without us."""
    return bool(settings.livekit_url) or embedded.status(settings).pinned


async def stay(voice: Voice, room_name: str, *, seconds: float, is_running: Callable[[], bool]) -> str:
    """Wait while an invitation into a room is of use: for so many seconds, then while somebody is there.

    Gives the reason why it is no more. ``is_running`` tells whether the server still runs; it may take a second.
    """
    expires = anyio.current_time() + seconds
    while await anyio.to_thread.run_sync(is_running):
        if anyio.current_time() >= expires and not await _is_used(voice, room_name):
            return "The invitation has expired, and nobody is in the room."
        await anyio.sleep(LOOK_SECONDS)
    return "The embedded LiveKit server was stopped."


async def _is_used(voice: Voice, room_name: str) -> bool:
    """Whether a human is in the room."""
    found = await voice.list_rooms()
    return any(room.active and is_named(room_name, room.room_name) for room in found.rooms)
