"""Where LiveKit and the speech providers are, and the keys that open them."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from mcp_voice.settings.value_types import EMPTY_SECRET, HttpUrl, LanguageTag, LiveKitUrl, harmless, named

__all__ = ["ProviderSettings"]


class ProviderSettings(BaseSettings):
    """The first of the settings; ``settings.Settings`` has the rest, and reads them."""

    model_config = SettingsConfigDict(
        env_prefix="MCP_VOICE_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        populate_by_name=True,
    )

    livekit_url: LiveKitUrl = named(
        "LIVEKIT_URL", "LiveKit server, as ws:// or wss://. Unset: an embedded server on this machine."
    )
    livekit_api_key: str = named("LIVEKIT_API_KEY", "API key of that server.")
    livekit_api_secret: SecretStr = named("LIVEKIT_API_SECRET", "API secret of that server.", EMPTY_SECRET)
    e2ee_key: SecretStr = Field(
        EMPTY_SECRET, description="Passphrase that the rooms' clients share for end-to-end encryption. Unset: none."
    )

    stt: str = Field(
        "",
        description="Speech to text, as provider/model:language, local/model or offline. Unset: the best with a key.",
    )
    tts: str = Field(
        "", description="Text to speech, as provider/model:voice, local/voice or offline. Unset: the best with a key."
    )
    openai_api_key: SecretStr = named("OPENAI_API_KEY", "Key for the openai provider.", EMPTY_SECRET)
    openai_base_url: HttpUrl = named("OPENAI_BASE_URL", "Any OpenAI-compatible server, for both directions.")
    stt_base_url: HttpUrl = Field("", description="OpenAI-compatible server for speech to text only.")
    tts_base_url: HttpUrl = Field("", description="OpenAI-compatible server for text to speech only.")
    stt_seconds: float = harmless(
        300, "How long speech to text may take for an utterance; it is retried meanwhile.", ge=1, le=3600
    )
    tts_seconds: float = harmless(
        60, "How long text to speech may take for the first sound of a sentence.", ge=1, le=600
    )
    deepgram_api_key: SecretStr = named("DEEPGRAM_API_KEY", "Key for the deepgram provider.", EMPTY_SECRET)
    deepgram_base_url: HttpUrl = Field(
        "", description="Another Deepgram server, such as https://api.eu.deepgram.com or your own."
    )
    cartesia_api_key: SecretStr = named("CARTESIA_API_KEY", "Key for the cartesia provider.", EMPTY_SECRET)
    language: LanguageTag = harmless("en", "Language spoken in the rooms, as a BCP 47 tag.")
