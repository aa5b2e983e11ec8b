"""Seven voice names that every provider understands, and what a temperature in percent means to each."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["NAMES", "REALTIME", "VOICES", "is_listed", "llm_temperature", "own_voice", "realtime_temperature"]

NAMES = ("alloy", "echo", "fable", "onyx", "nova", "shimmer", "coral")
REALTIME = "realtime"
"""OpenAI's realtime models, which have other voices than its text to speech."""

VOICES = MappingProxyType(
    {
        # All seven are in the client's list (openai.types.audio.speech_create_params).
        "openai": {name: name for name in NAMES},
        # The client's list (openai.types.realtime.realtime_audio_config_output) lacks fable, onyx and nova.
        # Nearest: an expressive storyteller, a low man's voice, a bright woman's voice.
        REALTIME: {name: name for name in NAMES} | {"fable": "ballad", "onyx": "cedar", "nova": "marin"},
        # Ids of Cartesia's public library, as printed in docs.cartesia.ai (Katie), docs.livekit.io (Jacqueline, Blake)
        # and the voice lists of its resellers. They speak every language of the sonic models.
        "cartesia": {
            "alloy": "f786b574-daa5-4673-aa0c-cbe3e8534c02",  # Katie: even and realistic, the plugin's default.
            "echo": "a167e0f3-df7e-4d52-a9c3-f949145efdab",  # Blake: a helpful man.
            "fable": "c99d36f3-5ffd-4253-803a-535c1bc9c306",  # Griffin: a British narrator.
            "onyx": "42b39f37-515f-4eee-8546-73e841679c1d",  # James, "Wise Guide Man": deep and deliberate.
            "nova": "694f9389-aac1-45b6-b726-9d9369183238",  # Sarah: natural and expressive.
            "shimmer": "00a77add-48d5-4ef6-8157-71e5437b282d",  # Callie, "Calm Lady": calm and nurturing.
            "coral": "9626c31c-bec5-4cca-baa8-f8ba9e84c8bc",  # Jacqueline: a confident young woman.
        },
        # developers.deepgram.com/docs/tts-models. A voice is a model there, and speaks one language: English here.
        "deepgram": {
            "alloy": "aura-2-andromeda-en",  # Casual, expressive, comfortable.
            "echo": "aura-2-apollo-en",  # A man: confident, comfortable, casual.
            "fable": "aura-2-draco-en",  # A British man: warm, approachable, baritone.
            "onyx": "aura-2-zeus-en",  # A man: deep, trustworthy, smooth.
            "nova": "aura-2-thalia-en",  # Clear, confident, energetic.
            "shimmer": "aura-2-luna-en",  # Friendly, natural, engaging.
            "coral": "aura-2-cordelia-en",  # Approachable, warm, polite.
        },
    }
)
"""By provider: what each of the seven names is there. ``offline`` has one voice, ``local`` two: they are not here."""

REALTIME_RANGE = (0.6, 1.2)
"""What OpenAI's realtime API took when it had a temperature."""
LLM_RANGE = (0.0, 2.0)
LLM_LIMITS = MappingProxyType({"anthropic": 1.0})
"""Providers that refuse the upper part of that range (docs.anthropic.com, Messages API)."""


def is_listed(provider: str, name: str) -> bool:
    """Whether a name is one of the seven, and the provider has a voice for it."""
    return name.lower() in VOICES.get(provider, {})


def own_voice(provider: str, name: str) -> str:
    """A provider's own name for a voice; names beyond the seven stay as they are, for the provider to judge."""
    return VOICES.get(provider, {}).get(name.lower(), name)


def realtime_temperature(percent: float) -> float:
    """Map 0 to 100 linearly to 0.6 to 1.2."""
    return _between(REALTIME_RANGE, percent)


def llm_temperature(percent: float, provider: str = "") -> float:
    """Map 0 to 100 linearly to 0 to 2, cut off where the provider named would refuse the request."""
    return min(_between(LLM_RANGE, percent), LLM_LIMITS.get(provider, LLM_RANGE[1]))


def _between(span: tuple[float, float], percent: float) -> float:
    low, high = span
    # Rounded, as 0.6 + 0.6 * 0.5 is 0.8999999999999999 and goes over the wire so.
    return round(low + (high - low) * min(max(percent, 0.0), 100.0) / 100.0, 4)
