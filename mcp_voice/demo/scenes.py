"""What happens in the demo: three questions, and what the synthetic human answers to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import as_file, files

from mcp_voice.audio import Pcm

__all__ = ["SCENES", "Scene", "clip"]

LEAD_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Scene:
    """One question and its answer."""

    title: str
    question: str
    answer: str
    """What the human says."""
    clip: str
    """File of the package's ``clips`` in which they say it."""
    choices: tuple[str, ...] = ()
    choice: str | None = None
    """The one of ``choices`` that the answer names."""
    interrupts_after: float | None = None
    """Seconds of the question after which the human speaks over it; nothing: they hear it out."""

    def sound(self) -> Pcm:
        """The answer, as it is spoken."""
        return clip(self.clip)

    def is_answered_by(self, reply: str | None) -> bool:
        """Whether these are the words that were said; case, punctuation and "that's" for "that is" do not count."""
        return _words(reply or "") == _words(self.answer)


SCENES = (
    Scene(
        title="a question with choices",
        question="I can speed up the search. The first option is a cache, the second option is an index. Which one?",
        choices=("the first option", "the second option"),
        answer="The second option.",
        choice="the second option",
        clip="the_second_option.flac",
    ),
    Scene(
        title="an open question",
        question="I would like to write a test for it first. What do you think?",
        answer="That is a good idea.",
        clip="that_is_a_good_idea.flac",
    ),
    Scene(
        title="an answer that begins over the question",
        question="The index is ready and all tests have passed. Shall I publish it now, "
        "or would you rather look at the changes before anybody else does?",
        choices=("yes", "no"),
        answer="Yes, please go ahead.",
        choice="yes",
        clip="yes_please_go_ahead.flac",
        interrupts_after=4.0,
    ),
)


def clip(file: str) -> Pcm:
    """One of the package's clips, as int16 PCM mono at 16 kHz, with 0.1 s of silence at either end."""
    with as_file(files("mcp_voice.demo") / "clips" / file) as path:
        pcm = Pcm.load(path)
    first, last = pcm.voiced()
    return pcm.cut(first - LEAD_SECONDS, last + LEAD_SECONDS)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", re.sub(r"['\u2019]s\b", " is", text.lower()))
