"""How a program ends that is told to stop before it has anything to close, and how it says what has ended it.

This is imported before all else of a command, once the working directory is out of the way, so it uses only what costs
nothing.
"""

import os
import signal
import sys
from contextlib import contextmanager, suppress

TYPE_CHECKING = False  # as in the package
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["Terminated", "end_at_once", "exit_code", "interruptible"]

NOTE = b"interrupted\n"
BASE = 128
"""What shells add to a signal's number."""


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


def exit_code(end: KeyboardInterrupt) -> int:
    """As shells have it: 130 for SIGINT, 143 for SIGTERM."""
    return BASE + (signal.SIGTERM if isinstance(end, Terminated) else signal.SIGINT)


def end_at_once() -> None:
    """Have SIGINT and SIGTERM end this process, while it only imports: for its start, on the main thread.

    An exception would come out of any import, which may catch it, and otherwise ends in a page of traceback.
    """
    signal.signal(signal.SIGTERM, _end)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as a shell has it for background jobs
        signal.signal(signal.SIGINT, _end)


@contextmanager
def interruptible() -> "Iterator[None]":
    """Have them raise KeyboardInterrupt, or ``Terminated``, in the block, since there may be something to close.

    One that comes out of it ends the program, with one line on stderr.
    """
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt as end:
        sys.stderr.write(NOTE.decode())
        sys.exit(exit_code(end))


def _end(number: int, _: "FrameType | None") -> None:
    with suppress(OSError):
        os.write(2, NOTE)
    os._exit(BASE + number)


def _terminate(_: int, __: "FrameType | None") -> None:
    raise Terminated
