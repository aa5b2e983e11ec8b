"""One utterance on its way through a recogniser's process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import anyio
import anyio.lowlevel
import numpy as np
from livekit.agents import APIError, APITimeoutError
from livekit.agents.utils import aio

from mcp_voice.speech.child import Child, ChildGone, EngineFailed, EngineStopped, EngineUnusable
from mcp_voice.speech.cutting import LONGEST_SECONDS, OVERLAP_SECONDS, SETTLE_SECONDS, ends_in_pause, joined
from mcp_voice.speech.frames import AUDIO, DONE, FINISH, INTERIM, OPEN, as_json
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
BYTES_PER_SECOND = SAMPLE_RATE * 2
STEP_BYTES = BYTES_PER_SECOND // 10
SETTLE_BYTES = int(SETTLE_SECONDS * BYTES_PER_SECOND)
LONGEST_BYTES = int(LONGEST_SECONDS * BYTES_PER_SECOND)
OVERLAP_BYTES = int(OVERLAP_SECONDS * BYTES_PER_SECOND)
MOST_BYTES = 60 * BYTES_PER_SECOND
"""That are kept where no process can read them."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was recognised: the words, how ("choice", "common" or "open"), and the cepstral mean to go on with."""

    text: str
    source: str
    cmn: str


class Utterance:
    """Audio of one stretch of speech, sent to a process as it comes, or at its end where none is free before.

    What is long is read in pieces, each up to a pause, else of 20 s, as Moonshine reads it: neither side keeps more.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        cmn: str,
        choices: Sequence[str],
        show: Callable[[str], None],
        in_place_of: str = "",
        model: str = "",
    ) -> None:
        """``in_place_of``: why a better recogniser does not hear, told where this one cannot either.

        ``model``: that of ``mcp-voice models`` which is wanted for hearing.
        """
        self._pool = pool
        self._in_place_of = in_place_of
        self._model = model
        self._cmn = cmn
        self._choices = tuple(choices)
        self._show = show
        self._floor = NoiseFloor()
        self._raw = bytearray()
        self._pcm = bytearray()
        self._settled = ""
        self._overlaps = False
        """Whether what is not settled begins with sound that is."""
        self._settle_at = SETTLE_BYTES
        self._lease = AsyncExitStack()
        self._child: Child | None = None
        self._reader: asyncio.Task[Recognised] | None = None

    async def open(self) -> None:
        """Take a process if one is free."""
        if self._pool.has_room:
            try:
                await self._lease_child()
                if self._pcm:
                    await self._send_all()
            except (ChildGone, EngineFailed, TimeoutError) as error:
                await self._let_go(error)

    async def push(self, pcm: bytes, *, voice: float = 0.0) -> None:  # noqa: ARG002  # it reads as it hears
        """Hear on: int16 mono at 16 kHz; raises APIError where speech that is long cannot be read."""
        for start in range(0, len(pcm), STEP_BYTES):
            if start:
                # Each step may look for a pause in a minute of sound: without a process, 0.15 s and more in one go.
                await anyio.lowlevel.checkpoint()
            await self._hear(pcm[start : start + STEP_BYTES])

    async def _hear(self, pcm: bytes) -> None:
        self._raw += pcm
        noisy = self._floor.add(pcm)
        self._pcm += noisy
        if self._child is not None:
            try:
                with anyio.fail_after(RESULT_SECONDS):
                    await self._tell(AUDIO, noisy)
            except (ChildGone, EngineFailed, TimeoutError) as error:
                # Nothing is lost: all of the audio is sent to another process at the end.
                await self._let_go(error)
        if len(self._raw) >= self._settle_at:
            paused = ends_in_pause(np.frombuffer(bytes(self._raw), np.int16).astype(np.float32))
            if paused or len(self._raw) >= self._settle_at + LONGEST_BYTES - SETTLE_BYTES:
                await self._settle(overlaps=not paused)

    async def _settle(self, *, overlaps: bool) -> None:
        """Read what there is for good, and go on with the rest."""
        try:
            heard = await self._heard()
        except APIError as error:
            if not error.retryable or len(self._raw) > MOST_BYTES:
                raise
            self._settle_at = len(self._raw) + SETTLE_BYTES
            return
        self._settled = joined(self._settled, heard.text, overlaps=self._overlaps)
        self._overlaps = overlaps
        self._cmn = heard.cmn or self._cmn
        done = len(self._raw) - (OVERLAP_BYTES if overlaps else 0)
        del self._raw[:done], self._pcm[:done]
        self._settle_at = SETTLE_BYTES
        self._show(self._settled)
        await self.open()

    async def finish(self) -> Recognised:
        """The words; raises APIError. A process that fails is replaced, once."""
        heard = await self._heard()
        return replace(heard, text=joined(self._settled, heard.text, overlaps=self._overlaps))

    async def _heard(self) -> Recognised:
        """The words of what is not settled; raises APIError."""
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
            why = f"{self._in_place_of}, and {error}" if self._in_place_of else str(error)
            told = f"the offline recogniser cannot work: {why}"
            raise EngineUnusable(told, setting="MCP_VOICE_STT", model=self._model) from None
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
        order = {"cmn": self._cmn, "choices": () if self._settled else self._choices}
        with anyio.fail_after(WAIT_SECONDS):
            self._child = await self._lease.enter_async_context(self._pool.child())
            self._reader = asyncio.create_task(self._read(self._child))
            await self._tell(OPEN, as_json(order))

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
                self._show(joined(self._settled, json.loads(payload)["text"], overlaps=self._overlaps))

    async def _result(self) -> Recognised:
        if self._child is None or self._reader is None:
            raise ChildGone("it was never there")
        with anyio.fail_after(self._due_seconds):
            await self._tell(FINISH, as_json({"voiced_frames": voiced_frames(bytes(self._raw)), "whole": self._is_all}))
            heard = await self._reader
        await self._let_go(None)
        return heard

    @property
    def _is_all(self) -> bool:
        """Whether what is not settled may be all that is said."""
        return not self._settled and len(self._raw) < SETTLE_BYTES

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
