"""Run an MCP server that cannot outlive whoever speaks with it, even if that one is killed outright.

A script of its own (``python leash.py <longest line> <program> ...``), at the head of a process group that it shares
with the server and all that the server starts. It passes both streams on. When its stdin closes, it closes the
server's; once the server has ended, or has not for long enough, it ends the group, and on Linux what has left it, too.
A line of the server that is too long would fill the memory of the conversation, so it ends the server.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

__all__ = ["leashed"]

GRACE_SECONDS = 1.5
"""For a server whose stdin is closed, as the specification of stdio wants it; then again after SIGTERM."""
REST_SECONDS = 0.2
CANNOT_RUN = 126  # the shells' exit status for it
PIECE = 65_536
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def leashed(program: str, *arguments: str, longest: int) -> list[str]:
    """The arguments for Python that run a program, named by its path, whose lines have ``longest`` bytes at most."""
    return ["-I", "-S", __file__, str(longest), program, *arguments]


def main(longest: int, command: list[str]) -> int:
    """Run the program until it ends, or until our stdin closes; returns only if it cannot be run."""
    if os.getpgrp() != os.getpid():
        os.setsid()
    # The group is told to end by us, and by whoever speaks with it; we have to see the others off.
    signal.signal(signal.SIGTERM, lambda *_: None)
    _adopt()
    try:
        program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be run: {error.strerror}\n")
        return CANNOT_RUN
    assert program.stdin is not None  # noqa: S101 - both are pipes
    assert program.stdout is not None  # noqa: S101
    gone = threading.Event()
    threading.Thread(target=_pass_in, args=(program.stdin, gone), daemon=True).start()
    passing = threading.Thread(target=_pass_out, args=(program.stdout, longest), daemon=True)
    passing.start()
    with suppress(ChildProcessError):
        # Of all others that end meanwhile nobody else takes the exit status, once they are adopted.
        while os.waitpid(-1, 0)[0] != program.pid:
            pass
    gone.set()
    # Not for its stdout to end: what it has started, as npx and uvx do, may hold that for ever.
    passing.join(REST_SECONDS)
    _end_group(REST_SECONDS)
    return 0  # not reached: the group is ended, and we with it


def _pass_in(stdin: IO[bytes], gone: threading.Event) -> None:
    with suppress(OSError):
        os.set_blocking(stdin.fileno(), False)
        while (piece := os.read(0, PIECE)) and _taken(piece, stdin.fileno()):
            pass
    with suppress(OSError):
        stdin.close()
    if not gone.wait(GRACE_SECONDS):
        _end_group(GRACE_SECONDS)


def _taken(piece: bytes, descriptor: int) -> bool:
    """Write all of it; False once nobody is left who wrote it, and the server does not read."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.register(0, 0)  # tells of its end alone
    patience = None
    view = memoryview(piece)
    while view:
        ready = [each for each, _ in poll.poll(patience)]
        if not ready:
            return False
        if 0 in ready:
            poll.unregister(0)
            patience = 1000 * GRACE_SECONDS
        if descriptor in ready:
            view = view[os.write(descriptor, view) :]
    return True


def _pass_out(stdout: IO[bytes], longest: int) -> None:
    """Pass on what it writes until that ends; a line that is too long ends all."""
    line = 0
    with suppress(OSError):
        while piece := os.read(stdout.fileno(), PIECE):
            first, *rest = piece.split(b"\n")
            line += len(first)
            if max(line, *map(len, rest), 0) > longest:
                sys.stderr.write(f"it wrote a line of more than {longest} bytes\n")
                sys.stderr.flush()
                _end_group(GRACE_SECONDS)
            line = len(rest[-1]) if rest else line
            view = memoryview(piece)
            while view:
                view = view[os.write(1, view) :]


def _end_group(seconds: float) -> None:
    """End all of the group, what it has started outside of it, and us."""
    _end_strays(signal.SIGTERM)
    os.killpg(0, signal.SIGTERM)
    threading.Event().wait(seconds)
    _end_strays(signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)


def _adopt() -> None:
    """Have whatever loses its parent become our child, so that it is found: Linux alone knows of that."""
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_strays(number: signal.Signals) -> None:
    """Send a signal to those that have left the group, as a browser does, or a daemon."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # After the name, which may hold anything: the state, then the parent.
            parent = int(entry.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.parent.name))
    ours = list(children.get(os.getpid(), ()))
    for pid in ours:
        ours += children.get(pid, ())
    for pid in ours:
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(pid) != os.getpgrp():
                os.kill(pid, number)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
