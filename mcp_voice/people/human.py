"""A synthetic human in a LiveKit room, over real WebRTC: a microphone with room noise, ears, chat and a keypad.

``doctor`` and ``demo`` talk to one, and so do the tests and the benchmarks.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import anyio
from anyio.abc import TaskGroup
from livekit import rtc
from pydantic import SecretStr

from mcp_voice.audio import Pcm, silence, stereo_wav
from mcp_voice.people.microphone import Microphone, SpeechTimes, microphone
from mcp_voice.people.recorder import Recorder, laid_out, recorder
from mcp_voice.room.access import Access
from mcp_voice.room.connection import connect
from mcp_voice.settings import EMPTY_SECRET
from mcp_voice.tasks import owned_tasks

__all__ = ["ROOM_NOISE_RMS", "Human", "SpeechTimes", "human"]

CHAT_TOPIC = "lk.chat"
CAPTION_TOPIC = "lk.transcription"
FINAL_ATTRIBUTE = "lk.transcription_final"
DTMF_CODES = {digit: code for code, digit in enumerate("0123456789*#ABCD")}
"""RFC 4733, section 3.2, table 4."""
BETWEEN_KEYS_SECONDS = 0.1
READ_SECONDS = 60.0
ROOM_NOISE_RMS = 30.0
"""Level of the pink noise in a microphone, in int16 units."""
KEPT = 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """A text that arrived: a chat message, or one finished segment of captions; ``at`` is ``time.monotonic()``."""

    identity: str
    text: str
    at: float


class Inbox(Generic[T]):
    """What arrived, the last thousand of it; ``next`` takes each once."""

    def __init__(self) -> None:
        self.all: deque[T] = deque(maxlen=KEPT)
        self._send, self._receive = anyio.create_memory_object_stream[T](KEPT)

    def put(self, item: T) -> None:
        """Add one; beyond a thousand that nobody took, new ones are only in ``all``."""
        self.all.append(item)
        if self._send.statistics().current_buffer_used < KEPT:
            # What was read to its end just as we leave comes too late.
            with suppress(anyio.ClosedResourceError):
                self._send.send_nowait(item)

    async def next(self, *, limit: float) -> T:
        """The first that was not taken yet; raises TimeoutError when none comes within ``limit`` seconds."""
        with anyio.fail_after(limit):
            return await self._receive.receive()

    def close(self) -> None:
        """Nothing more will come."""
        self._send.close()
        self._receive.close()


class Mail:
    """Everything that arrives as text or data."""

    def __init__(self, connection: rtc.Room, tasks: TaskGroup) -> None:
        self._connection = connection
        self._tasks = tasks
        self.captions: Inbox[Message] = Inbox()
        self.chat: Inbox[Message] = Inbox()
        self.packets: Inbox[rtc.DataPacket] = Inbox()

    def attach(self) -> None:
        """Begin to receive."""
        self._connection.register_text_stream_handler(CHAT_TOPIC, self._on_chat)
        self._connection.register_text_stream_handler(CAPTION_TOPIC, self._on_caption)
        self._connection.on("data_received", self.packets.put)

    def detach(self) -> None:
        """Receive nothing more."""
        self._connection.unregister_text_stream_handler(CHAT_TOPIC)
        self._connection.unregister_text_stream_handler(CAPTION_TOPIC)
        self._connection.off("data_received", self.packets.put)
        for inbox in (self.captions, self.chat, self.packets):
            inbox.close()

    def _on_chat(self, reader: rtc.TextStreamReader, identity: str) -> None:
        self._tasks.start_soon(self._read, reader, identity, self.chat)

    def _on_caption(self, reader: rtc.TextStreamReader, identity: str) -> None:
        self._tasks.start_soon(self._read, reader, identity, self.captions)

    async def _read(self, reader: rtc.TextStreamReader, identity: str, inbox: Inbox[Message]) -> None:
        # Whoever sends may leave in the middle of it, and so may we.
        with anyio.move_on_after(READ_SECONDS), suppress(rtc.StreamError):
            text = await reader.read_all()
            # Interim captions say "false"; the attribute may come with the end of the stream.
            if (reader.info.attributes or {}).get(FINAL_ATTRIBUTE) != "false":
                inbox.put(Message(identity, text, time.monotonic()))


class Human:
    """A human who is in the room."""

    def __init__(self, connection: rtc.Room, speaker: Microphone, heard: Recorder, mail: Mail) -> None:
        self.connection = connection
        self.heard = heard
        """Every voice but our own: when it sounded, and a recording."""
        self.captions = mail.captions
        """Finished segments of what agents say."""
        self.chat = mail.chat
        self.packets = mail.packets
        """Data packets, as the SDK gives them."""
        self._microphone = speaker

    @property
    def identity(self) -> str:
        """Our identity in the room."""
        return self.connection.local_participant.identity

    async def speak(self, pcm: Pcm) -> SpeechTimes:
        """Say it into the microphone, after whatever is being said; returns when its last sample was played."""
        return await self._microphone.speak(pcm)

    async def subscribed(self, *, limit: float) -> None:
        """Wait until somebody gets our microphone from LiveKit's server; what is said before reaches nobody.

        Raises TimeoutError after ``limit`` seconds.
        """
        await self._microphone.subscribed(limit=limit)

    async def speak_all(self, *parts: Pcm | float) -> SpeechTimes:
        """Say several things with pauses (seconds) between them, in which the room noise goes on."""
        rate = next(part.rate for part in parts if isinstance(part, Pcm))
        pieces = [part if isinstance(part, Pcm) else silence(part, rate=rate) for part in parts]
        return await self._microphone.speak(silence(0, rate=rate).joined(*pieces))

    def hush(self) -> None:
        """Stop speaking now."""
        self._microphone.hush()

    def mute(self) -> None:
        """Mute the microphone, as with a client's button."""
        self._microphone.mute()

    def unmute(self) -> None:
        """Undo ``mute``."""
        self._microphone.unmute()

    async def unplug(self) -> None:
        """Take the microphone's track out of the room; what is being said goes on unheard."""
        await self._microphone.unplug()

    async def plug_in(self) -> None:
        """Publish the microphone anew."""
        await self._microphone.plug_in()

    @asynccontextmanager
    async def publishing(self, track_source: rtc.TrackSource.ValueType) -> AsyncIterator[Microphone]:
        """Publish another track of any source while the block lasts: a second headset, a page's music, a screen."""
        async with microphone(self.connection, noise_rms=ROOM_NOISE_RMS, track_source=track_source) as another:
            try:
                yield another
            finally:
                await another.unplug()

    async def type(self, text: str) -> None:
        """Send a chat message to everybody."""
        await self.connection.local_participant.send_text(text, topic=CHAT_TOPIC)

    async def press(self, digits: str) -> None:
        """Press keys of a phone (0 to 9, *, #, A to D), ten a second."""
        for position, digit in enumerate(digits):
            if position:
                await anyio.sleep(BETWEEN_KEYS_SECONDS)
            await self.connection.local_participant.publish_dtmf(code=DTMF_CODES[digit], digit=digit)

    async def hears_sound(self, identity: str = "", *, limit: float) -> float:
        """Wait until somebody else (or that participant) sounds; gives the instant that began.

        That is in the past when the sound is already under way. Instants are ``time.monotonic()`` seconds of the first
        audible 10 ms. Raises TimeoutError after ``limit`` seconds.
        """
        return await self.heard.sound(identity, limit=limit)

    async def hears_silence(self, identity: str = "", *, quiet: float = 0.3, limit: float) -> float:
        """Wait until nobody else has sounded for ``quiet`` seconds; gives the instant of the last sound.

        Without any sound before, that is the instant of the call. Raises TimeoutError after ``limit`` seconds.
        """
        return await self.heard.silence(identity, quiet=quiet, limit=limit)

    def recorded_since(self) -> float:
        """The instant of the first sample of ``recording``, in ``time.monotonic()`` seconds."""
        return min((at for at, _ in (*self._microphone.played, *self.heard.frames())), default=0.0)

    def recording(self) -> tuple[Pcm, Pcm]:
        """The last 10 min at 24 kHz: our own microphone, and the mix of all others, on one common clock."""
        own, others = list(self._microphone.played), self.heard.frames()
        since = self.recorded_since()
        return laid_out(own, since=since), laid_out(others, since=since)

    def record(self, path: Path) -> None:
        """Write what the room heard as a stereo WAV: our own voice left, all others right."""
        path.write_bytes(stereo_wav(*self.recording()))


