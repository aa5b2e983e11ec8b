"""Whether a human agrees to what a tool is about to do, in the language of the conversation."""

from __future__ import annotations

from collections.abc import Collection

from mcp_voice.words.agreement import Agreement, agreement, names_in
from mcp_voice_agent.webhooks.language import ENGLISH, Language

__all__ = ["consent", "names_in"]


def consent(
    text: str, *, language: Language = ENGLISH, verbs: Collection[str] = (), names: Collection[str] = ()
) -> Agreement:
    """What this answer to "Shall I?" says; see `mcp_voice.words.agreement`."""
    return agreement(text, language=language.tag, verbs=verbs, names=names)
