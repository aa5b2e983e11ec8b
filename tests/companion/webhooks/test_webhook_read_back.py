"""A human hears all that they say yes to: nothing of it is cut, and no voice leaves any of it out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from livekit.agents.voice.transcription.filters import filter_emoji, filter_markdown

from mcp_voice_agent.models.spoken_text import without_marks
from mcp_voice_agent.webhooks.consent import names_in
from mcp_voice_agent.webhooks.language import ENGLISH
from mcp_voice_agent.webhooks.read_back import NotReadable, read_back

pytestmark = pytest.mark.anyio


async def _spoken(sentence: str) -> str:
    async def whole() -> AsyncIterator[str]:
        yield sentence

    return "".join([piece async for piece in without_marks(filter_emoji(filter_markdown(whole())))])


@pytest.mark.parametrize(
    "arguments",
    [
        {"a": "x" * 790, "to": "mallory@evil.example", "amount": 9000},
        {f"filler{number}": "lorem ipsum dolor " * 9 for number in range(5)} | {"amount": 9000},
        {"items": ["a word or two"] * 70},
        {"n" * 900: 1},
        {"a": [[[[[[[[[[1]]]]]]]]]]},
    ],
)
def test_arguments_that_would_be_cut_cannot_be_read_back(arguments: dict[str, Any]) -> None:
    """The model chooses their order, so what is done unheard would be its choice, or that of who steers it."""
    with pytest.raises(NotReadable):
        read_back("Send money", arguments, ENGLISH)


@pytest.mark.parametrize(
    ("arguments", "heard"),
    [
        ({"to": "[Bob](https://evil.example/x)"}, "Bob evil.example/x"),
        ({"url": "https://evil.example/pay?amount=999999#now"}, "evil.example/pay?amount=999999#now"),
        ({"url": "www.evil.example/" + "long/" * 20 + "end"}, "long end"),
        ({"text": "~~nine~~ **hundred** ![x](y) `code` ```js\nthree```"}, "nine hundred code three"),
        ({"text": "# head\n> quote\n- item\n* * *\nlast"}, "head quote item last"),
        ({"text": "<b>bold</b> a|b <hidden>"}, "bold hidden"),
        ({"to": {"name": "Ann", "tags": ["x_y", "z"]}, "n": None, "ok": True}, "name Ann tags x y z None True"),
    ],
)
async def test_every_word_of_the_arguments_reaches_the_voice(arguments: dict[str, Any], heard: str) -> None:
    """Marks of Markdown are taken out of what is spoken, and web addresses shortened, so none is left in."""
    asked = read_back("Send", arguments, ENGLISH)
    spoken = names_in(await _spoken(asked.sentence))
    assert asked.read_out <= spoken
    assert names_in(heard) <= spoken


def test_arguments_of_a_minute_are_read_back_whole() -> None:
    """One long text is as good as many short ones."""
    note = "we meet at noon and bring the plans along " * 18
    assert note.strip() in read_back("Write a note", {"text": note}, ENGLISH).sentence
