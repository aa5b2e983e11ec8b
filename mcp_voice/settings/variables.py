"""The environment variables that set the settings, and which of them a folder's ``.env`` may set."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_voice.settings.fields import Settings

__all__ = ["harmless_fields", "names", "variable"]


def variable(field: str, kind: type[Settings] | None = None) -> str:
    """The environment variable that sets the given field, of ``kind`` if it is not one that all programs have."""
    alias = (kind or Settings).model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"MCP_VOICE_{field.upper()}"


def names(field: str, kind: type[Settings] | None = None) -> tuple[str, ...]:
    """All variables that set it: one with a foreign name can be set under ours as well."""
    return variable(field, kind), f"MCP_VOICE_{field.upper()}"


def harmless_fields(kind: type[Settings]) -> Iterator[str]:
    """The fields that the working directory's ``.env`` may set; one that is new is not among them until declared so."""
    for field, info in kind.model_fields.items():
        if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("harmless"):
            yield field
