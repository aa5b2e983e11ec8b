"""Rooms as LiveKit's own parts hear them, to compare with: the SDK alone, or an ``AgentSession`` with its defaults.

A process of its own: told which rooms to enter, then for how long to speak there.
"""

from __future__ import annotations

import os

import anyio
from anyio.abc import TaskGroup
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.utils import http_context
from livekit.plugins import openai

from benchmarks.child import first_line, next_line, tell
from mcp_voice.tasks import owned_tasks

__all__ = ["main"]

RATE, FRAME_MS = 24_000, 20
NO_STUN = rtc.RtcConfiguration(ice_servers=[rtc.IceServer(urls=["stun:127.0.0.1:3478"])])
"""Not naive, but fair: a machine without DNS would look for the servers that LiveKit names."""
LONG = "and so it goes on " * 40


class Floor:
    """One track is subscribed to and read, one is published, and nothing is done with either."""

    def __init__(self, connection: rtc.Room, tasks: TaskGroup) -> None:
        self._connection = connection
        self._source = rtc.AudioSource(RATE, 1, queue_size_ms=200)
        connection.on("track_subscribed", lambda track, *_: tasks.start_soon(self._read, track))

    async def start(self) -> None:
        """Publish."""
        track = rtc.LocalAudioTrack.create_audio_track("voice", self._source)
        await self._connection.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        )

    async def _read(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=16_000, num_channels=1, frame_size_ms=FRAME_MS)
        async for _ in stream:
            pass

    async def speak(self) -> None:
        """Play a sound for as long as we are let."""
        samples = RATE * FRAME_MS // 1000
        frame = rtc.AudioFrame(os.urandom(samples * 2), RATE, 1, samples)
        while True:
            await self._source.capture_frame(frame)


class Session:
    """An ``AgentSession`` as one writes it first."""

    def __init__(self, connection: rtc.Room, _: TaskGroup) -> None:
        self._connection = connection
        voice = openai.TTS(model="tts-1", voice="alloy", api_key="none", response_format="pcm")
        self._session = AgentSession[None](stt=openai.STT(model="whisper-1", api_key="none"), tts=voice)

    async def start(self) -> None:
        """Listen, and publish a voice."""
        await self._session.start(Agent(instructions=""), room=self._connection)

    async def speak(self) -> None:
        """Say something long."""
        await self._session.say(LONG)


KINDS: dict[str, type[Floor | Session]] = {"floor": Floor, "session": Session}


async def main() -> None:
    """Enter the rooms, and speak there each time that is wanted."""
    told = first_line()
    rooms = []
    async with http_context.open(), owned_tasks() as tasks:
        for token in told["tokens"]:
            connection = rtc.Room()
            room = KINDS[told["kind"]](connection, tasks)
            await connection.connect(told["url"], token, rtc.RoomOptions(rtc_config=NO_STUN))
            await room.start()
            rooms.append(room)
        tell(pid=os.getpid())
        while (wanted := await next_line()).get("speak"):
            with anyio.move_on_after(wanted["speak"]):
                async with owned_tasks() as speaking:
                    for room in rooms:
                        speaking.start_soon(room.speak)
                    await anyio.sleep_forever()
        # LiveKit's library does not always end by itself.
        os._exit(0)


if __name__ == "__main__":
    anyio.run(main)
