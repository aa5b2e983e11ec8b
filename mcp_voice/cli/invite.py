"""``mcp-voice invite``: a link by which one person joins a room in their browser, and the page that it opens."""

from __future__ import annotations

import sys
from typing import Annotated

import anyio
import typer

from mcp_voice import embedded, library
from mcp_voice.asks.inviting import room_for
from mcp_voice.cli.attending import attend
from mcp_voice.cli.invite_token import give_token
from mcp_voice.cli.invited import Events, Lines, Terminal
from mcp_voice.cli.lan import for_this_network, what_is_open
from mcp_voice.cli.printing import JsonOption, captions, clear
from mcp_voice.cli.running import run
from mcp_voice.page.listening import is_assigned
from mcp_voice.settings import load
from mcp_voice.voices.one_call import once_started

__all__ = ["invite"]

GUEST = "guest"


def invite(
    room: Annotated[str, typer.Argument(metavar="ROOM", help="LiveKit room.", show_default="MCP_VOICE_ROOM")] = "",
    name: Annotated[str, typer.Option(metavar="TEXT", help="Their visible name.", show_default="they choose it")] = "",
    autojoin: Annotated[
        bool, typer.Option("--autojoin", help="The page joins by itself, for a meeting bot that cannot press a button.")
    ] = False,
    lan: Annotated[
        bool, typer.Option("--lan", help="For a phone: also serve the page to other devices on this network.")
    ] = False,
    token: Annotated[
        bool, typer.Option("--token", help="Print an address and a token instead, for another LiveKit client.")
    ] = False,
    identity: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help=f"With --token: start of their identity; each token gets its own.  [default: {GUEST}]",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a link (a secret) that lets one person join a room in their browser.

    It lets them in once, within ten minutes. The page and the embedded LiveKit server run for as long as this command
    does: while the link is valid or somebody is in the room. Once they have left, there is a new link.
    """
    if identity is not None and not token:
        raise typer.BadParameter("the join page gives everybody their own identity; only --token takes one")
    if token and (autojoin or lan):
        raise typer.BadParameter("a token opens no page; drop --token, or --autojoin and --lan")

    async def call() -> None:
        settings = load()
        room_name = room_for(room, settings)
        settings = for_this_network(settings) if lan else settings
        async with library.open_voice(settings) as voice:
            if not (token and settings.livekit_url):
                # It brings the embedded server up; whoever opens the link, or comes with the token, finds it.
                report = captions()
                await once_started(lambda: voice.list_rooms(report=report))
                clear()
            if token:
                await give_token(
                    voice, settings, room_name=room_name, identity=identity or GUEST, name=name, as_json=as_json
                )
                return
            shown = Events() if as_json else Terminal() if sys.stdout.isatty() else Lines()
            if settings.page_host and is_assigned(settings.page_host):
                shown.opens(await anyio.to_thread.run_sync(what_is_open, settings))
            is_running = (lambda: True) if settings.livekit_url else (lambda: embedded.status(settings).running)
            await attend(voice, room_name, name=name, autojoin=autojoin, shown=shown, is_running=is_running)

    run(call)
