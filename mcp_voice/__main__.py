"""The command ``mcp-voice``."""

import os
import sys

from mcp_voice.process.isolation import isolate

TYPE_CHECKING = False  # as in the package
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["main"]

COMPLETING = "_MCP_VOICE_COMPLETE"
"""Set where a shell asks how to complete what has been typed: it calls the command without arguments."""


def main() -> None:
    """Serve MCP when no command is given; a host waits for this, so the command line's libraries stay out of it."""
    isolate()
    # Not at the top: nothing but ours is imported before the working directory is out of the way, and no `signal`.
    from mcp_voice.process.termination import end_at_once, interruptible  # noqa: PLC0415

    end_at_once()
    from mcp_voice.logs.redacting import redact_tracebacks  # noqa: PLC0415

    # Before typer is imported, which keeps the hook that it finds.
    redact_tracebacks()
    if sys.argv[1:] in ([], ["serve"]) and COMPLETING not in os.environ:
        _serve()
    else:
        # Typer and rich take 0.2 s that a host need not wait for.
        from mcp_voice.cli.app import app  # noqa: PLC0415

        try:
            with interruptible():
                app()
        except SystemExit as end:
            if "livekit.rtc" in sys.modules and isinstance(end.code, int):
                _end(end.code)
            raise


def _end(code: int) -> "NoReturn":
    """End at once, when all is closed: without the interpreter's own way out.

    That waits for a thread which still imports the engine, for seconds; and LiveKit's library, taken down by it while
    its own threads still run, aborts the process now and then (1 of 30 seen), which a script takes for a failure.
    """
    from contextlib import suppress  # noqa: PLC0415 - as in main

    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def _serve() -> None:
    # Not at the top: the other commands need no MCP server.
    import anyio  # noqa: PLC0415

    from mcp_voice.errors import VoiceError  # noqa: PLC0415
    from mcp_voice.server.app import serve  # noqa: PLC0415
    from mcp_voice.settings import load  # noqa: PLC0415
    from mcp_voice.settings.ignored import tell_ignored  # noqa: PLC0415

    tell_ignored(folder=None)
    try:
        anyio.run(serve, load(folder=None))
    except VoiceError as error:
        sys.exit(f"mcp-voice: {error}")
    _end(0)


if __name__ == "__main__":
    main()
