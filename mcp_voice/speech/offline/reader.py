"""Stretches of speech to text by Moonshine's processes, seen from ours."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import anyio
from livekit.agents import APITimeoutError

from mcp_voice.models import MOONSHINE_TINY_EN
from mcp_voice.speech.child import ChildGone, EngineFailed, EngineStopped, EngineUnusable
from mcp_voice.speech.frames import AUDIO, DONE, FINISH, OPEN, as_json
from mcp_voice.speech.noise import SAMPLE_RATE
from mcp_voice.speech.pool import Pool
from mcp_voice.speech.utterance import RESULT_SECONDS, RESULT_SHARE, WAIT_SECONDS, Recognised

__all__ = ["Reader"]

MODULE = "mcp_voice.speech.offline.child"
MOST_PROCESSES = 4
"""Each has one thread and reads ten replies a second; it holds 180 MB, and 230 once it has read 20 s in one."""
ATTEMPTS = 2


class Reader:
    """Reads what it is given, as many at a time as there are processes; the others wait their turn."""

    def __init__(self, folder: Path, *, size: int = 0) -> None:
        """``size`` 0 is one process for each processor, up to four."""
        digests = [f"{file.name}:{file.sha256}" for file in MOONSHINE_TINY_EN.files]
        self.pool = Pool(MODULE, str(folder), *digests, size=size or min(os.cpu_count() or 1, MOST_PROCESSES))

    @property
    def is_idle(self) -> bool:
        """Whether nobody would have to wait because of what is read now."""
        return self.pool.has_room

    async def warm(self) -> None:
        """Have a process that loads the model while somebody speaks, where all have been ended as idle."""
        if not self.pool.children:
            with suppress(ChildGone):  # what is to be read meets it again, and tells it
                await self.pool.warm()

    async def read(self, pcm: bytes, *, choices: Sequence[str] = (), whole: bool = True) -> Recognised:
        """The words in int16 mono at 16 kHz; raises APIError. A process that fails is replaced, once.

        ``whole``: whether it is all of an utterance, which may then be one of ``choices``.
        """
        order = as_json({"choices": list(choices), "whole": whole})
        why: Exception = ChildGone("it was never there")
        for _ in range(ATTEMPTS):
            try:
                return await self._read(pcm, order)
            except EngineFailed as error:
                reason = f"the offline recogniser cannot work: {error}"
                raise EngineUnusable(reason, setting="MCP_VOICE_STT", model=MOONSHINE_TINY_EN.name) from error
            except (ChildGone, TimeoutError) as error:
                why = error
        if isinstance(why, TimeoutError):
            raise APITimeoutError("The offline recogniser gave no result in time. Say it again.") from None
        raise EngineStopped(f"the offline recogniser stopped twice: {why}") from None

    async def _read(self, pcm: bytes, order: bytes) -> Recognised:
        async with AsyncExitStack() as lease:
            with anyio.fail_after(WAIT_SECONDS):
                child = await lease.enter_async_context(self.pool.child())
            with anyio.fail_after(RESULT_SECONDS + RESULT_SHARE * len(pcm) / 2 / SAMPLE_RATE):
                # What it says before it ends tells more than a broken pipe.
                with suppress(ChildGone):
                    await child.send(OPEN, order)
                    await child.send(AUDIO, pcm)
                    await child.send(FINISH)
                while True:
                    kind, payload = await child.receive()
                    if kind == DONE:
                        return Recognised(**json.loads(payload))
