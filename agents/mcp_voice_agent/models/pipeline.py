"""Speech to text, language model and speech for one room, made from the settings and closed with the room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from livekit.agents import llm, stt, tts
from livekit.agents.utils import http_context
from livekit.agents.vad import VAD

from mcp_voice.errors import BadSettings
from mcp_voice.settings import listed
from mcp_voice.speech.activity import PLUGIN
from mcp_voice.speech.catalogue import Direction, choose, make_shared, make_stt, make_tts, preload
from mcp_voice.speech.catalogue import modules as speech_modules
from mcp_voice.speech.offers import Choice
from mcp_voice.speech.provider_http import guard_session
from mcp_voice_agent.models.faults import FailingPart
from mcp_voice_agent.models.keyterms import tell_keyterms
from mcp_voice_agent.models.llm import LANGUAGE_MODELS, chosen_models, make_llms
from mcp_voice_agent.models.preflight_stt import PreflightSTT
from mcp_voice_agent.settings import AgentSettings

__all__ = ["SERVERS", "Lineup", "ModelEngine", "Pipeline", "choices", "modules", "pipeline"]

SERVERS = "mcp_voice_agent.mcp_servers.room"
"""With the SDK of MCP, which takes a second to import."""
ATTEMPT_SECONDS = 5.0
"""Silence that a human puts up with before the next language model is asked."""
RETRIES = 1
"""The first follows at once, a second after two seconds of silence."""


ModelEngine = stt.STT[Any] | llm.LLM[Any] | tts.TTS[Any]


@dataclass(frozen=True, slots=True)
class Lineup:
    """What a part is made of, in the order of fallback."""

    part: FailingPart
    chosen: Sequence[Choice]
    engines: Sequence[ModelEngine]
    whole: ModelEngine
    """What the session uses: the only engine, or LiveKit's adapter that chooses between them, perhaps in a stream."""

    @property
    def adapter(self) -> stt.FallbackAdapter | llm.FallbackAdapter | tts.FallbackAdapter | None:
        """What chooses between several engines."""
        whole = self.whole.wrapped_stt if isinstance(self.whole, stt.StreamAdapter) else self.whole
        return whole if isinstance(whole, stt.FallbackAdapter | llm.FallbackAdapter | tts.FallbackAdapter) else None

    def place(self, engine: ModelEngine) -> int:
        """Which of the engines it is, or is the stream of; raises ValueError if none."""
        return self.engines.index(engine.wrapped_stt if isinstance(engine, stt.StreamAdapter) else engine)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The three parts of an ``AgentSession``, and what each is made of."""

    stt: stt.STT[Any]
    llm: llm.LLM[Any]
    tts: tts.TTS[Any]
    lineups: Sequence[Lineup] = ()


def choices(settings: AgentSettings, direction: Direction) -> list[Choice]:
    """What the settings name for one direction, in the order of fallback."""
    wanted = settings.agent_stt if direction == "stt" else settings.agent_tts
    return [choose(settings.model_copy(update={direction: each}), direction) for each in listed(wanted)] or [
        choose(settings, direction)
    ]


def modules(settings: AgentSettings) -> list[str]:
    """What a conversation with these settings imports, so that all rooms share it; nothing where they cannot work."""
    try:
        spoken = [speech_modules(each) for each in (*choices(settings, "stt"), *choices(settings, "tts"))]
        thought = [LANGUAGE_MODELS.offers[each.provider].modules for each in chosen_models(settings)]
    except BadSettings:
        return []
    activity = (PLUGIN,) if settings.vad == "silero" else ()
    served = (SERVERS,) if settings.agent_mcp_file else ()
    return list(dict.fromkeys(module for each in (*spoken, *thought, activity, served) for module in each))


async def _recogniser(settings: AgentSettings, choice: Choice, closing: AsyncExitStack) -> stt.STT[Any]:
    await preload(choice)
    shared = make_shared(settings, choice)
    if shared is not None:
        closing.push_async_callback(shared.aclose)
    made = make_stt(settings, choice, shared)
    tell_keyterms(made, choice, settings.agent_keyterms)
    closing.push_async_callback(made.aclose)
    return made


def _listener(settings: AgentSettings, made: list[stt.STT[Any]], vad: VAD, closing: AsyncExitStack) -> stt.STT[Any]:
    """One recogniser made of all, in the order of fallback."""

    def streaming(recogniser: stt.STT[Any]) -> stt.STT[Any]:
        early = settings.agent_preemptive
        opened = PreflightSTT(recogniser, vad) if early else stt.StreamAdapter(stt=recogniser, vad=vad)
        closing.push_async_callback(opened.aclose)
        return opened

    if any(each.capabilities.streaming for each in made):
        streams = [each if each.capabilities.streaming else streaming(each) for each in made]
        return streams[0] if len(streams) == 1 else stt.FallbackAdapter(streams)
    # An utterance that one cannot recognise goes to the next; of a stream that fails it would be lost.
    return streaming(made[0] if len(made) == 1 else stt.FallbackAdapter(made, vad=vad))


async def _synthesizer(settings: AgentSettings, choice: Choice, closing: AsyncExitStack) -> tts.TTS[Any]:
    await preload(choice)
    made = make_tts(settings, choice)
    closing.push_async_callback(made.aclose)
    return made


@asynccontextmanager
async def pipeline(settings: AgentSettings, vad: VAD) -> AsyncIterator[Pipeline]:
    """Make the parts, each with its fallbacks; raises BadSettings. They are closed when the block ends."""
    with suppress(RuntimeError):  # Outside a job and without a context of its own nothing has such a client.
        guard_session(http_context.http_session())
    async with AsyncExitStack() as closing:
        heard, thought, voiced = choices(settings, "stt"), chosen_models(settings), choices(settings, "tts")
        ears = [await _recogniser(settings, choice, closing) for choice in heard]
        voices = [await _synthesizer(settings, choice, closing) for choice in voiced]
        minds = make_llms(settings)
        for mind in minds:
            # The adapter would not close those that it chooses from.
            closing.push_async_callback(mind.aclose)
        ear = _listener(settings, ears, vad, closing)
        mind = minds[0] if len(minds) == 1 else llm.FallbackAdapter(minds, attempt_timeout=ATTEMPT_SECONDS)
        voice = voices[0] if len(voices) == 1 else tts.FallbackAdapter(voices, max_retry_per_tts=RETRIES)
        lineups = (
            Lineup("stt", heard, ears, ear),
            Lineup("llm", thought, minds, mind),
            Lineup("tts", voiced, voices, voice),
        )
        yield Pipeline(ear, mind, voice, lineups)
