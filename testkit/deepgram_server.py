"""A server on the loopback that streams words as Deepgram does: real WebSockets for the real plugin.

https://developers.deepgram.com/reference/speech-to-text/listen-streaming
"""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import anyio
import numpy as np
from aiohttp import WSMsgType, web

from mcp_voice.audio import Pcm
from mcp_voice.tasks import Bell
from testkit.streaming_ears import StreamingEars, Told
from testkit.websocket_site import websocket_site

__all__ = ["DeepgramServer", "Heard", "deepgram_server"]


@dataclass(frozen=True, slots=True)
class Heard:
    """Final words, when the last of their sound was heard, and when they were told (``time.monotonic()``)."""

    text: str
    heard_at: float
    told_at: float


@dataclass(slots=True)
class DeepgramServer:
    """The server while it runs; ``recognise`` and ``on_final`` may be replaced at any time."""

    base_url: str
    recognise: Callable[[Pcm], str]
    on_final: Callable[[Heard], None] = lambda _: None
    heard_seconds: float = 0.0
    """Sound that has arrived over all connections."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """The query of each connection."""
    told: list[Told] = field(default_factory=list)
    """What was sent, in its order."""
    _heard: Bell = field(default_factory=Bell)

    async def has_heard(self, seconds: float, *, limit: float) -> None:
        """Wait until that much sound has arrived; raises TimeoutError after ``limit`` seconds."""
        with anyio.fail_after(limit):
            while self.heard_seconds < seconds:
                await self._heard.wait()

    def hear(self, seconds: float) -> None:
        """So much more sound has arrived."""
        self.heard_seconds = round(self.heard_seconds + seconds, 6)
        self._heard.ring()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        self.asked.append(dict(request.query))
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        connection = _Connection(self, websocket, _ears(self.recognise, request))
        async with anyio.create_task_group() as tasks:
            async for message in websocket:
                said = json.loads(message.data)["type"] if message.type is WSMsgType.TEXT else ""
                for each in connection.hear(message.data if message.type is WSMsgType.BINARY else b"", said):
                    tasks.start_soon(connection.tell, each)
                if said == "CloseStream":
                    break
            else:
                tasks.cancel_scope.cancel()
        await websocket.close()
        return websocket


def _ears(recognise: Callable[[Pcm], str], request: web.Request) -> StreamingEars:
    wanted = request.query.get("endpointing", "10")
    endpointing = 0.0 if wanted == "false" else float(wanted) / 1000
    return StreamingEars(recognise, rate=int(request.query["sample_rate"]), endpointing=endpointing)


@dataclass(slots=True)
class _Connection:
    server: DeepgramServer
    websocket: web.WebSocketResponse
    ears: StreamingEars
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    finished: int = -1
    """The last segment whose words are final."""

    def hear(self, sound: bytes, said: str) -> Iterable[Told]:
        """Take a message: sound as int16 samples, or what the client says."""
        now = time.monotonic()
        if said in ("Finalize", "CloseStream"):
            return self.ears.finalize(now)
        samples = np.frombuffer(sound, dtype="<i2")
        self.server.hear(len(samples) / self.ears.rate)
        return self.ears.take(samples, now)

    async def tell(self, told: Told) -> None:
        await anyio.sleep(max(0.0, told.due_at - time.monotonic()))
        if told.segment <= self.finished or self.websocket.closed:
            return
        if told.kind == "final":
            self.finished = told.segment
            self.server.on_final(Heard(told.text, told.heard_at, time.monotonic()))
        self.server.told.append(told)
        with suppress(ConnectionError):  # Left by the client.
            await self.websocket.send_json(self._message(told))

    def _message(self, told: Told) -> dict[str, Any]:
        if told.kind == "started":
            return {"type": "SpeechStarted", "channel": [0], "timestamp": told.start}
        final = told.kind == "final"
        alternative = {"transcript": told.text, "confidence": 0.99, "words": _words(told)}
        return {
            "type": "Results", "channel_index": [0, 1], "start": told.start, "duration": told.end - told.start,
            "is_final": final, "speech_final": final, "from_finalize": False,
            "channel": {"alternatives": [alternative]},
            "metadata": {"request_id": self.request_id, "model_uuid": ""},
        }  # fmt: skip


def _words(told: Told) -> list[dict[str, Any]]:
    """Its words, each as long as the others."""
    words = told.text.split()
    each = (told.end - told.start) / max(1, len(words))
    return [
        {
            "word": word, "punctuated_word": word, "confidence": 0.99,
            "start": told.start + index * each, "end": told.start + (index + 1) * each,
        }
        for index, word in enumerate(words)
    ]  # fmt: skip


@asynccontextmanager
async def deepgram_server(recognise: Callable[[Pcm], str]) -> AsyncIterator[DeepgramServer]:
    """Serve on a free port of the loopback, in this event loop, until the block ends; ``recognise`` knows the words."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = DeepgramServer(f"http://127.0.0.1:{listening.getsockname()[1]}", recognise)
        async with websocket_site(listening, "/v1/listen", server.serve):
            yield server
