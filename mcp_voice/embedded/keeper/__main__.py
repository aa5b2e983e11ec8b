"""The keeper's process: ``python -m mcp_voice.embedded.keeper <folder> <binary> <version> <grace in seconds>``."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from mcp_voice.embedded.keeper.files import STARTING, Files, KeeperState
from mcp_voice.embedded.keeper.keep import keep
from mcp_voice.process.locks import locked

# Whoever looks whether a keeper is there holds its lock for a moment; that must not turn a new keeper away.
LOCK_SECONDS = 0.5


def main(folder: str, binary: str, version: str, grace: str) -> int:
    """Become a background process and keep the server, unless another keeper does; returns the exit status."""
    files = Files(Path(folder))
    with locked(files.keeper, limit=LOCK_SECONDS) as got:
        if not got:
            return 0
        if hasattr(os, "fork") and os.fork():
            # The grandchild, which now holds the lock, belongs to init: nobody has to reap it, and a host that kills
            # the children of our user spares it.
            os._exit(0)
        signal.signal(signal.SIGTERM, _leave)
        signal.signal(signal.SIGINT, _leave)
        keep(files, state=KeeperState(STARTING, binary, version, os.getpid()), grace=float(grace))
    return 0


def _leave(_number: int, _frame: object) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
