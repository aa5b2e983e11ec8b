"""``mcp-voice-agent demo``, and LiveKit's own command line: ``dev|start|console|connect``."""

import sys

from mcp_voice.isolation import isolate

__all__ = ["main"]


def main() -> None:
    """Run the demo or the worker."""
    isolate()
    # Not at the top: nothing but ours is imported before the working directory is out of the way.
    from mcp_voice.errors import VoiceError  # noqa: PLC0415
    from mcp_voice.redaction import discreet_tracebacks  # noqa: PLC0415

    # Before typer is imported, which keeps the hook that it finds.
    discreet_tracebacks()
    try:
        # Each loads modules for a second or more that the other has no use for; the worker's reads the settings.
        if sys.argv[1:2] == ["demo"]:
            from mcp_voice_agent.demo.command import main as run  # noqa: PLC0415
        else:
            from mcp_voice_agent.run import run  # noqa: PLC0415
        run()
    except VoiceError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
