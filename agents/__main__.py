"""``mcp-voice-agent demo``, and LiveKit's own command line: ``dev|start|console|connect``."""

from __future__ import annotations

import sys

from mcp_voice.errors import VoiceError

__all__ = ["main"]


def main() -> None:
    """Run the demo or the worker."""
    try:
        # Each loads modules for a second or more that the other has no use for; the worker's reads the settings.
        if sys.argv[1:2] == ["demo"]:
            from agents.demo.command import main as run  # noqa: PLC0415
        else:
            from agents.run import run  # noqa: PLC0415
        run()
    except VoiceError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
