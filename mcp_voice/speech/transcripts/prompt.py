"""What a recogniser is told of the choices, and how to know it when it comes back.

Given a noise, a recogniser writes its prompt, or a part of it, and with one choice that would be consent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

__all__ = ["is_prompt", "prompt_for", "without_prompt"]

LEAD = "The answer is one of:"
WORD = re.compile(r"[^\W_]+[+#%]*")
OTHER_PROMPT = re.compile(r"^\W*the answer is one of(?:\s?:[^.!?]*)?[.!?…\s]*$", re.IGNORECASE)
"""For choices of another question of ours."""
TRAILING = re.compile(r"[^\w\s]*\s*")
ONE = (["one"], ["1"])
LEAST_RUN = 2
LEAST_CUT_RUN = 3
LEAST_LISTED = 3


def prompt_for(choices: Sequence[str]) -> str:
    """The hint at the choices; empty for none."""
    return f"{LEAD} {', '.join(choices)}." if choices else ""


def without_prompt(text: str, choices: Sequence[str]) -> str:
    """What was said before or after the whole prompt: "Yes." of "Yes. The answer is one of: yes, no."."""
    prompt = _words(prompt_for(choices))
    spans = list(WORD.finditer(text)) if prompt else []
    said = [span[0].casefold() for span in spans]
    kept, at, place = "", 0, 0
    while place + len(prompt) <= len(said) and prompt:
        if said[place] != prompt[0] or said[place : place + len(prompt)] != prompt:
            place += 1
            continue
        kept += text[at : spans[place].start()]
        place += len(prompt)
        at = TRAILING.match(text, spans[place - 1].end()).end()  # type: ignore[union-attr]  # it matches anything
    if not at:
        return text
    left = f"{kept}{text[at:]}".strip()
    words = _words(left)
    return "" if words == prompt[: len(words)] else left


def is_prompt(text: str, choices: Sequence[str], *, interim: bool = False, spoke: bool = False) -> bool:
    """Whether a text is the prompt, its start, its list or a run of it, in any case and punctuation.

    A name alone, or a part of one, is what a human says. So are two of several names, and "the answer is one" where
    one may be chosen.

    Args:
        text: All that was read.
        choices: Those of the prompt.
        interim: Whether more may come: then the first word of the prompt is enough to wait for it.
        spoke: Whether words have been read of this sound before: then the list is what somebody said.
    """
    said, names = _words(text), [_words(choice) for choice in choices]
    if OTHER_PROMPT.match(text):
        return True
    if not said or any(_within(said, name) for name in names):
        return False
    prompt = _words(prompt_for(choices))
    if interim and _begins(prompt, said):
        return True
    return _runs(said, prompt, names) or (not spoke and _lists(said, names))


def _runs(said: list[str], prompt: list[str], names: list[list[str]]) -> bool:
    """Whether these words are a run of the prompt that has some of its own in it, and not only those of names."""
    if len(said) < LEAST_RUN or (said[-1] == "one" and any(name in ONE for name in names)):
        return False
    cut_off = len(said) >= LEAST_CUT_RUN
    for start in range(len(_words(LEAD)) if prompt else 0):
        run = prompt[start : start + len(said)]
        if said == run or (cut_off and _begins(run, said)):
            return True
    return False


def _lists(said: list[str], names: list[list[str]]) -> bool:
    """Whether these are all names, or three and more of them, in their order; letters and digits may be dictated."""
    listed = [word for name in names for word in name]
    edges = list(accumulate((len(name) for name in names), initial=0))
    if len(names) <= 1 or all(len("".join(name)) == 1 for name in names):
        return False
    for number, start in enumerate(edges):
        end = start + len(said)
        if end in edges and listed[start:end] == said:
            return edges.index(end) - number >= min(len(names), LEAST_LISTED)
    return False


def _begins(run: list[str], said: list[str]) -> bool:
    """Whether a run begins with these words, of which the last may be cut off."""
    whole = len(said) - 1
    return len(said) <= len(run) and said[:whole] == run[:whole] and run[whole].startswith(said[whole])


def _within(said: list[str], name: list[str]) -> bool:
    return any(name[start : start + len(said)] == said for start in range(len(name) - len(said) + 1))


def _words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]
