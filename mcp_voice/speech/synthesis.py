"""A text on its way to sound, begun before anybody can hear it, and made part by part while it is heard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
from livekit import rtc
from livekit.agents import APIConnectOptions

from mcp_voice.errors import TTSError
from mcp_voice.outside_faults.speech import A_TEXT
from mcp_voice.speech.faults import tts_fault
from mcp_voice.speech.part_sound import PartSound
from mcp_voice.speech.parts import parts
from mcp_voice.speech.plausible import is_text, plausible
from mcp_voice.speech.provider_http import provider_http
from mcp_voice.tasks import Bell, owned_tasks

if TYPE_CHECKING:
    from livekit.agents import tts

__all__ = ["Synthesis", "synthesis"]

FIRST_SOUND_SECONDS = 60.0
"""Unless the settings say otherwise."""
NEXT_FRAME_SECONDS = 10.0
QUICK_RETRY = APIConnectOptions(max_retry=1, retry_interval=0.3, timeout=10.0)
NOBODY = -1


class Synthesis:
    """The sound of one text; satisfies ``playout.Speech``.

    The first part is made at once, each other one while the part before it is heard: what nobody hears costs nothing.
    """

    def __init__(self, text: str, *, first_sound_seconds: float = FIRST_SOUND_SECONDS) -> None:
        """``first_sound_seconds``: how long the first sound of each part may take."""
        self.text = text
        self.first_sound_seconds = first_sound_seconds
        self.error: TTSError | None = None
        self.sounds: Sequence[PartSound] = [PartSound(part) for part in parts(text)]
        self._most = plausible(" ".join(sound.part.spoken for sound in self.sounds)).most
        self._listened_to = NOBODY
        """Number of the part that is being listened to."""
        self._making: PartSound | None = None
        self._scope = anyio.CancelScope()
        self._over = False
        self._changed = Bell()

    async def frames(self) -> AsyncIterator[rtc.AudioFrame]:
        """The audio from its beginning (int16 PCM mono, at the engine's own rate), as soon as it is made.

        Ends early if synthesis fails: see ``error``.
        """
        for sound in self.sounds:
            async for frame in self.hear(sound):
                yield frame

    async def hear(self, sound: PartSound) -> AsyncIterator[rtc.AudioFrame]:
        """The audio of one part; the next part is made meanwhile."""
        self._listened_to = self.sounds.index(sound)
        self._changed.ring()
        position = 0
        while position < len(sound.frames) or not (sound.whole or self._over):
            if position < len(sound.frames):
                sound.heard = True
                yield sound.frames[position]
                position += 1
            else:
                await self._changed.wait()

    def rest(self) -> None:
        """Nobody listens: make no further part until somebody does, and give up one that nobody has heard any of."""
        self._listened_to = NOBODY
        if self._making is not None and self._making is not self.sounds[0] and not self._making.heard:
            self._scope.cancel()

    async def run(self, engine: tts.TTS[Any], *, provider: str, key: str) -> None:
        """Make the sound; the owner task is that of ``synthesis``."""
        try:
            for number, sound in enumerate(self.sounds):
                while not sound.whole:
                    await self._wanted(number)
                    await self._make(sound, engine)
        except Exception as error:  # noqa: BLE001  # whatever a plugin raises ends in the one sentence of an error
            self.error = tts_fault(error, provider=provider, key=key)
        finally:
            self._over = True
            self._changed.ring()

    async def _wanted(self, number: int) -> None:
        """Wait until a part is to be made: the first at once, another one when that before it is listened to."""
        while number > 0 and self._listened_to < number - 1:
            await self._changed.wait()

    async def _make(self, sound: PartSound, engine: tts.TTS[Any]) -> None:
        """Have one part made; it is not whole if it was given up."""
        self._making = sound
        with anyio.CancelScope() as self._scope:
            await self._request(sound, engine)
            sound.finish()
        self._making = None
        if not sound.whole:
            sound.forget()
        self._changed.ring()

    async def _request(self, sound: PartSound, engine: tts.TTS[Any]) -> None:
        others = [each for each in self.sounds if each is not sound]
        most, lag = self._most - sum(each.seconds for each in others), sum(each.lag for each in others)
        async with engine.synthesize(sound.part.spoken, conn_options=QUICK_RETRY) as stream:
            chunks = aiter(stream)
            late_at = anyio.current_time() + self.first_sound_seconds
            while True:
                with anyio.fail_after(late_at - anyio.current_time()):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    return
                if not sound.seconds and is_text(bytes(chunk.frame.data)):
                    raise A_TEXT.error(TTSError, "TTS ")
                if chunk.frame.samples_per_channel > 0:
                    sound.take(chunk.frame, chunk.request_id, most=most, lag=lag)
                    late_at = anyio.current_time() + NEXT_FRAME_SECONDS
                    self._changed.ring()
                elif anyio.current_time() > late_at:
                    raise TimeoutError
                else:
                    # What comes all at once is never waited for, and would hold the loop.
                    await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def synthesis(
    engine: tts.TTS[Any],
    text: str,
    *,
    provider: str,
    key: str,
    first_sound_seconds: float = FIRST_SOUND_SECONDS,
) -> AsyncIterator[Synthesis]:
    """Begin to synthesize at once; leaving the block ends the synthesis."""
    speech = Synthesis(text, first_sound_seconds=first_sound_seconds)
    # Plugins that use aiohttp take their client from this context; outside a LiveKit job there is none.
    async with provider_http(), owned_tasks() as tasks:
        tasks.start_soon(lambda: speech.run(engine, provider=provider, key=key))
        yield speech
        tasks.cancel_scope.cancel()
