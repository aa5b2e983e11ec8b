"""Rooms as LiveKit's own parts hear them, to compare with: the SDK alone, or an ``AgentSession`` with its defaults.

A process of its own: told which rooms to enter, and what to do in them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import cycle

import anyio
from anyio.abc import TaskGroup
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.utils import http_context
from livekit.plugins import openai

from benchmarks.child import first_line, next_line, tell
from mcp_voice.room.sdk import track_audio
from mcp_voice.tasks import owned_tasks
from testkit.babble import babble

__all__ = ["main"]

RATE, FRAME_MS = 24_000, 20
"""As ours speaks; frames as ours hears them."""
HEARD_RATE = 16_000
NO_STUN = rtc.RtcConfiguration(ice_servers=[rtc.IceServer(urls=["stun:127.0.0.1:3478"])])
"""Not naive, but fair: a machine without DNS would look for the servers that LiveKit names."""
LONG = "and so it goes on, " * 40


class Floor:
    """One track is subscribed to and read, one is published where it is wanted, and nothing is done with either.

    It is read as ours is: streams of the SDK, as they are, wake each other with every frame.
    """

    def __init__(self, connection: rtc.Room, tasks: TaskGroup) -> None:
        self._connection = connection
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=200)
        self._published: rtc.LocalTrackPublication | None = None
        connection.on("track_subscribed", lambda track, *_: tasks.start_soon(self._read, track))

    async def start(self) -> None:
        """Nothing but the connection is needed."""

    async def publish(self, wanted: bool) -> None:  # noqa: FBT001  # told in a line
        """Have a voice published, or none."""
        ours = self._connection.local_participant
        if wanted and self._published is None:
            track = rtc.LocalAudioTrack.create_audio_track("voice", self._source)
            options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
            self._published = await ours.publish_track(track, options)
        elif not wanted and self._published is not None:
            await ours.unpublish_track(self._published.sid)
            self._published = None
            # What is published next has a source of its own, as with ours.
            await self._source.aclose()
            self._source = rtc.AudioSource(RATE, 1, queue_size_ms=200)

    async def _read(self, track: rtc.Track) -> None:
        async for _ in track_audio(track, sample_rate=HEARD_RATE, frame_ms=FRAME_MS):
            pass

    async def speak(self) -> None:
        """Play what ours plays, for as long as we are let: after noise, Opus is cheaper, and in a silence as well."""
        samples = RATE * FRAME_MS // 1000
        sound = babble(LONG).samples
        for start in cycle(range(0, len(sound) - samples, samples)):
            frame = sound[start : start + samples].tobytes()
            await self._source.capture_frame(rtc.AudioFrame(frame, RATE, 1, samples))


class Session:
    """An ``AgentSession`` as one writes it first."""

    def __init__(self, connection: rtc.Room, _: TaskGroup) -> None:
        self._connection = connection
        voice = openai.TTS(model="tts-1", voice="alloy", api_key="none", response_format="pcm")
        self._session = AgentSession[None](stt=openai.STT(model="whisper-1", api_key="none"), tts=voice)

    async def start(self) -> None:
        """Listen, and publish a voice."""
        await self._session.start(Agent(instructions=""), room=self._connection)

    async def publish(self, wanted: bool) -> None:  # noqa: FBT001  # told in a line
        """It does so all the time, by itself."""

    async def speak(self) -> None:
        """Say something long, for as long as we are let."""
        speech = self._session.say(LONG)
        try:
            await speech
        finally:
            speech.interrupt(force=True)


KINDS: dict[str, type[Floor | Session]] = {"floor": Floor, "session": Session}


async def main() -> None:
    """Enter the rooms, and do there what is wanted."""
    told = first_line()
    rooms: list[Floor | Session] = []
    speaking = anyio.CancelScope()
    async with http_context.open(), owned_tasks() as tasks:
        tell(pid=os.getpid())
        while wanted := await next_line():
            for token in wanted.get("tokens", ()):
                connection = rtc.Room()
                room = KINDS[told["kind"]](connection, tasks)
                await connection.connect(told["url"], token, rtc.RoomOptions(rtc_config=NO_STUN))
                await room.start()
                rooms.append(room)
            if "state" in wanted:
                speaking.cancel()
                for room in rooms:
                    await room.publish(wanted["publishes"])
                if wanted["state"] == "speaking":
                    speaking = anyio.CancelScope()
                    tasks.start_soon(_speak, rooms, speaking)
            tell(pid=os.getpid())
        # LiveKit's library does not always end by itself.
        os._exit(0)


async def _speak(rooms: Sequence[Floor | Session], scope: anyio.CancelScope) -> None:
    with scope:
        async with owned_tasks() as tasks:
            for room in rooms:
                tasks.start_soon(room.speak)


if __name__ == "__main__":
    anyio.run(main)