@asynccontextmanager
async def human(
    url: str,
    token: str,
    *,
    room_noise_rms: float = ROOM_NOISE_RMS,
    e2ee_key: SecretStr = EMPTY_SECRET,
    plugged_in: bool = True,
    takes_sound: bool = True,
) -> AsyncIterator[Human]:
    """Join the room of the token as a human, whose microphone is on from the start and whose ears are open.

    ``room_noise_rms`` is the level of the pink noise in the microphone, in int16 units, ``e2ee_key`` the passphrase of
    a room that is end-to-end encrypted. Unless ``plugged_in`` there is no microphone until ``plug_in``, and
    unless ``takes_sound`` nobody is heard. Raises LiveKitError when the room cannot be joined.
    """
    connection = rtc.Room()
    async with (
        recorder(connection) as heard,
        _mail(connection) as mail,
        connect(Access(url, "", "", e2ee_key), connection, token, auto_subscribe=takes_sound),
        microphone(connection, noise_rms=room_noise_rms, plugged_in=plugged_in) as speaker,
    ):
        yield Human(connection, speaker, heard, mail)


@asynccontextmanager
async def _mail(connection: rtc.Room) -> AsyncIterator[Mail]:
    async with owned_tasks() as tasks:
        mail = Mail(connection, tasks)
        mail.attach()
        try:
            yield mail
        finally:
            mail.detach()
            tasks.cancel_scope.cancel()
