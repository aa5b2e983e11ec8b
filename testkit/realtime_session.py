"""One session of the tests' Realtime server: the events of the protocol, in the order in which OpenAI sends them."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import anyio
import numpy as np
from anyio.abc import TaskGroup

from mcp_voice.audio import Pcm
from testkit.chat_model import Call, Message, Reply
from testkit.energy_vad import RATE, InputBuffer
from testkit.realtime_items import Event, Items, new_id

__all__ = ["Asked", "Minds", "RealtimeSession", "Step"]

PIECE_SECONDS = 0.2
PACE_SECONDS = 0.02
"""Between two pieces of sound: ten times as fast as they are played, so that an answer can be cancelled on its way."""
LEAST_SECONDS = 0.1
"""The API refuses to commit less."""

Send = Callable[[Event], Awaitable[None]]
Step = Literal["write", "answer", "speak"]
"""To write down what was said, to begin an answer, and to speak it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a response was made from, as a chat model would have been asked; ``said`` is what it answered."""

    messages: tuple[Message, ...]
    said: str | Call
    voice: str


@dataclass(frozen=True, slots=True)
class Minds:
    """What hears, thinks and speaks in a session; where ``may`` says no, the connection breaks or the answer fails."""

    words: Callable[[Pcm], str]
    reply: Reply
    speak: Callable[[str], Pcm]
    may: Callable[[Step], bool]
    ready: Callable[[], Awaitable[None]]
    """Returns when a response may begin."""


class _Response:
    """An answer while it is given."""

    def __init__(self, metadata: Any) -> None:
        self.id = new_id("resp")
        self.metadata = metadata
        self.scope = anyio.CancelScope()
        self.reason = "client_cancelled"
        self.done = anyio.Event()

    def told(self, status: str, **more: Any) -> Event:
        """As the API shows it."""
        return {
            "id": self.id, "object": "realtime.response", "status": status, "status_details": None, "output": [],
            "metadata": self.metadata, "usage": None, **more,
        }  # fmt: skip


class RealtimeSession:
    """What a client does in one connection; ``events`` are those that it sent, without the sound."""

    def __init__(self, model: str, minds: Minds, send: Send, hang_up: Callable[[], None], tasks: TaskGroup) -> None:
        self.minds = minds
        self.hang_up = hang_up
        self.events: list[Event] = []
        self.asked: list[Asked] = []
        self.items = Items(self.tell, self.fail)
        self.appended_seconds = 0.0
        self.settings: Event = {"type": "realtime", "id": new_id("sess"), "model": model, "audio": {}}
        self._send, self._tasks = send, tasks
        self._buffer = InputBuffer()
        self._speech_item = ""
        self._active: _Response | None = None
        self._written = anyio.Event()
        self._written.set()

    @property
    def hears_speech(self) -> bool:
        """Whether somebody is speaking."""
        return self._buffer.speaking

    def config(self, *path: str) -> Any:
        """A setting of the session's audio, such as ``input``, ``turn_detection``."""
        found: Any = self.settings["audio"]
        for name in path:
            found = (found or {}).get(name)
        return found

    async def tell(self, kind: str, **fields: Any) -> None:
        """Send an event."""
        await self._send({"type": kind, "event_id": new_id("event"), **fields})

    async def fail(self, asked: Event, code: str, message: str) -> None:
        """Say that an event could not be obeyed."""
        error = {"type": "invalid_request_error", "code": code, "message": message, "param": None}
        await self.tell("error", error={**error, "event_id": asked.get("event_id")})

    async def take(self, event: Event) -> None:
        """Obey one event of the client."""
        if event["type"] != "input_audio_buffer.append":
            self.events.append(event)
        obey = getattr(self, f"_on_{event['type'].replace('.', '_')}", None)
        if obey is None:
            await self.fail(event, "invalid_value", f"No such event here: {event['type']}.")
        else:
            await obey(event)

    async def _on_session_update(self, event: Event) -> None:
        wanted = dict(event["session"])
        for direction, changed in (wanted.pop("audio", None) or {}).items():
            self.settings["audio"][direction] = {**self.settings["audio"].get(direction, {}), **changed}
        self.settings.update(wanted)
        await self.tell("session.updated", session=self.settings)

    async def _on_input_audio_buffer_append(self, event: Event) -> None:
        samples = np.frombuffer(base64.b64decode(event["audio"]), dtype="<i2")
        self.appended_seconds += len(samples) / RATE
        detection = self.config("input", "turn_detection")
        for change in self._buffer.append(samples, detect=bool(detection)):
            if change == "started":
                self._speech_item = new_id("item")
                at = round(self.appended_seconds * 1000)
                await self.tell("input_audio_buffer.speech_started", audio_start_ms=at, item_id=self._speech_item)
                if detection.get("interrupt_response", True):
                    self._cancel("turn_detected")
            else:
                at = round(self.appended_seconds * 1000)
                await self.tell("input_audio_buffer.speech_stopped", audio_end_ms=at, item_id=self._speech_item)
                await self._commit(self._speech_item)
                if detection.get("create_response", True):
                    await self._respond({})

    async def _on_input_audio_buffer_clear(self, _: Event) -> None:
        self._buffer.clear()
        await self.tell("input_audio_buffer.cleared")

    async def _on_input_audio_buffer_commit(self, event: Event) -> None:
        if self._buffer.pcm.seconds < LEAST_SECONDS:
            await self.fail(event, "input_audio_buffer_commit_empty", "Expected at least 100 ms of audio.")
        else:
            await self._commit(new_id("item"))

    async def _commit(self, item_id: str) -> None:
        words = self.minds.words(self._buffer.pcm)
        self._buffer.clear()
        previous = self.items.last
        await self.tell("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous)
        heard = {"type": "input_audio", "transcript": None, "words": words}
        item = {"id": item_id, "type": "message", "role": "user", "status": "completed", "content": [heard]}
        await self.items.insert(item, previous)
        self._written = anyio.Event()
        self._tasks.start_soon(self._transcribe, item_id, words, self._written)

    async def _transcribe(self, item_id: str, words: str, written: anyio.Event) -> None:
        if not self.minds.may("write"):
            self.hang_up()
        elif self.config("input", "transcription"):
            place = {"item_id": item_id, "content_index": 0}
            await self.tell("conversation.item.input_audio_transcription.delta", delta=words, **place)
            usage = {"type": "tokens", "input_tokens": 10, "output_tokens": 2, "total_tokens": 12}
            await self.tell(
                "conversation.item.input_audio_transcription.completed", transcript=words, usage=usage, **place
            )
        written.set()

    async def _on_conversation_item_create(self, event: Event) -> None:
        await self.items.create(event)

    async def _on_conversation_item_delete(self, event: Event) -> None:
        await self.items.delete(event)

    async def _on_conversation_item_truncate(self, event: Event) -> None:
        await self.items.truncate(event)

    async def _on_response_cancel(self, event: Event) -> None:
        if self._active is None:
            await self.fail(event, "response_cancel_not_active", "Cancellation failed: no active response found")
        else:
            self._cancel("client_cancelled")

    def _cancel(self, reason: str) -> None:
        if self._active is not None:
            self._active.reason = reason
            self._active.scope.cancel()

    async def _on_response_create(self, event: Event) -> None:
        if self._active is not None:
            await self.fail(event, "conversation_already_has_active_response", "There is an active response.")
        else:
            await self._respond(event.get("response") or {})

    async def _respond(self, wanted: Event) -> None:
        if not self.minds.may("answer"):
            await self._written.wait()
            self.hang_up()
            return
        self._tasks.start_soon(self._answer, wanted)

    async def _answer(self, wanted: Event) -> None:
        await self.minds.ready()
        if self._active is not None:  # Cancelled, and not yet at its end.
            await self._active.done.wait()
        self._active = response = _Response(wanted.get("metadata"))
        await self.tell("response.created", response=response.told("in_progress"))
        messages = [{"role": "system", "content": self.settings.get("instructions") or ""}, *self.items.messages()]
        if wanted.get("instructions"):  # For this one response alone.
            messages.append({"role": "system", "content": wanted["instructions"]})
        said = self.minds.reply(messages)
        self.asked.append(Asked(tuple(messages), said, self.config("output", "voice") or ""))
        able = self.minds.may("speak")
        with response.scope:
            if able:
                await (self._call(response, said) if isinstance(said, Call) else self._say(response, said))
        self._active = None
        if response.scope.cancelled_caught:
            details = {"type": "cancelled", "reason": response.reason}
            await self.tell("response.done", response=response.told("cancelled", status_details=details))
        elif not able:
            error = {"type": "server_error", "code": "overloaded", "message": "Injected fault."}
            await self.tell("response.done", response=response.told("failed", status_details={"error": error}))
        else:
            usage = {"total_tokens": 30, "input_tokens": 10, "output_tokens": 20}
            await self.tell("response.done", response=response.told("completed", usage=usage))
        response.done.set()

    async def _say(self, response: _Response, said: str) -> None:
        part = {"type": "output_audio", "transcript": ""}
        item: Event = {"id": new_id("item"), "type": "message", "role": "assistant", "content": [part]}
        of = {"response_id": response.id, "output_index": 0}
        at = {**of, "item_id": item["id"], "content_index": 0}
        pcm = self.minds.speak(said).resampled(RATE)
        item["seconds"] = pcm.seconds
        await self.tell("response.output_item.added", item={**item, "status": "in_progress", "content": []}, **of)
        await self.items.insert(item, self.items.last)
        await self.tell("response.content_part.added", part={"type": "audio", "transcript": ""}, **at)
        pieces = _pieces(pcm)
        words = said.split(" ")
        for number, piece in enumerate(pieces):
            share = slice(number * len(words) // len(pieces), (number + 1) * len(words) // len(pieces))
            text = " ".join(words[share])
            if text:
                text = f" {text}" if part["transcript"] else text
                part["transcript"] += text
                await self.tell("response.output_audio_transcript.delta", delta=text, **at)
            await self.tell("response.output_audio.delta", delta=piece, **at)
            await anyio.sleep(PACE_SECONDS)
        await self.tell("response.output_audio.done", **at)
        await self.tell("response.output_audio_transcript.done", transcript=said, **at)
        await self.tell("response.content_part.done", part={"type": "audio", "transcript": said}, **at)
        await self.tell("response.output_item.done", item={**item, "status": "completed"}, **of)

    async def _call(self, response: _Response, call: Call) -> None:
        item: Event = {"id": new_id("item"), "type": "function_call", "call_id": new_id("call"), "name": call.name}
        of = {"response_id": response.id, "output_index": 0}
        arguments = json.dumps(call.arguments)
        await self.tell("response.output_item.added", item={**item, "status": "in_progress", "arguments": ""}, **of)
        await self.items.insert({**item, "arguments": ""}, self.items.last)
        self.items.all[-1]["arguments"] = arguments
        at = {**of, "item_id": item["id"], "call_id": item["call_id"]}
        await self.tell("response.function_call_arguments.done", arguments=arguments, **at)
        await self.tell("response.output_item.done", item={**item, "arguments": arguments, "status": "completed"}, **of)


def _pieces(pcm: Pcm) -> list[str]:
    size = round(PIECE_SECONDS * RATE)
    starts = range(0, len(pcm.samples), size)
    return [base64.b64encode(pcm.samples[start : start + size].tobytes()).decode() for start in starts]
