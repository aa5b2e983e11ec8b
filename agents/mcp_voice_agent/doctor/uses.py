"""What part of the companion uses each setting."""

from __future__ import annotations

__all__ = ["PART_OF", "used_by"]

NOT_OURS = "the MCP server only"
USES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("LiveKit", ("livekit_url", "livekit_api_key", "livekit_api_secret", "e2ee_key", "agent_name")),
    ("embedded LiveKit server", ("livekit_server", "state_dir")),
    ("speech to text", ("agent_stt", "stt", "stt_base_url", "stt_seconds", "agent_keyterms")),
    ("voice", ("agent_tts", "tts", "tts_base_url", "tts_seconds")),
    ("speech to text, voice", ("deepgram_api_key", "deepgram_base_url", "language")),
    ("voice of cartesia", ("cartesia_api_key",)),
    ("models of openai", ("openai_api_key", "openai_base_url")),
    ("local models of speech", ("models_dir", "models_mirror", "models_proxy", "fetch_models")),
    ("language model", ("agent_llm", "llm_base_url", "agent_temperature", "agent_max_tokens", "agent_instructions")),
    ("language models of groq", ("groq_api_key",)),
    ("language models of anthropic", ("anthropic_api_key",)),
    ("realtime model", ("agent_mode", "agent_realtime_model", "realtime_base_url")),
    (
        "what is said by itself",
        (
            "agent_greeting", "agent_failure_message", "agent_away_message", "agent_away_seconds", "agent_filler",
            "agent_filler_seconds",
        ),
    ),
    (
        "turns",
        (
            "vad", "patience", "ask_seconds", "agent_noise_cancellation", "agent_vad_threshold",
            "agent_vad_silence_seconds", "agent_vad_speech_seconds", "agent_interruptions",
            "agent_interruption_seconds", "agent_interruption_words", "agent_false_interruption_seconds",
            "agent_resume", "agent_preemptive",
        ),
    ),
    (
        "configuration of rooms",
        (
            "agent_config_url", "agent_config_token", "agent_config_seconds", "agent_config_keep_seconds",
            "agent_config_id_pattern", "agent_default_tools", "cache_dir",
        ),
    ),
    (
        "tools",
        (
            "webhook_url", "webhook_email_path", "webhook_database_path", "webhook_header", "webhook_secret",
            "webhook_signing_key", "webhook_seconds", "webhook_bytes", "webhook_calls_per_minute", "agent_tools_file",
            "agent_mcp_file", "agent_end_call",
        ),
    ),
    ("worker", ("agent_port", "agent_host", "agent_drain_seconds", "agent_relief_seconds", "env_file")),
    ("metrics and logs", ("agent_prometheus_port", "agent_prometheus_dir", "log_level", "log_speech")),
    ("the demo", ("name", "rooms")),
    (
        NOT_OURS,
        (
            "wait_seconds", "keep_seconds", "quiet_seconds", "nobody", "room", "open_browser", "page_port", "page_url",
            "page_host", "page_certificate", "page_key", "page_token", "captions", "turn_detector",
            "http_url", "http_tokens", "http_tokens_file", "http_hang_up_seconds",
            "http_issuer", "http_jwks_url", "http_audience", "http_metrics", "store", "store_key", "workers",
            "most_rooms",
        ),
    ),
)  # fmt: skip
PART_OF = {field: part for part, fields in USES for field in fields}


def used_by(field: str) -> str:
    """The part that a field of the settings is for; empty where nobody has said so yet."""
    return PART_OF.get(field, "")
