"""A voice that nobody has used for a while is unpublished, and published again for the next sentence, all of which is heard."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from mcp_voice.audio import Pcm
from mcp_voice.people.human import Human
from mcp_voice.room.access import token
from mcp_voice.room.connection import connect
from mcp_voice.room.speaker import Speaker, speaker
from mcp_voice.speech.synthesis import synthesis
from testkit.clip_match import ClipMatch
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

OURS = "mcp-voice-test"
WORDS = "that is a good idea"
UNUSED_SECONDS = 0.5
TIMES = 6


class _Stream(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        pcm = voice_of(self._input_text)
        output_emitter.initialize(
            request_id="1", sample_rate=pcm.rate, num_channels=1, mime_type="audio/pcm", stream=False
        )
        output_emitter.push(pcm.samples.tobytes())
        output_emitter.flush()


class ClipTTS(tts.TTS[None]):
    """Speaks what there are clips of, at once."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=24_000, num_channels=1)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """The clip."""
        return _Stream(tts=self, input_text=text, conn_options=conn_options)


@dataclass
class Ours:
    """We in a room."""

    speaker: Speaker
    connection: rtc.Room

    @property
    def tracks(self) -> int:
        """How many of ours are published."""
        return len(self.connection.local_participant.track_publications)

    async def say(self, text: str) -> None:
        """Speak it to its end."""
        async with synthesis(ClipTTS(), text, provider="clips", key="") as speech, self.speaker.say(speech) as playout:
            await playout.done()


@asynccontextmanager
async def in_room(rig: Rig, room: str) -> AsyncIterator[Ours]:
    """We, connected to it."""
    connection = rtc.Room()
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    jwt = token(rig.access, room_name=room, identity=OURS, name="Us", kind="agent")
    async with (
        connect(rig.access, connection, jwt, auto_subscribe=False),
        speaker(connection, lost, unused_seconds=UNUSED_SECONDS) as ours,
    ):
        yield Ours(ours, connection)


async def _heard(person: Human, match: ClipMatch, *, sounds: int) -> str:
    """What was said, by its sound."""
    await until(lambda: len(person.heard.sounds) >= sounds, limit=LIMIT)
    await person.hears_silence(quiet=0.4, limit=LIMIT)
    last = person.heard.sounds[-1]
    first, *others = [pcm for at, pcm in person.heard.frames(OURS) if at > last.began_at - 0.3]
    return match.words(first.joined(*others))


async def test_every_sentence_after_a_pause_is_heard_whole(rig: Rig, room: str, alice: Human) -> None:
    """From its first word on, though the track is another one each time, and no track, thread or task is left."""
    match, threads = ClipMatch(), 0
    async with in_room(rig, room) as ours:
        for number in range(TIMES):
            await ours.say(WORDS)
            assert await _heard(alice, match, sounds=number + 1) == WORDS
            await until(lambda: not ours.tracks, limit=LIMIT)
            agent = alice.connection.remote_participants[OURS]
            await until(lambda there=agent: not there.track_publications, limit=LIMIT)
            assert agent.attributes["lk.agent.state"] == "listening"
            threads = threads or threading.active_count()
            tasks = len(asyncio.all_tasks())
            if number == 1:
                before = tasks
    assert threading.active_count() <= threads
    assert tasks <= before
