"""The command ``mcp-voice``."""

from __future__ import annotations

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Serve MCP when no command is given; a host waits for this, so the command line's libraries stay out of it."""
    if sys.argv[1:] in ([], ["serve"]):
        _serve()
    else:
        # Typer and rich take 0.2 s that a host need not wait for.
        from mcp_voice.cli import app  # noqa: PLC0415

        app()


def _serve() -> None:
    # Not at the top: the other commands need no MCP server.
    import anyio  # noqa: PLC0415

    from mcp_voice.errors import VoiceError  # noqa: PLC0415
    from mcp_voice.server import serve  # noqa: PLC0415
    from mcp_voice.settings import load  # noqa: PLC0415

    try:
        anyio.run(serve, load())
    except VoiceError as error:
        sys.exit(f"mcp-voice: {error}")
    # All is closed. But a thread may still be importing the engine, for seconds, and the interpreter would wait for it.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
