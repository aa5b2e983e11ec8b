"""Run a program that cannot outlive the keeper, even if the keeper is killed outright.

A script of its own (``python leash.py <way> <parent's pid> <program> ...``) that prints the program's pid on stdout.
On Linux it becomes the program, after the kernel was told to kill that one with its parent. Elsewhere it stays beside
the program and ends it when stdin, whose other end the keeper holds, closes.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading

__all__ = ["leashed"]

PR_SET_PDEATHSIG = 1  # linux/prctl.h
END_SECONDS = 3.0  # livekit-server without participants ends within 10 ms of SIGTERM
CANNOT_RUN = 126  # the shells' exit status for it


def become(parent: int, command: list[str]) -> int:
    """Turn into the program (Linux); returns only if that is not possible."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:  # it died before the kernel knew
        return CANNOT_RUN
    _announce(os.getpid())
    os.dup2(2, 1)
    try:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be run: {error}\n")
        return CANNOT_RUN


def watch(_parent: int, command: list[str]) -> int:
    """Run the program beside us until it ends or our stdin closes."""
    try:
        program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)  # noqa: S603
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be run: {error}\n")
        return CANNOT_RUN
    _announce(program.pid)
    threading.Thread(target=_end_with_stdin, args=(program,), daemon=True).start()
    return program.wait()


def _end_with_stdin(program: subprocess.Popen[bytes]) -> None:
    # not sys.stdin: Python aborts at exit if a daemon thread sits in a buffered read
    while os.read(0, 1024):
        pass
    program.terminate()
    try:
        program.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()


def _announce(pid: int) -> None:
    sys.stdout.write(f"{pid}\n")
    sys.stdout.flush()


def leashed(program: str, *arguments: str) -> list[str]:
    """The command that runs a program, named by its path, which cannot outlive this process.

    Its stdin has to be a pipe that only this process holds; the first line of its stdout is the program's pid.
    """
    way = "become" if sys.platform == "linux" else "watch"
    return [sys.executable, "-I", "-S", __file__, way, str(os.getpid()), program, *arguments]


WAYS = {"become": become, "watch": watch}

if __name__ == "__main__":
    sys.exit(WAYS[sys.argv[1]](int(sys.argv[2]), sys.argv[3:]))
