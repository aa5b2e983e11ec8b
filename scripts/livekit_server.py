"""Find or build the livekit-server that the tests need, before any test's time limit begins."""

from __future__ import annotations

import sys

import anyio

from mcp_voice.embedded import find_or_build
from mcp_voice.errors import VoiceError
from mcp_voice.settings import load


async def main() -> int:
    """Show the progress on stderr; the exit status is 1 if there is no livekit-server and none can be built."""
    try:
        path = await find_or_build(load(), progress=lambda line: print(line, file=sys.stderr, flush=True))
    except VoiceError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"livekit-server: {path}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(anyio.run(main))
