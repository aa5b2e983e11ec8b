"""The resources: the rooms that are entered, and what was said in each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from urllib.parse import unquote

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import ResourceSecurity

from mcp_voice.bounds.shares import size
from mcp_voice.errors import UnknownRoom, VoiceError
from mcp_voice.loading import Loading
from mcp_voice.server.hosts import Call, Ctx
from mcp_voice.server.subject import current_subject
from mcp_voice.texts.foreign import shown_name
from mcp_voice.turns.transcript import Line

__all__ = ["READ", "readable", "register", "room_in"]

READ = "resources/read"
"""As what a read is counted, among the calls of tools."""
LONGEST_TRANSCRIPT = 20_000
"""Bytes of a transcript in one resource: the newest lines."""
TRANSCRIPT = "voice://rooms/{room_name}/transcript"
OF_ROOM = re.compile(re.escape(TRANSCRIPT).replace(re.escape("{room_name}"), "([^/]{1,4096})"))


def register(server: MCPServer[Loading], current: Sequence[Loading]) -> None:
    """Let a server have them; ``current`` is the engine while it runs."""

    @server.resource("voice://rooms", name="rooms", title="Rooms entered", mime_type="application/json")
    async def rooms() -> str:
        """The rooms that this server is in now, as a JSON list of names."""
        return json.dumps(list(map(shown_name, await (await current[-1].voice(current_subject())).rooms_entered())))

    @server.resource(
        TRANSCRIPT,
        name="transcript",
        title="Transcript of a room",
        mime_type="application/json",
        # A room's name is no path; one may well be called "..".
        security=ResourceSecurity(exempt_params={"room_name"}),
    )
    async def transcript(room_name: str, ctx: Ctx) -> str:
        """What was said last in a room (20 kB): at (Unix time), identity (empty: this server), name, channel, text."""
        return _newest(await (await Call(ctx).voice()).read_transcript(room_name))


def room_in(uri: str) -> str:
    """The room whose transcript is at an address; empty where it is none of a transcript."""
    found = OF_ROOM.fullmatch(uri)
    return unquote(found[1]) if found else ""


@contextmanager
def readable() -> Iterator[None]:
    """Let a host see why a resource cannot be read; the SDK shows it nothing but these two errors."""
    try:
        yield
    except UnknownRoom as error:
        raise ResourceNotFoundError(str(error)) from None
    except VoiceError as error:
        raise ResourceError(str(error)) from None


def _newest(lines: Sequence[Line]) -> str:
    """As many of the last lines as one result holds, as a JSON list; the last one at any length."""
    shown: list[str] = []
    left = LONGEST_TRANSCRIPT
    for line in reversed(lines):
        written = json.dumps(asdict(line), ensure_ascii=False)
        left -= size(written)
        if shown and left < 0:
            break
        shown.append(written)
    return f"[{', '.join(reversed(shown))}]"
