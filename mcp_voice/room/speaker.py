"""Our voice in a room: an ``AgentSession`` with nothing but an audio output, a transcript and a state.

The session gives what a LiveKit client expects of an agent: one audio track, ``lk.transcription`` in step with the
sound, ``lk.agent.state``, and the part of a sentence that was really played when it is interrupted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.voice import SpeechHandle
from livekit.agents.voice.io import AudioOutput, PlaybackStartedEvent
from livekit.agents.voice.room_io import AudioOutputOptions, RoomOptions

from mcp_voice.errors import SHOWS_MORE, LiveKitError, TTSError, quoted
from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.room.events import HUMAN_KINDS
from mcp_voice.room.state_shown import keep_state_shown
from mcp_voice.speech.playing import Playing
from mcp_voice.speech.synthesis import Synthesis
from mcp_voice.tasks import owned_tasks

__all__ = ["SessionPlayout", "Speaker", "speaker"]

SUBSCRIBE_SECONDS = 10.0
CLOSE_SECONDS = 3.0
LAST_WORDS = 80
"""Characters of what was spoken, in an error that ended it."""
NOT_TAKEN_UP = OutsideFault(
    "not-heard",
    "Nobody in the room received our audio within {limit:.0f} s, so the question was not heard",
    f"The human's client must subscribe to audio, and UDP to the LiveKit server must be open; {SHOWS_MORE}",
)


class SessionPlayout:
    """One sentence while and after it is played; satisfies ``link.Playout``."""

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
                "TTS sent no sound that could be played.",
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

    def __init__(self, session: AgentSession[None], output: AudioOutput, lost: asyncio.Future[None]) -> None:
        self._session = session
        self._output = output
        self._lost = lost

    @asynccontextmanager
    async def say(self, speech: Synthesis) -> AsyncIterator[SessionPlayout]:
        """Speak one sentence; leaving the block silences what is left of it."""
        await self._taken_up()
        spoken = SessionPlayout(speech, self._output, self._lost)
        spoken.begin(self._session)
        try:
            yield spoken
        finally:
            spoken.stop()

    async def _taken_up(self) -> None:
        """Wait until somebody subscribes to our audio; raises LiveKitError if nobody does.

        The session would wait, too, but a sentence that is stopped meanwhile cancels the session's own future, and
        then it never speaks again.
        """
        taken_up = self._session.room_io.subscribed_fut
        if taken_up is None:
            return
        await asyncio.wait([taken_up, self._lost], timeout=SUBSCRIBE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if self._lost.done():
            self._lost.result()
        if not taken_up.done():
            raise NOT_TAKEN_UP.filled(limit=SUBSCRIBE_SECONDS).error(LiveKitError, "")


@asynccontextmanager
async def speaker(connection: rtc.Room, lost: asyncio.Future[None]) -> AsyncIterator[Speaker]:
    """Publish our voice in a room that we are connected to; ``lost`` fails when the connection does."""
    session = AgentSession[None](
        vad=None,
        turn_handling={"turn_detection": "manual", "interruption": {"mode": "vad"}},
        aec_warmup_duration=None,
        session_close_transcript_timeout=0.0,
        user_away_timeout=None,
    )
    options = RoomOptions(
        audio_input=False,
        text_input=False,
        audio_output=AudioOutputOptions(track_name="mcp-voice"),
        participant_kinds=HUMAN_KINDS,
        close_on_disconnect=False,
    )
    starting = asyncio.ensure_future(
        session.start(Agent(instructions=""), room=connection, room_options=options, session_host=False, record=False)
    )
    try:
        # A start that is cancelled half-way leaks the session's tasks.
        await asyncio.shield(starting)
        output = session.output.audio
        if output is None:
            raise LiveKitError("The LiveKit session started without an audio output.", fix="Try again.")
        async with owned_tasks() as tasks:
            tasks.start_soon(keep_state_shown, connection, lambda: session.agent_state)
            yield Speaker(session, output, lost)
            tasks.cancel_scope.cancel()
    finally:
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            await asyncio.wait([starting])
            await session.aclose()
