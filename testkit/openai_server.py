"""An OpenAI-compatible server on the loopback: real HTTP for the real plugin, with faults to switch on.

By default it speaks with ``babble`` and recognises the clips in ``testkit/speech``, so that no text is made up.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_voice.audio import Pcm
from testkit.babble import babble
from testkit.chat_model import Message, Reply, completion, echo, whole_completion
from testkit.clip_match import ClipMatch
from testkit.faults import Answer, Faulty
from testkit.serving import serving

__all__ = ["Asked", "Endpoint", "OpenAIServer", "openai_server"]

SPEECH_RATE = 24_000
PIECE_SECONDS = 0.2
MODELS = ("gpt-4o-mini-transcribe", "gpt-4o-transcribe", "whisper-1", "gpt-4o-mini-tts", "tts-1", "tts-1-hd")
PLAIN_MODELS = ("tts-1", "tts-1-hd")
"""Those for which OpenAI knows no ``stream_format`` but plain audio."""

Speak = Callable[[str], Pcm]
Transcribe = Callable[[Pcm, str, str], str]
"""From the audio, the prompt and the language (empty when not given) to the words."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came; ``text`` is what to speak, ``prompt`` the hint for a transcription."""

    path: str
    model: str
    voice: str = ""
    text: str = ""
    prompt: str = ""
    language: str = ""
    response_format: str = ""
    authorization: str = ""
    audio_bytes: int = 0
    messages: tuple[Message, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    """What else a request to the language model holds."""


class Endpoint(Faulty):
    """One path: what was asked of it, and what is wrong with it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self.delay = 0.0
        """Seconds before each answer."""

    async def answer(self, asked: Asked, answer: Callable[[], tuple[bytes, str]], closing: anyio.Event) -> Response:
        """Take a request down, and answer it or fail."""
        self.asked.append(asked)
        with anyio.move_on_after(self.delay):
            await closing.wait()
        body, media_type = answer()
        if self.fault is not None:
            return await self.fault(Answer(body, media_type, closing))
        return Response(body, media_type=media_type, headers={"x-request-id": uuid.uuid4().hex})


class OpenAIServer:
    """The server while it runs; ``speak`` and ``transcribe`` may be replaced at any time."""

    def __init__(self) -> None:
        self.base_url = ""
        self.match = ClipMatch()
        self.speak: Speak = babble
        self.transcribe: Transcribe = self._recognise
        self.reply: Reply = echo
        self.speech = Endpoint()
        self.transcriptions = Endpoint()
        self.chat = Endpoint()
        self.models = Endpoint()
        self.streams_events = True
        """Whether it knows ``stream_format: sse`` as OpenAI does; most local servers send plain audio instead."""
        self.closing = anyio.Event()

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/v1/audio/speech", self._speech, methods=["POST"]),
                Route("/v1/audio/transcriptions", self._transcription, methods=["POST"]),
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/models", self._models, methods=["GET"]),
            ]
        )

    def _recognise(self, pcm: Pcm, _prompt: str, _language: str) -> str:
        return self.match.words(pcm)

    @contextmanager
    def reading(self, transcribe: Transcribe) -> Iterator[None]:
        """Recognise in another way while the block lasts."""
        before, self.transcribe = self.transcribe, transcribe
        try:
            yield
        finally:
            self.transcribe = before

    @contextmanager
    def saying(self, reply: Reply) -> Iterator[None]:
        """Be another language model while the block lasts."""
        before, self.reply = self.reply, reply
        try:
            yield
        finally:
            self.reply = before

    async def _speech(self, request: Request) -> Response:
        wanted = await request.json()
        asked = Asked(
            path=request.url.path,
            model=wanted["model"],
            voice=wanted["voice"],
            text=wanted["input"],
            response_format=wanted.get("response_format", "mp3"),
            authorization=request.headers.get("authorization", ""),
        )
        if asked.response_format not in ("pcm", "wav"):
            return JSONResponse({"error": {"message": "Only pcm and wav are spoken here."}}, status_code=400)
        wants_events = wanted.get("stream_format") == "sse" and asked.model not in PLAIN_MODELS

        def answer() -> tuple[bytes, str]:
            pcm = self.speak(asked.text).resampled(SPEECH_RATE)
            if wants_events and self.streams_events:
                return _events(pcm), "text/event-stream"
            return (pcm.samples.tobytes(), "audio/pcm") if asked.response_format == "pcm" else (pcm.wav(), "audio/wav")

        return await self.speech.answer(asked, answer, self.closing)

    async def _transcription(self, request: Request) -> Response:
        async with request.form() as form:
            file = form["file"]
            audio = await file.read() if isinstance(file, UploadFile) else b""
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        asked = Asked(
            path=request.url.path,
            model=fields["model"],
            prompt=fields.get("prompt", ""),
            language=fields.get("language", ""),
            response_format=fields.get("response_format", "json"),
            authorization=request.headers.get("authorization", ""),
            audio_bytes=len(audio),
        )
        try:
            pcm = Pcm.from_wav(audio)
        except ValueError as error:
            return JSONResponse({"error": {"message": str(error)}}, status_code=400)

        def answer() -> tuple[bytes, str]:
            text = self.transcribe(pcm, asked.prompt, asked.language)
            told: dict[str, object] = {"text": text}
            if asked.response_format == "verbose_json":
                told |= {"task": "transcribe", "language": "english", "duration": pcm.seconds, "segments": []}
            return json.dumps(told).encode(), "application/json"

        return await self.transcriptions.answer(asked, answer, self.closing)

    async def _chat(self, request: Request) -> Response:
        wanted = await request.json()
        asked = Asked(
            path=request.url.path,
            model=wanted["model"],
            authorization=request.headers.get("authorization", ""),
            messages=tuple(wanted["messages"]),
            options={name: value for name, value in wanted.items() if name not in ("model", "messages")},
        )

        def answer() -> tuple[bytes, str]:
            said = self.reply(list(asked.messages))
            if wanted.get("stream"):
                return completion(asked.model, said), "text/event-stream"
            return whole_completion(asked.model, said), "application/json"

        return await self.chat.answer(asked, answer, self.closing)

    async def _models(self, request: Request) -> Response:
        asked = Asked(request.url.path, model="", authorization=request.headers.get("authorization", ""))
        listed = [{"id": model, "object": "model", "created": 0, "owned_by": "tests"} for model in MODELS]
        body = json.dumps({"object": "list", "data": listed}).encode()
        return await self.models.answer(asked, lambda: (body, "application/json"), self.closing)


@asynccontextmanager
async def openai_server() -> AsyncIterator[OpenAIServer]:
    """Serve on a free port of the loopback, in this event loop, until the block ends."""
    server = OpenAIServer()
    async with serving(server.app()) as port:
        server.base_url = f"http://127.0.0.1:{port}/v1"
        try:
            yield server
        finally:
            server.closing.set()


def _events(pcm: Pcm) -> bytes:
    """The audio as OpenAI's server-sent events."""
    size = round(PIECE_SECONDS * pcm.rate)
    pieces = [pcm.samples[start : start + size].tobytes() for start in range(0, len(pcm.samples), size)]
    told = [{"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()} for piece in pieces]
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    return b"".join(
        f"data: {json.dumps(event)}\n\n".encode() for event in [*told, {"type": "speech.audio.done", "usage": usage}]
    )
