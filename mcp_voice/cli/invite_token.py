"""``mcp-voice invite --token``: an address and a token, for a client that is not the join page."""

from __future__ import annotations

import sys
from collections.abc import Callable

import anyio

from mcp_voice import embedded
from mcp_voice.cli.attending import STOPPED, runs
from mcp_voice.cli.printing import note, show
from mcp_voice.errors import LiveKitError
from mcp_voice.settings import Settings
from mcp_voice.texts.counting import counted
from mcp_voice.texts.foreign import is_named
from mcp_voice.voice import Voice

__all__ = ["give_token", "stay"]

LOOK_SECONDS = 2.0
MINUTE = 60
STAYS = (
    "The embedded LiveKit server runs for as long as this command does: until the invitation has expired and "
    "nobody is in the room, or Ctrl-C. To keep the server up without it: `mcp-voice server start`."
)
GOES = (
    "The embedded LiveKit server ends {seconds:.0f} s after its last user, and the invitation with it. To keep it up: "
    "`mcp-voice server start`."
)


async def give_token(
    voice: Voice, settings: Settings, *, room_name: str, identity: str, name: str, as_json: bool
) -> None:
    """Print an address and a token; at a terminal the embedded server is kept up for whoever comes with them."""
    invitation = await voice.invite(room_name, identity, name)
    show(invitation, as_json=as_json, text=f"{invitation.url}\n{invitation.token}")
    if settings.livekit_url or embedded.status(settings).pinned:
        return
    if as_json or not sys.stdout.isatty():
        note(GOES.format(seconds=embedded.GRACE_SECONDS))
        return
    note(f"Valid for {counted(invitation.valid_seconds // MINUTE, 'minute')}. {STAYS}")
    seconds = invitation.valid_seconds
    note(await stay(voice, room_name, seconds=seconds, is_running=lambda: embedded.status(settings).running))


async def stay(voice: Voice, room_name: str, *, seconds: float, is_running: Callable[[], bool]) -> str:
    """Wait while an invitation into a room is of use: for so many seconds, then while somebody is there.

    Gives the reason why it is no more. ``is_running`` tells whether the server still runs; it may take a second.
    """
    expires = anyio.current_time() + seconds
    while await runs(is_running):
        if anyio.current_time() >= expires and not await _is_used(voice, room_name):
            return "The invitation has expired, and nobody is in the room."
        await anyio.sleep(LOOK_SECONDS)
    return STOPPED


async def _is_used(voice: Voice, room_name: str) -> bool:
    """Whether a human is in the room; where that cannot be told now, somebody may be."""
    try:
        found = await voice.list_rooms()
    except LiveKitError:
        return True
    return any(room.active and is_named(room_name, room.room_name) for room in found.rooms)
