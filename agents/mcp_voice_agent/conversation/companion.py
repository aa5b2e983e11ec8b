"""The companion's part in a conversation."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Protocol

import anyio
from livekit import rtc
from livekit.agents import (
    NOT_GIVEN,
    Agent,
    APIConnectionError,
    APIError,
    ErrorEvent,
    FlushSentinel,
    ModelSettings,
    llm,
    stt,
    tts,
)

from mcp_voice_agent.conversation.handover import Due, Predecessor
from mcp_voice_agent.conversation.hold import Hold
from mcp_voice_agent.learned import Asked, remembered
from mcp_voice_agent.models.heard_words import spoken_of
from mcp_voice_agent.models.sound_bounds import SoundBounds
from mcp_voice_agent.webhooks import VoiceTools

__all__ = ["Companion", "People"]

WORD_FOR_WORD = "Say the following, word for word, in the language in which it is written, and nothing else:\n\n"
APOLOGY = "The connection broke while the human spoke. Apologise in one short sentence and ask them to say it again."

FIRST_DEAF_SECONDS = 0.5
MOST_DEAF_SECONDS = 8.0
"""A recogniser that is away is asked again so often, beside LiveKit's half a second."""


class Reached(Protocol):
    """Whether anybody takes our sound."""

    def absent(self) -> bool:
        """Whether surely nobody does."""

    async def known(self) -> None:
        """Wait until that is known, or somebody probably does."""


class _Somebody:
    def absent(self) -> bool:
        return False

    async def known(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class People:
    """Those in the room: how the language model is told who of them said what, and whether any takes our sound."""

    named: Callable[[llm.ChatContext], llm.ChatContext] = lambda chat_ctx: chat_ctx
    listening: Reached = field(default_factory=_Somebody)


class Companion(Agent):
    """Greets, answers, and says nothing while somebody else has the floor.

    ``realtime`` hears and speaks instead of the session's models; ``predecessor`` gives what a
    broken one leaves behind, to go on with. ``people`` are those in the room,
    ``keyterms`` what the recogniser was told to expect.
    """

    def __init__(
        self,
        *,
        instructions: str,
        greeting: str,
        floor: Hold,
        tools: VoiceTools,
        keyterms: Sequence[str] = (),
        people: People | None = None,
        realtime: llm.RealtimeModel | None = None,
        predecessor: Predecessor | None = None,
    ) -> None:
        super().__init__(
            instructions=instructions,
            tools=tools,
            stt=None if realtime else NOT_GIVEN,
            llm=realtime or NOT_GIVEN,
            turn_handling={"turn_detection": "realtime_llm"} if realtime else NOT_GIVEN,
        )
        self._greeting = greeting
        self._floor = floor
        self._keyterms = keyterms
        self._people = people or People()
        self._realtime = realtime is not None
        self._predecessor = predecessor
        self._deaf_seconds = 0.0

    async def on_enter(self) -> None:
        """Say what is due, or else greet, as soon as nobody else has the floor."""
        due = await self._take_over(self._predecessor) if self._predecessor else "nothing"
        await self._people.listening.known()
        await self._floor.free()
        if due == "answer":
            self.session.generate_reply()
        elif due == "apology":
            self.session.generate_reply(instructions=APOLOGY)
        elif self._greeting and not any(message.role == "assistant" for message in self.chat_ctx.messages()):
            self._greet()

    async def learn(self, asked: Asked) -> None:
        """Remember what another agent says that it asked, and was answered."""
        chat_ctx = self.chat_ctx.copy()
        remembered(chat_ctx, asked)
        # The model that has just broken is not told; the one that takes over is.
        with suppress(llm.RealtimeError):
            await self.update_chat_ctx(chat_ctx)

    async def _take_over(self, predecessor: Predecessor) -> Due:
        given = predecessor()
        # Which puts the instructions first again.
        await self.update_chat_ctx(given.chat_ctx.merge(self.chat_ctx, exclude_instructions=True))
        return given.due

    def _greet(self) -> None:
        if self._realtime:
            self.session.generate_reply(instructions=WORD_FOR_WORD + self._greeting)
        else:
            self.session.say(self._greeting)

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncIterator[stt.SpeechEvent]:
        """Turn speech into words, and come back from every failure: what is said meanwhile is kept.

        LiveKit opens a stream anew that has failed by an error of the provider, after half a second; any other error
        would leave us deaf for good. One that fails before it has heard anything waits longer each time.
        """
        try:
            async for event in Agent.default.stt_node(self, audio, model_settings):
                self._deaf_seconds = 0.0
                for spoken in spoken_of(event, keyterms=self._keyterms):
                    yield spoken
        except Exception as error:
            await anyio.sleep(self._deaf_seconds)
            self._deaf_seconds = min(MOST_DEAF_SECONDS, 2 * self._deaf_seconds or FIRST_DEAF_SECONDS)
            if isinstance(error, APIError):
                raise
            raise APIConnectionError(f"the recogniser failed: {type(error).__name__}") from None

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncIterator[llm.ChatChunk | str | FlushSentinel]:
        """Have the language model answer; an answer without a word and without a tool call is a failure of its own.

        To LiveKit it is an answer like any other, and the human would wait for ever.
        """
        answered = False
        async for chunk in Agent.default.llm_node(self, self._people.named(chat_ctx), tools, model_settings):
            answered = answered or _says_something(chunk)
            yield chunk
        if not answered:
            nothing = ValueError("the language model answered with nothing")
            failed = llm.LLMError(timestamp=time.time(), label="llm", error=nothing, recoverable=False)
            self.session.emit("error", ErrorEvent(error=failed, source=self.session.llm))

    async def tts_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncIterator[rtc.AudioFrame]:
        """Turn an answer into sound, but not before the floor is free, and only while anybody takes it."""
        await self._people.listening.known()
        await self._floor.free()
        if self._people.listening.absent():
            return
        bounds = SoundBounds()
        try:
            async with aclosing(Agent.default.tts_node(self, bounds.into(text), model_settings)) as frames:
                async for frame in bounds.out_of(frames):
                    if self._people.listening.absent():
                        return
                    yield frame
        except APIError:
            raise
        except Exception as error:
            # LiveKit tells only of the providers' own errors.
            failed = tts.TTSError(timestamp=time.time(), label="voice", error=error, recoverable=False)
            self.session.emit("error", ErrorEvent(error=failed, source=self.session.tts))
            raise

    async def realtime_audio_output_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncIterator[rtc.AudioFrame]:
        """Let a realtime model's sound out, but not before the floor is free."""
        await self._floor.free()
        async for frame in Agent.default.realtime_audio_output_node(self, audio, model_settings):
            if self._people.listening.absent():
                return
            yield frame


def _says_something(chunk: llm.ChatChunk | str | FlushSentinel) -> bool:
    """Whether a part of an answer is a word, or a call of a tool."""
    if isinstance(chunk, str):
        return bool(chunk.strip())
    delta = chunk.delta if isinstance(chunk, llm.ChatChunk) else None
    return delta is not None and bool(delta.tool_calls or (delta.content or "").strip())
