"""A voice that nobody has used for a while is unpublished, and published again for the next sentence."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from pydantic import SecretStr

from mcp_voice.people.human import Human
from mcp_voice.room.access import Access, token
from mcp_voice.room.connection import connect
from mcp_voice.room.speaker import Speaker, speaker
from mcp_voice.speech.synthesis import synthesis
from testkit.clip_match import ClipMatch
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

OURS = "mcp-voice-test"
WORDS = "that is a good idea"
FEW = 4
UNUSED_SECONDS = 0.5
TIMES = 3


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
async def in_room(rig: Rig, room: str, *, key: str = "") -> AsyncIterator[Ours]:
    """We, connected to it through the gate."""
    connection = rtc.Room()
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    access = Access(rig.gate.url, rig.access.api_key, rig.access.api_secret, e2ee_key=SecretStr(key))
    jwt = token(access, room_name=room, identity=OURS, name="Us", kind="agent")
    async with (
        connect(access, connection, jwt, auto_subscribe=False),
        speaker(connection, lost, unused_seconds=UNUSED_SECONDS) as ours,
    ):
        yield Ours(ours, connection)


@asynccontextmanager
async def _hears_whole(person: Human, match: ClipMatch) -> AsyncIterator[None]:
    """Whoever is in the room hears what is said in the block from its first word to its last, by its sound."""
    begun = time.monotonic()
    yield
    await until(lambda: person.heard.sounds and person.heard.sounds[-1].ended_at > begun, limit=LIMIT)
    await person.hears_silence(OURS, quiet=0.6, limit=LIMIT)
    first, *others = [pcm for at, pcm in person.heard.frames(OURS) if at > begun]
    words = match.words(first.joined(*others))
    # On a busy machine a sound may be torn, and then a part of it is heard twice.
    assert (words[:FEW], words[-FEW:]) == (WORDS[:FEW], WORDS[-FEW:])


@pytest.mark.parametrize("key", ["", "a shared passphrase"])
async def test_every_sentence_after_a_pause_is_heard_whole(rig: Rig, room: str, key: str) -> None:
    """Though the track is another one each time; and no track, thread or task is left."""
    match, threads, tasks = ClipMatch(), 0, 0
    async with rig.person(room, "alice", e2ee_key=key) as alice, in_room(rig, room, key=key) as ours:
        for _ in range(TIMES):
            async with _hears_whole(alice, match):
                await ours.say(WORDS)
            await _unpublished(ours, alice)
            assert alice.connection.remote_participants[OURS].attributes["lk.agent.state"] == "listening"
            threads, tasks = threads or threading.active_count(), tasks or len(asyncio.all_tasks())
        # The pools of Python's own may have grown; what is left of each time would be more.
        assert threading.active_count() < threads + TIMES - 1
        # Some live for a moment only, such as what asks for the statistics of a track.
        await until(lambda: len(asyncio.all_tasks()) <= tasks, limit=LIMIT)


async def test_a_sentence_that_comes_while_the_voice_is_being_unpublished_is_heard_whole(
    rig: Rig, room: str, alice: Human
) -> None:
    """Whatever the moment."""
    match = ClipMatch()
    async with in_room(rig, room) as ours:
        for number in range(4):
            await ours.say(WORDS)
            await anyio.sleep(UNUSED_SECONDS - 0.004 + 0.004 * number)
            async with _hears_whole(alice, match):
                await ours.say(WORDS)


@pytest.mark.parametrize("seconds", [0.0, 4 * UNUSED_SECONDS])
async def test_a_connection_that_broke_meanwhile_leaves_one_track(
    rig: Rig, room: str, alice: Human, seconds: float
) -> None:
    """Resumed at once, or while the voice should have been unpublished."""
    match = ClipMatch()
    async with in_room(rig, room) as ours:
        await ours.say(WORDS)
        back = anyio.Event()
        ours.connection.on("reconnected", back.set)
        rig.gate.shut()
        try:
            await rig.gate.slam()
            await anyio.sleep(seconds)
        finally:
            rig.gate.open()
        with anyio.fail_after(LIMIT):
            await back.wait()
        await _unpublished(ours, alice)
        async with _hears_whole(alice, match):
            await ours.say(WORDS)
            assert ours.tracks == len(alice.connection.remote_participants[OURS].track_publications) == 1


async def test_whoever_comes_while_there_is_no_voice_hears_the_next_sentence(rig: Rig, room: str, alice: Human) -> None:
    """As those do who were there."""
    match = ClipMatch()
    async with in_room(rig, room) as ours:
        await ours.say(WORDS)
        await _unpublished(ours, alice)
        async with rig.person(room, "bob") as bob:
            await until(lambda: len(ours.connection.remote_participants) == 2, limit=LIMIT)
            async with _hears_whole(bob, match):
                await ours.say(WORDS)


async def _unpublished(ours: Ours, person: Human) -> None:
    await until(lambda: not ours.tracks, limit=LIMIT)
    await until(lambda: not person.connection.remote_participants[OURS].track_publications, limit=LIMIT)
