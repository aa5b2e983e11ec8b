"""A speech engine in a process of its own, seen from ours.

pocketsphinx holds the GIL while it decodes and espeak-ng keeps global state. A process each also makes a crash of
theirs an error of ours, and stops them by force where asking is not enough.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

import anyio
import psutil
from livekit.agents import APIConnectionError

from mcp_voice.process.isolation import FOLDER, child_environment, module_command
from mcp_voice.speech.frames import CANCEL, DONE, FAILED, HEADER

__all__ = ["Child", "ChildGone", "EngineFailed", "EngineStopped", "EngineUnusable", "LanguageUnknown", "start_child"]

log = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS = 0.5
"""How often a process that owes something is looked at."""
LEAVE_SECONDS = 0.5
"""How long a child may take to end by itself once its stdin is closed."""


class ChildGone(Exception):
    """The process ended, or its pipe broke."""


class EngineFailed(Exception):
    """The engine says itself why it cannot work."""


class EngineStopped(APIConnectionError):
    """An offline engine's process ended before its work was done; the next piece of work has a new one."""

    def __init__(self, why: str) -> None:
        """``why`` is a sentence without its full stop."""
        super().__init__(f"{why}. Try again: it is restarted")
        self.why = why


class EngineUnusable(APIConnectionError):
    """An offline engine cannot work on this machine, which no further attempt changes."""

    def __init__(self, why: str, *, setting: str, model: str = "") -> None:
        """``why`` is a sentence without its full stop; ``setting`` chooses another provider.

        ``model``: that of ``mcp-voice models`` whose files may be missing or damaged, if it is of one.
        """
        self.advice = f"Set {setting} to another provider"
        if model:
            self.advice = (
                f"Check its files (`mcp-voice models get {model}`), or {self.advice[0].lower()}{self.advice[1:]}"
            )
        super().__init__(f"{why}. {self.advice}", retryable=False)
        self.why = why


class LanguageUnknown(EngineUnusable):
    """An offline engine understands another language than the one that is spoken."""


class Child:
    """A running engine process and its two pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ChildGone("the process has no pipes")
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._receiving = False
        self._head: tuple[bytes, int] | None = None
        """Kind and length of a frame whose payload has not been read: whoever began to was cancelled."""
        self._killed = False

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is still of use."""
        return self._process.returncode is None and not self._killed

    @property
    def is_stopped(self) -> bool:
        """Whether a signal has stopped it: it lives, and does nothing until somebody lets it go on."""
        try:
            return psutil.Process(self.pid).status() in {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}
        except psutil.Error:
            return False

    async def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Send one frame; raises ChildGone."""
        try:
            self._stdin.write(HEADER.pack(kind, len(payload)) + payload)
            await self._while_running(self._stdin.drain)
        except (OSError, RuntimeError) as error:
            raise ChildGone("its pipe broke") from error

    async def receive(self) -> tuple[bytes, bytes]:
        """The next frame's kind and payload; raises ChildGone, and EngineFailed with the engine's own words."""
        self._receiving = True
        try:
            if self._head is None:
                self._head = HEADER.unpack(await self._while_running(partial(self._stdout.readexactly, HEADER.size)))
            kind, length = self._head
            payload = await self._while_running(partial(self._stdout.readexactly, length))
            self._head = None
        except (OSError, asyncio.IncompleteReadError) as error:
            raise ChildGone("it ended") from error
        finally:
            self._receiving = False
        if kind == FAILED:
            raise EngineFailed(payload.decode(errors="replace"))
        return kind, payload

    async def _while_running(self, step: Callable[[], Awaitable[T]]) -> T:
        """Take a step that a cancellation leaves as it was, again and again; raises ChildGone once it is stopped."""
        while True:
            with anyio.move_on_after(LOOK_SECONDS):
                return await step()
            if self.is_stopped:
                raise ChildGone("it has been stopped by a signal")

    async def settle(self, *, seconds: float) -> bool:
        """Stop the piece of work under way and read what is left of it; False where the engine does not obey."""
        with anyio.move_on_after(seconds, shield=True):
            try:
                await self.send(CANCEL)
                # A result that was on its way comes before the answer to this, which has no payload.
                while await self.receive() != (DONE, b""):
                    pass
            except (ChildGone, EngineFailed):
                return False
            return True
        return False

    def kill(self) -> None:
        """End the process at once, without waiting."""
        self._killed = True
        with suppress(ProcessLookupError):
            self._process.kill()

    async def aclose(self) -> None:
        """Close its stdin, which ends it, or kill it: after ``LEAVE_SECONDS``, or at once where it is still in use."""
        with anyio.CancelScope(shield=True):
            self._stdin.close()
            if self.alive and not self._receiving:
                with anyio.move_on_after(LEAVE_SECONDS):
                    # Drained, because a process that still writes to a full pipe cannot end.
                    while await self._stdout.read(65_536):
                        pass
                    await self._process.wait()
            self.kill()
            with anyio.move_on_after(LEAVE_SECONDS):
                await self._process.wait()


async def start_child(module: str, *arguments: str) -> Child:
    """Start a module as a program, which gets neither a secret nor a module of the working directory.

    Raises ChildGone.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *module_command(module, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=FOLDER,
            env=child_environment(python=True),
        )
    except OSError as error:
        raise ChildGone(f"it cannot be started: {error}") from error
    log.debug("started a speech engine, pid %d", process.pid)
    return Child(process)
