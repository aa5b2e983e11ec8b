"""What is said in the demo: by the human, by the other agent, and by the script that stands for a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from mcp_voice.audio import Pcm
from mcp_voice.demo.scenes import Scene, clip
from mcp_voice_agent.learned import question_and_reply

__all__ = ["ASK", "GREETING", "TURNS", "ChatMessage", "ScriptedTurn", "answer"]

ChatMessage = dict[str, Any]
"""A message of OpenAI's chat completions."""

GREETING = "Hello, I am the companion of this room. How can I help?"
ASK = Scene(
    title="mcp-voice asks, and the companion steps back",
    question="For a faster search the first option is a cache, the second one is an index.",
    choices=("the first option", "the second option"),
    answer="Go ahead with the first option.",
    choice="the first option",
    clip="go_ahead_with_the_first_option.flac",
)


@dataclass(frozen=True, slots=True)
class ScriptedTurn:
    """What the human says, in the clip of the same words."""

    title: str
    words: str

    def sound(self) -> Pcm:
        """The words, as int16 PCM mono at 16 kHz, with 0.1 s of silence at either end."""
        return clip(f"{'_'.join(re.findall('[a-z]+', self.words.lower()))}.flac")


TURNS = (
    ScriptedTurn("a question for the companion", "What time is it?"),
    ScriptedTurn("the companion knows what was asked and answered", "Tell me more about it."),
    ScriptedTurn("the human speaks over the answer", "We should use a different approach."),
)

EXPLANATION = (
    "A cache keeps what has been found once, so that the same search is answered at once the next time. "
    "It has to be told when something changes, and it takes memory, so it should forget what nobody asks for any more."
)


def answer(messages: Sequence[ChatMessage]) -> str:
    """What the script says next. It goes by who spoke last, so that a word that was misheard does not throw it off."""
    spoken = [each for each in messages if each["role"] in ("assistant", "user")]
    heard = _text(spoken[-1]) if spoken else ""
    # A turn may come in pieces where the machine is busy.
    since = takewhile(lambda message: message["role"] == "user", reversed(spoken))
    told = next(filter(None, (question_and_reply(_text(each)) for each in since)), None)
    if told:
        question, reply = told
        return f"You were asked: {question} You answered: {reply.rstrip('.')}. {EXPLANATION}"
    if "time" in heard.lower().split():
        return f"It is {datetime.now().astimezone():%H:%M}."
    return "All right. What shall it be instead?"


def _text(message: ChatMessage) -> str:
    """The words of a message, whose content may be a list of parts."""
    content = message.get("content") or ""
    words = content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)
    return words.strip()
