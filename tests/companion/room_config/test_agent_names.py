"""How the language model is told who of several humans said what."""

from __future__ import annotations

from typing import Any

import pytest
from livekit.agents import llm

from mcp_voice_agent.conversation.linking import SEVERAL, with_names
from mcp_voice_agent.learned import SPEAKER, Asked, learned, remembered

NAMES = {"a1": "Alice", "b2": "Bob"}


def conversation(*turns: tuple[str, str]) -> llm.ChatContext:
    """Instructions, and turns with answers; an empty identity is not written down yet."""
    chat_ctx = llm.ChatContext.empty()
    chat_ctx.add_message(role="system", content="Be short.")
    for identity, words in turns:
        chat_ctx.add_message(role="user", content=words, extra={SPEAKER: identity} if identity else {})
        chat_ctx.add_message(role="assistant", content="Yes.")
    return chat_ctx


def shown(chat_ctx: llm.ChatContext, **given: Any) -> list[str]:
    """The texts of a conversation as the language model sees them, but its own."""
    seen = with_names(chat_ctx, NAMES, **given)
    return [each.text_content or "" for each in seen.messages() if each.role != "assistant"]


def test_one_human_has_no_name_before_their_words() -> None:
    """Nobody else could have said it."""
    chat_ctx = conversation(("a1", "hello"), ("", "what now"))
    assert with_names(chat_ctx, NAMES, now="a1", several=False) is chat_ctx


def test_where_several_are_there_each_turn_begins_with_a_name() -> None:
    """The one that is just being answered, too; the conversation itself stays as it is."""
    chat_ctx = conversation(("a1", "hello"), ("", "what now"))
    assert shown(chat_ctx, now="b2", several=True) == ["Be short.", SEVERAL, "Alice: hello", "Bob: what now"]
    assert [each.text_content for each in chat_ctx.messages() if each.role == "user"] == ["hello", "what now"]


def test_names_stay_when_one_of_two_has_left() -> None:
    """Else the turns of the one would become the other's."""
    chat_ctx = conversation(("a1", "hello"), ("b2", "what now"))
    assert shown(chat_ctx, now="b2", several=False)[2:] == ["Alice: hello", "Bob: what now"]


@pytest.mark.parametrize("whose", ["", "stranger"])
def test_words_of_nobody_known_have_no_name(whose: str) -> None:
    """They may be of two."""
    chat_ctx = conversation(("a1", "hello"))
    chat_ctx.add_message(role="user", content="yes", extra={SPEAKER: whose})
    assert shown(chat_ctx, now="a1", several=True)[2:] == ["Alice: hello", "yes"]


def test_what_another_agent_told_us_has_no_name() -> None:
    """Nobody has said it to us."""
    asked = Asked("Shall I?", "yes", "a1")
    chat_ctx = conversation(("a1", "hello"), ("b2", "what now"))
    remembered(chat_ctx, asked)
    assert shown(chat_ctx, now="b2", several=True)[-1] == learned(asked)
