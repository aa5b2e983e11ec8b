"""``mcp-voice serve``: MCP on stdio, or over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from mcp_voice.cli.printing import errors_shown
from mcp_voice.cli.unread import tell_unread
from mcp_voice.process.signals import run_interruptible
from mcp_voice.settings import load
from mcp_voice.workers.requirements import check_store

__all__ = ["serve"]


def serve(
    http: Annotated[
        bool, typer.Option("--http", help="Serve MCP over streamable HTTP, at /mcp, for several hosts.")
    ] = False,
    address: Annotated[
        str,
        typer.Argument(
            # Written out: Typer would put it in parentheses, as if they were a part of it.
            metavar="HOST:PORT",
            help="With --http: where to serve.  [default: 127.0.0.1:8765]",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Serve MCP: on stdio, as without a command, or over HTTP for several hosts.

    Over HTTP, each caller needs a token: the one printed at startup (on this machine only), one from
    MCP_VOICE_HTTP_TOKENS or MCP_VOICE_HTTP_TOKENS_FILE, or one from an authorization server (MCP_VOICE_HTTP_ISSUER).
    With MCP_VOICE_STORE, several servers share asks and replies in Redis; with MCP_VOICE_WORKERS=true as
    well, ask workers (see the command `worker`) speak and listen instead of this process.

    \b
    Examples:
      mcp-voice serve --http
      mcp-voice serve --http 0.0.0.0:8765

    SIGTERM or Ctrl-C stops it: open calls return within 2 s. Exit status 1: it could not start; stderr says why.
    """  # noqa: D301  # click takes the sign for a paragraph that is not wrapped
    with errors_shown():
        # A second that no other command needs.
        from mcp_voice.server.address import HttpAddress  # noqa: PLC0415
        from mcp_voice.server.app import serve as serve_stdio  # noqa: PLC0415

        tell_unread()
        settings = load(folder=None)
        if settings.workers:
            check_store(settings)
        place = HttpAddress.read(address) if address else HttpAddress()
        if http:
            # 58 modules that no host on stdio need wait for.
            from mcp_voice.server.http import serve_http  # noqa: PLC0415

            run_interruptible(lambda: serve_http(settings, place))
        elif address:
            raise typer.BadParameter("an address needs --http; stdio has none")
        else:
            run_interruptible(lambda: serve_stdio(settings))
