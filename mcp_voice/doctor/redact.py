"""Nothing secret leaves doctor: every text that it shows goes through here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pydantic import SecretStr

from mcp_voice.doctor.visit import Given
from mcp_voice.foreign import printable
from mcp_voice.redaction import without_secrets
from mcp_voice.settings import Settings, variable

__all__ = ["redaction"]

LEAST_LENGTH = 4
"""A shorter value would be found in ordinary words."""


def redaction(given: Given) -> Callable[[str], str]:
    """A function that takes out of a text all secrets that the settings hold, tokens, logins, and what steers."""
    secrets = sorted(set(_secrets(given)), key=len, reverse=True)

    def redacted(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "…")
        return printable(without_secrets(text))

    return redacted


def _secrets(given: Given) -> Iterable[str]:
    fields = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]
    names = {*map(variable, fields), *(f"MCP_VOICE_{field.upper()}" for field in fields)}
    for values in (given.environment, given.dotenv):
        yield from (value for name, value in values.items() if name in names and len(value) >= LEAST_LENGTH)
