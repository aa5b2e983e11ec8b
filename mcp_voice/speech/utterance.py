"""One utterance on its way through a recogniser's process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import anyio
from livekit.agents import APITimeoutError
from livekit.agents.utils import aio

from mcp_voice.speech.child import Child, ChildGone, EngineFailed, EngineStopped, EngineUnusable
from mcp_voice.speech.frames import AUDIO, DONE, FINISH, INTERIM, OPEN
from mcp_voice.speech.noise import SAMPLE_RATE, NoiseFloor, voiced_frames
from mcp_voice.speech.pool import Pool

__all__ = ["RESULT_SECONDS", "RESULT_SHARE", "WAIT_SECONDS", "Recognised", "Utterance"]

WAIT_SECONDS = 30.0
"""For a process to become free."""
RESULT_SECONDS = 15.0
RESULT_SHARE = 1.5
"""A result is due after RESULT_SECONDS plus this times the audio's length; usual is a tenth of the length.

A process that hangs was never seen, a machine with ten times the work it can do was: a new process for each utterance
would only add to that.
"""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was recognised: the words, how ("choice", "common" or "open"), and the cepstral mean to go on with."""

    text: str
    source: str
    cmn: str


class Utterance:
    """Audio of one stretch of speech, sent to a process as it comes, or at its end where none is free before."""

    def __init__(self, pool: Pool, *, cmn: str, choices: Sequence[str], show: Callable[[str], None]) -> None:
        self._pool = pool
        self._order = json.dumps({"cmn": cmn, "choices": list(choices)}).encode()
        self._show = show
        self._floor = NoiseFloor()
        self._raw = bytearray()
        self._pcm = bytearray()
        self._lease = AsyncExitStack()
        self._child: Child | None = None
        self._reader: asyncio.Task[Recognised] | None = None

    async def open(self) -> None:
        """Take a process if one is free."""
        if self._pool.has_room:
            try:
                await self._lease_child()
            except (ChildGone, EngineFailed, TimeoutError) as error:
                await self._let_go(error)

    async def push(self, pcm: bytes, *, voice: float = 0.0) -> None:  # noqa: ARG002  # it reads as it hears
        """Hear on: int16 mono at 16 kHz."""
        self._raw += pcm
        noisy = self._floor.add(pcm)
        self._pcm += noisy
        if self._child is None:
            return
        try:
            with anyio.fail_after(RESULT_SECONDS):
                await self._tell(AUDIO, noisy)
        except (ChildGone, EngineFailed, TimeoutError) as error:
            # Nothing is lost: all of the audio is sent to another process at the end.
            await self._let_go(error)

    async def finish(self) -> Recognised:
        """The words; raises APIError. A process that fails is replaced, once."""
        if self._child is not None:
            try:
                return await self._result()
            except (ChildGone, EngineFailed, TimeoutError) as error:
                await self._let_go(error)
        try:
            await self._lease_child()
            await self._send_all()
            return await self._result()
        except EngineFailed as error:
            await self._let_go(error)
            raise EngineUnusable(f"the offline recogniser cannot work: {error}", setting="MCP_VOICE_STT") from None
        except ChildGone as error:
            await self._let_go(error)
            raise EngineStopped(f"the offline recogniser stopped twice: {error}") from None
        except TimeoutError as error:
            await self._let_go(error)
            raise APITimeoutError("The offline recogniser gave no result in time. Say it again.") from None

    async def aclose(self) -> None:
        """Give the process back; safe to call at any time."""
        await self._let_go(asyncio.CancelledError() if self._child is not None else None)

    async def _lease_child(self) -> None:
        with anyio.fail_after(WAIT_SECONDS):
            self._child = await self._lease.enter_async_context(self._pool.child())
            self._reader = asyncio.create_task(self._read(self._child))
            await self._tell(OPEN, self._order)

    async def _send_all(self) -> None:
        with anyio.fail_after(self._due_seconds):
            await self._tell(AUDIO, bytes(self._pcm))

    async def _tell(self, kind: bytes, payload: bytes) -> None:
        if self._child is None or self._reader is None:
            raise ChildGone("it was never there")
        try:
            await self._child.send(kind, payload)
        except ChildGone:
            # What it said before it ended tells more than a broken pipe; reading comes to an end by itself.
            await self._reader
            raise

    async def _read(self, child: Child) -> Recognised:
        while True:
            kind, payload = await child.receive()
            if kind == DONE:
                return Recognised(**json.loads(payload))
            if kind == INTERIM:
                self._show(json.loads(payload)["text"])

    async def _result(self) -> Recognised:
        if self._child is None or self._reader is None:
            raise ChildGone("it was never there")
        with anyio.fail_after(self._due_seconds):
            await self._tell(FINISH, json.dumps({"voiced_frames": voiced_frames(bytes(self._raw))}).encode())
            heard = await self._reader
        await self._let_go(None)
        return heard

    @property
    def _due_seconds(self) -> float:
        return RESULT_SECONDS + RESULT_SHARE * len(self._pcm) / 2 / SAMPLE_RATE

    async def _let_go(self, error: BaseException | None) -> None:
        """Give the process back; with an error the pool stops its work first."""
        reader, self._reader, self._child = self._reader, None, None
        with anyio.CancelScope(shield=True):
            if reader is not None:
                await aio.cancel_and_wait(reader)
            lease, self._lease = self._lease, AsyncExitStack()
            try:
                await lease.__aexit__(type(error) if error else None, error, None)
            except (ChildGone, EngineFailed, TimeoutError, asyncio.CancelledError):
                return
