"""Speaking in a room: one sentence after the other, with a voice that is published while it is used.

A published track costs 2.2 % of a core though nobody speaks (LiveKit's source sends silence), and to publish it anew
takes 50 ms, most of which pass while the sentence is being synthesized. So a room that stays quiet has none.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio
from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice import SpeechHandle
from livekit.agents.voice.io import AudioOutput, PlaybackStartedEvent

from mcp_voice.errors import SHOWS_MORE, LiveKitError, TTSError, quoted
from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.room.published_voice import PublishedVoice, published_voice
from mcp_voice.room.state_shown import keep_state_shown
from mcp_voice.speech.playing import Playing
from mcp_voice.speech.synthesis import Synthesis
from mcp_voice.tasks import Bell, Resident, owned_tasks

__all__ = ["UNUSED_SECONDS", "SessionPlayout", "Speaker", "speaker"]

SUBSCRIBE_SECONDS = 10.0
UNUSED_SECONDS = 30.0
"""From one question of a conversation to the next it is mostly less."""
LAST_WORDS = 80
"""Characters of what was spoken, in an error that ended it."""
NOT_TAKEN_UP = OutsideFault(
    "not-heard",
    "Nobody in the room received the audio within {limit:.0f} s, so the question was not heard",
    f"The human's client must subscribe to audio, and UDP to the LiveKit server must be open; {SHOWS_MORE}",
)


class SessionPlayout:
    """One sentence while and after it is played; satisfies ``playout.Playout``."""

    def __init__(self, speech: Synthesis, output: AudioOutput, lost: asyncio.Future[None]) -> None:
        self._speech = speech
        self._playing = Playing(speech)
        self._output = output
        self._lost = lost
        self._handle: SpeechHandle | None = None
        self._started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.started_at: float | None = None
        self.ended_at: float | None = None

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped before its end."""
        return self._handle is not None and self._handle.interrupted

    @property
    def spoken(self) -> str:
        """What was really played of it, known once it is over."""
        if self._handle is None or not self._handle.done():
            return ""
        if self._speech.error is not None and not self.interrupted:
            return self._playing.played
        items = [item for item in self._handle.chat_items if item.type == "message"]
        return " ".join(item.text_content or "" for item in items).strip()

    @property
    def waiting(self) -> bool:
        """Whether sound is due that the voice has not made yet."""
        return self._handle is not None and not self._handle.done() and self._playing.waiting

    @property
    def longest_waits(self) -> float:
        """For how many seconds it may wait for its voice between its first sound and its last."""
        return max(0, len(self._speech.sounds) - 1) * self._speech.first_sound_seconds

    def begin(self, session: AgentSession[None]) -> None:
        """Hand the sentence to the session."""
        self._output.on("playback_started", self._on_started)
        # The text of one part is captioned at the pace of its sound, which LiveKit finds out by itself.
        text = self._playing.captions() if len(self._speech.sounds) > 1 else self._speech.text
        self._handle = session.say(text, audio=self._playing.frames())
        self._handle.add_done_callback(self._on_done)

    def _on_started(self, _: PlaybackStartedEvent) -> None:
        if not self._started.done():
            self.started_at = time.monotonic()
            self._started.set_result(None)

    def _on_done(self, _: SpeechHandle) -> None:
        self._output.off("playback_started", self._on_started)
        # Not earlier: until the session has dropped what is left of the sentence, a resumed output would play it.
        self._output.resume()
        self.ended_at = time.monotonic()
        if not self._started.done():
            self._started.set_result(None)

    def pause(self) -> None:
        """Fall silent within some 50 ms; what waits in the source's queue (0.2 s) is lost."""
        self._output.pause()
        self._playing.pause()

    def resume(self) -> None:
        """Go on."""
        self._output.resume()
        self._playing.resume()

    def stop(self) -> None:
        """Fall silent for good."""
        self._playing.stop()
        if self._handle is not None and not self._handle.done():
            self._handle.interrupt(force=True)

    async def started(self) -> float:
        """Wait for the first sound; raises TTSError, or LiveKitError if nobody takes up our audio.

        What goes wrong after it is raised by ``done``.
        """
        limit = self._speech.first_sound_seconds + SUBSCRIBE_SECONDS
        await asyncio.wait([self._started, self._lost], timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if self.started_at is None or self._lost.done():
            self._check()
        if not self._started.done():
            raise NOT_TAKEN_UP.filled(limit=limit).error(LiveKitError, "")
        return time.monotonic() if self.started_at is None else self.started_at

    async def done(self) -> None:
        """Wait until it is over or stopped; raises TTSError if synthesis broke off, LinkLost if the connection did."""
        if self._handle is None:
            return
        playing = asyncio.ensure_future(self._handle.wait_for_playout())
        try:
            await asyncio.wait([playing, self._lost], return_when=asyncio.FIRST_COMPLETED)
        finally:
            playing.cancel()
        self._check()

    def _check(self) -> None:
        if self._lost.done():
            self._lost.result()
        if self._speech.error is not None and not self.interrupted:
            raise self._told(self._speech.error)
        if self._handle is not None and self._handle.done() and self.started_at is None and not self.interrupted:
            raise TTSError(
                "TTS sent no playable audio.",
                fix="Check the voice in MCP_VOICE_TTS, or try again.",
                code="no-audio",
            )

    def _told(self, error: TTSError) -> TTSError:
        """The error, and what was spoken before it."""
        played = self._playing.played
        if not played:
            return error
        last = played if len(played) <= LAST_WORDS else f"…{played[-LAST_WORDS:]}"
        further = ", and a part of what follows" if self._playing.broke_off else ""
        return error.with_more(f"It was spoken up to {quoted(last)}{further}.")


class Speaker:
    """Speaks sentences one after the other."""

    def __init__(self, voice: Resident[PublishedVoice], lost: asyncio.Future[None], *, unused_seconds: float) -> None:
        self._voice = voice
        self._lost = lost
        self._unused_seconds = unused_seconds
        self._users = 0
        self._used = Bell()

    @property
    def state(self) -> str:
        """What clients are shown as ``lk.agent.state``."""
        voice = self._voice.value
        return "listening" if voice is None else voice.session.agent_state

    def begin(self) -> None:
        """Publish the voice again if need be: something will be said."""
        self._voice.begin()
        self._used.ring()

    @asynccontextmanager
    async def say(self, speech: Synthesis) -> AsyncIterator[SessionPlayout]:
        """Speak one sentence; leaving the block silences what is left of it."""
        self._users += 1
        self._used.ring()
        try:
            voice = await self._published()
            await self._taken_up(voice)
            spoken = SessionPlayout(speech, voice.output, self._lost)
            spoken.begin(voice.session)
            try:
                yield spoken
            finally:
                spoken.stop()
        finally:
            self._users -= 1
            self._used.ring()

    async def run(self) -> None:
        """Have the voice unpublished whenever it has not been used for some time, until cancelled."""
        while True:
            used = self._used.next
            with anyio.move_on_after(math.inf if self._users else self._unused_seconds):
                await used.wait()
                continue
            voice = self._voice.value
            if voice is not None and voice.may_be_unpublished:
                self._voice.leave()
                await used.wait()

    async def _published(self) -> PublishedVoice:
        try:
            return await self._voice.get(limit=SUBSCRIBE_SECONDS)
        except TimeoutError:
            raise self._not_taken_up() from None

    async def _taken_up(self, voice: PublishedVoice) -> None:
        """Wait until somebody subscribes to our audio; raises LiveKitError if nobody does.

        The session would wait, too, but a sentence that is stopped meanwhile cancels the session's own future, and
        then it never speaks again.
        """
        taken_up = voice.taken_up
        if taken_up is None:
            return
        await asyncio.wait([taken_up, self._lost], timeout=SUBSCRIBE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if self._lost.done() or not taken_up.done():
            raise self._not_taken_up()

    def _not_taken_up(self) -> LiveKitError:
        """Why nobody hears us; raises what ended the connection, where that is why."""
        if self._lost.done():
            self._lost.result()
        return NOT_TAKEN_UP.filled(limit=SUBSCRIBE_SECONDS).error(LiveKitError, "")


@asynccontextmanager
async def speaker(
    connection: rtc.Room, lost: asyncio.Future[None], *, unused_seconds: float = UNUSED_SECONDS
) -> AsyncIterator[Speaker]:
    """Our voice in a room that we are connected to; ``lost`` fails when the connection does."""
    async with owned_tasks() as tasks:
        voice = Resident(tasks, partial(published_voice, connection))
        ours = Speaker(voice, lost, unused_seconds=unused_seconds)
        await voice.get()
        tasks.start_soon(keep_state_shown, connection, lambda: ours.state)
        tasks.start_soon(ours.run)
        try:
            yield ours
        finally:
            tasks.cancel_scope.cancel()
