"""The companion's settings, beside those that it shares with the MCP server."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

import regex
from pydantic import AfterValidator, Field, SecretStr

from mcp_voice.settings import EMPTY_SECRET, FilePath, HttpUrl, Settings, named

__all__ = ["AgentSettings"]

INSTRUCTIONS = "You are a friendly companion who helps with whatever people in this room bring up."


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be an address without user, password or query; the secret has its own setting")
    if parts.port == 0:
        raise ValueError("must have a valid port")
    return value


def _header_value(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().isprintable():
        raise ValueError("must be one line without control characters")
    return value


def _signing_key(value: SecretStr) -> SecretStr:
    key = _header_value(value).get_secret_value()
    if key and len(key) < LEAST_KEY:
        raise ValueError(f"must have at least {LEAST_KEY} characters, chosen at random")
    return value


def _expression(value: str) -> str:
    try:
        regex.compile(value)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"must be a regular expression: {error}") from None
    return value


LEAST_KEY = 16
BaseUrl = Annotated[HttpUrl, AfterValidator(_base_url)]
HeaderValue = Annotated[SecretStr, AfterValidator(_header_value)]
SigningKey = Annotated[SecretStr, AfterValidator(_signing_key)]
Expression = Annotated[str, AfterValidator(_expression)]


class AgentSettings(Settings):
    """Everything that can be set, frozen; LiveKit's and the providers' variables keep their own names."""

    agent_name: str = Field(
        "",
        max_length=64,
        description="Name for explicit dispatch. Unset: LiveKit sends the companion to every new room.",
    )
    name: str = Field(
        "",
        max_length=64,
        description="Name shown in a room, unless its configuration gives one. Unset: Companion.",
    )
    agent_instructions: str = Field(
        INSTRUCTIONS,
        description="The language model's instructions; rules for speaking are added to them.",
    )
    agent_greeting: str = Field("Hello! How can I help?", description="What is said to a human first. Empty: nothing.")
    agent_failure_message: str = Field(
        "Sorry, I cannot answer right now. Please try again in a moment.",
        max_length=300,
        description="What is said when a provider fails in a turn. Empty: nothing.",
    )
    agent_stt: str = Field("", description="Speech to text; several in fallback order. Unset: MCP_VOICE_STT.")
    vad: Literal["livekit", "silero"] = Field(
        "silero", description="Voice activity: silero (LiveKit's plugin), or livekit (built in, takes less CPU)."
    )
    agent_llm: str = Field("", description="Language models; several in fallback order. Unset: the first with a key.")
    agent_tts: str = Field("", description="Text to speech; several in fallback order. Unset: MCP_VOICE_TTS.")
    agent_temperature: float | None = Field(
        None, ge=0, le=100, description="The language model's temperature, in percent. Unset: its default."
    )
    agent_max_tokens: int = Field(
        256,
        ge=16,
        le=32_768,
        description="Longest answer of the language model, in tokens; reasoning counts.",
    )
    agent_keyterms: str = Field(
        "",
        max_length=2000,
        description="Names and words that the recogniser should expect, comma-separated, if it takes such hints.",
    )
    agent_noise_cancellation: Literal["", "nc", "bvc", "bvc-telephony"] = Field(
        "",
        description="LiveKit's noise cancellation, if its plugin is installed and the server is LiveKit Cloud: nc, "
        "bvc (other voices too), or bvc-telephony. Unset: none.",
    )
    agent_vad_threshold: float = Field(
        0.5, gt=0, lt=1, description="Speech probability that counts as voice activity, from 0 to 1."
    )
    agent_vad_silence_seconds: float = Field(
        0.25, ge=0.1, le=2, description="Silence after which voice activity has ended, in seconds."
    )
    agent_vad_speech_seconds: float = Field(
        0.05, ge=0, le=1, description="Speech after which voice activity has begun, in seconds."
    )
    agent_interruptions: bool = Field(True, description="Stop speaking when the human speaks over the companion.")
    agent_interruption_seconds: float = Field(
        0.5, ge=0, le=5, description="Speech over the companion that interrupts it, in seconds."
    )
    agent_interruption_words: int = Field(
        0, ge=0, le=20, description="How many of its words must have been recognised. 0: voice alone interrupts."
    )
    agent_false_interruption_seconds: float = Field(
        2.0, ge=0.2, le=10, description="Silence after which an interruption without words counts as false, in seconds."
    )
    agent_resume: bool = Field(True, description="Resume after an interruption without words, such as a cough.")
    agent_preemptive: bool = Field(
        True,
        description="Start recognition, the language model and the voice before the turn is certain to be over; their "
        "output is dropped if it was not.",
    )
    agent_away_seconds: float = Field(
        0.0, ge=0, le=3600, description="Silence after which a human counts as away, in seconds. 0: never."
    )
    agent_away_message: str = Field("Are you still there?", description="What is said to them then. Empty: nothing.")
    agent_filler: str = Field(
        "One moment, please.", max_length=200, description="What is said while a tool takes long. Empty: nothing."
    )
    agent_filler_seconds: float = Field(
        1.5, ge=0.2, le=30, description="How long a tool may take before that is said, in seconds."
    )
    agent_end_call: bool = Field(
        True, description="Let the language model end the conversation once the human has said goodbye."
    )
    llm_base_url: HttpUrl = Field("", description="OpenAI-compatible server for the language model only.")
    agent_mode: Literal["pipeline", "realtime"] = Field(
        "pipeline", description="How to converse: pipeline, or realtime with the pipeline as its fallback."
    )
    agent_realtime_model: str = Field("gpt-realtime", description="OpenAI's realtime model, for that mode.")
    realtime_base_url: HttpUrl = Field("", description="OpenAI-compatible server for the realtime model only.")
    groq_api_key: SecretStr = named("GROQ_API_KEY", "Key for the groq language models.", EMPTY_SECRET)
    anthropic_api_key: SecretStr = named("ANTHROPIC_API_KEY", "Key for the anthropic models.", EMPTY_SECRET)
    agent_config_url: HttpUrl = named(
        "AGENT_CONFIG_URL", "Service with a configuration for each room, at /api/agent-configs/ID. Unset: none."
    )
    agent_config_token: SecretStr = named("AGENT_CONFIG_TOKEN", "Bearer token for that service.", EMPTY_SECRET)
    agent_config_seconds: float = Field(2.0, gt=0, le=30, description="Time limit for that service, in seconds.")
    agent_config_keep_seconds: float = Field(
        30.0, ge=0, le=3600, description="How long a room's configuration is kept before it is fetched again."
    )
    agent_config_id_pattern: Expression = Field(
        "",
        max_length=200,
        description="Regular expression that finds the id of a room's configuration in the room's name: its first "
        "group, or else the whole match. Unset: the whole name.",
    )
    agent_default_tools: str = Field(
        "",
        description="Tools allowed in a room whose configuration could not be fetched or used. Unset: those that "
        "change nothing.",
    )

    webhook_url: BaseUrl = Field(
        "", description="Base address of the webhooks, such as n8n's. Unset: no send_email and query_database."
    )
    webhook_email_path: str = Field(
        "/webhook/execute-gmail", pattern="^/", description="Path of the webhook that sends an e-mail."
    )
    webhook_database_path: str = Field(
        "/webhook/query-vector-db", pattern="^/", description="Path of the webhook that queries the database."
    )
    webhook_header: str = Field(
        "Authorization", pattern=r"^[A-Za-z0-9-]+$", description="Header that carries the webhook secret."
    )
    webhook_secret: HeaderValue = Field(
        EMPTY_SECRET, description="Value of that header, sent to MCP_VOICE_WEBHOOK_URL only. Unset: no header."
    )
    webhook_signing_key: SigningKey = Field(
        EMPTY_SECRET,
        description="Key for an HMAC-SHA256 signature of each request to MCP_VOICE_WEBHOOK_URL. Unset: none.",
    )
    webhook_seconds: float = Field(
        10.0, gt=0, le=60, description="How long a webhook may take, retries included, in seconds."
    )
    webhook_bytes: int = Field(
        16_384, ge=256, le=1_048_576, description="Longest answer of a webhook, in bytes; the language model reads it."
    )
    webhook_calls_per_minute: int = Field(20, ge=1, le=1000, description="How many calls one room may make per minute.")
    agent_tools_file: FilePath = Field(None, description="More webhooks as tools, in a JSON or TOML file.")
    agent_mcp_file: FilePath = Field(
        None, description="MCP servers whose tools may be used, in a JSON file with `mcpServers`, as hosts use."
    )

    agent_port: int | None = Field(
        None,
        ge=0,
        le=65_535,
        description="Port of the worker's health check. Unset: 8081, any with dev.",
    )
    agent_host: str = Field(
        "",
        max_length=255,
        description="Address for that and for Prometheus. Unset: 127.0.0.1 with dev, connect and console, else all.",
    )
    agent_drain_seconds: int = Field(
        3600,
        ge=0,
        le=86_400,
        description="How long a stopping worker lets conversations continue. 0: no limit.",
    )
    agent_relief_seconds: float = Field(
        10.0, ge=0, le=3600, description="How often a worker looks for rooms that lost their companion. 0: never."
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Log level, on stdout; LiveKit's --log-level takes precedence."
    )
    agent_prometheus_port: int | None = Field(
        None, ge=1, le=65_535, description="Port of a Prometheus endpoint, /metrics. Unset: none."
    )
    agent_prometheus_dir: FilePath = Field(
        None, description="Folder for that endpoint's data, emptied at start. Unset: one in the user's cache."
    )
