"""Our voice as clients see it: an ``AgentSession`` with nothing but an audio output, a transcript and a state.

The session gives what a LiveKit client expects of an agent: one audio track, ``lk.transcription`` in step with the
sound, ``lk.agent.state``, and the part of a sentence that was really played when it is interrupted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import anyio
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.voice.io import AudioOutput
from livekit.agents.voice.room_io import AudioOutputOptions, RoomOptions
from livekit.rtc.participant import UnpublishTrackError

from mcp_voice.errors import LiveKitError
from mcp_voice.room.events import HUMAN_KINDS

__all__ = ["PublishedVoice", "published_voice"]

TRACK_NAME = "mcp-voice"
CLOSE_SECONDS = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class PublishedVoice:
    """A session that has started; its track is published as soon as a human is in the room."""

    session: AgentSession[None]
    output: AudioOutput
    connection: rtc.Room

    @property
    def taken_up(self) -> asyncio.Future[None] | None:
        """Done once somebody has subscribed to the track."""
        return self.session.room_io.subscribed_fut

    @property
    def may_be_unpublished(self) -> bool:
        """Whether the end of that would be seen: not while it is being published, or the connection resumed."""
        connected = self.connection.connection_state == rtc.ConnectionState.CONN_CONNECTED
        return connected and self.taken_up is not None and self.taken_up.done()


@asynccontextmanager
async def published_voice(connection: rtc.Room) -> AsyncIterator[PublishedVoice]:
    """Have a voice in a room that we are connected to; no track is left at the end."""
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
        audio_output=AudioOutputOptions(track_name=TRACK_NAME),
        participant_kinds=HUMAN_KINDS,
        close_on_disconnect=False,
    )
    with anyio.move_on_after(CLOSE_SECONDS):
        await _unpublish(connection)  # What could not be while the connection was being resumed.
    starting = asyncio.ensure_future(
        session.start(Agent(instructions=""), room=connection, room_options=options, session_host=False, record=False)
    )
    try:
        # A start that is cancelled half-way leaks the session's tasks.
        await asyncio.shield(starting)
        output = session.output.audio
        if output is None:
            raise LiveKitError("The LiveKit session started without an audio output.", fix="Try again.")
        yield PublishedVoice(session, output, connection)
    finally:
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            await asyncio.wait([starting])
            await session.aclose()
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            await _unpublish(connection)


async def _unpublish(connection: rtc.Room) -> None:
    """A session that is closed leaves its track published (livekit-agents 1.8.9)."""
    ours = connection.local_participant
    for track in [each.sid for each in ours.track_publications.values() if each.name == TRACK_NAME]:
        # While the connection is being resumed, it would wait for the end of that.
        if connection.connection_state == rtc.ConnectionState.CONN_CONNECTED:
            with suppress(UnpublishTrackError):  # It is gone already.
                await ours.unpublish_track(track)
