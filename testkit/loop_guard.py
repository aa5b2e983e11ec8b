"""Our code must not hold the event loop: meanwhile the sound of all rooms and every other call wait.

What counts is CPU time of the loop's thread in one callback, so that a busy machine is no failure. Waiting inside a
callback (for a file, a child process) takes none: ruff's ASYNC rules find that.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType, MappingProxyType
from unittest.mock import patch

__all__ = ["KNOWN", "LIMIT_SECONDS", "LoopGuard", "guarded_loop"]

LIMIT_SECONDS = 0.1
SAMPLE_SECONDS = 0.02
OURS = ("mcp_voice", "mcp_voice_agent")
TESTS = ("benchmarks", "conftest", "examples", "testkit", "tests")
RUN = asyncio.Handle._run.__code__
FULL = 2
"""The oldest generation of the garbage collector: its collections look at all that a test run has made."""
KNOWN: Mapping[str, str] = MappingProxyType(
    {
        "mcp_voice_agent.models.llm.make_llms": "a job makes them before anybody is heard; LiveKit's plugins read the "
        "certificates for each client, 20 to 40 ms, and import the provider's library",
    }
)
"""Functions that may hold it for longer, as module and qualified name → why that is all right."""


@dataclass(slots=True)
class LoopGuard:
    """Looks at one thread's loop, from another thread now and then, and notes which code of ours held it."""

    known: Mapping[str, str]
    _thread: int = field(default_factory=threading.get_ident)
    _findings: list[str] = field(default_factory=list)
    _number: int = 0
    """Of the callback."""
    _running: bool = False
    _garbage: float = 0.0
    """Seconds of CPU that full collections have taken in this callback."""
    _collecting_since: float = 0.0
    _samples: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    """Number of a callback, and our functions that were at work in it, from the outside."""

    def taken(self) -> list[str]:
        """What was found since the last call, one line each."""
        found, self._findings = self._findings, []
        return found

    def began(self) -> float:
        """A callback begins; the CPU time of its thread in seconds."""
        self._number += 1
        self._garbage = 0.0
        self._running = True
        return time.thread_time()

    def ended(self, began: float) -> None:
        """It is over; note it, if code of ours that is not known took longer than the limit."""
        seconds = time.thread_time() - began - self._garbage
        self._running = False
        if seconds > LIMIT_SECONDS:
            self._note(seconds)

    def collected(self, phase: str, details: dict[str, int]) -> None:
        """The garbage of a whole test run is not the callback's: a hook of the collector's."""
        if details["generation"] != FULL or threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._collecting_since = time.thread_time()
        else:
            self._garbage += time.thread_time() - self._collecting_since

    def look(self, until: threading.Event) -> None:
        """Note every 20 ms what is at work.

        What holds the interpreter as well, such as a regular expression, is seen as it ends.
        """
        while not until.wait(SAMPLE_SECONDS):
            number = self._number
            functions = ours(sys._current_frames().get(self._thread)) if self._running else ()
            self._samples = [each for each in self._samples if each[0] == number]
            if self._running and number == self._number:
                self._samples.append((number, functions))

    def _note(self, seconds: float) -> None:
        samples = [functions for number, functions in self._samples if number == self._number]
        blamed = [each for each in samples if each and not self.known.keys() & set(each)]
        if blamed and seconds * len(blamed) / len(samples) > LIMIT_SECONDS:
            ((functions, _),) = Counter(blamed).most_common(1)
            self._findings.append(f"{' > '.join(functions)} held the event loop for {seconds:.2f} s of CPU time")


def ours(frame: FrameType | None) -> tuple[str, ...]:
    """Our functions that hold the loop, from the outside: the coroutine or callback, and what it has called.

    There are none where a coroutine of a test or of a library is what holds it, also if that has called us: they know
    how long it takes. The same for code of a test that we have called.
    """
    found: list[str] = []
    while frame is not None and frame.f_code is not RUN:
        module = str(frame.f_globals.get("__name__", ""))
        package = module.partition(".")[0]
        if package in TESTS:
            return ()
        if package in OURS:
            found.append(f"{module}.{frame.f_code.co_qualname}")
        if frame.f_code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
            return tuple(reversed(found)) if package in OURS else ()
        frame = frame.f_back
    return tuple(reversed(found))


@contextmanager
def guarded_loop(known: Mapping[str, str] = KNOWN) -> Iterator[LoopGuard]:
    """Look at what the loops of this thread do while the block lasts."""
    guard, over = LoopGuard(known), threading.Event()
    run = asyncio.Handle._run  # the one place through which each callback goes
    thread = threading.get_ident()

    def measured(handle: asyncio.Handle) -> None:
        if threading.get_ident() != thread:
            run(handle)
            return
        began = guard.began()
        run(handle)
        guard.ended(began)

    looking = threading.Thread(target=guard.look, args=(over,), name="loop guard", daemon=True)
    gc.callbacks.append(guard.collected)
    try:
        with patch.object(asyncio.Handle, "_run", measured):
            looking.start()
            yield guard
    finally:
        gc.callbacks.remove(guard.collected)
        over.set()
        looking.join()
