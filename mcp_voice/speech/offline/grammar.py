"""pocketsphinx beside the model, for short answers only: its acoustic model and a small grammar, no language model."""

from __future__ import annotations

import mmap
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_voice.speech.noise import NoiseFloor, voiced_frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_voice.speech.answers import Guess

__all__ = ["Grammar", "open_grammar"]

CMN = "41.00,-5.29,-0.12,5.09,2.48,-4.07,-1.37,-1.78,-5.08,-2.05,-6.45,-1.42,1.17"
DICTIONARY = ("en-us", "cmudict-en-us.dict")


class _Dictionary:
    """The sounds of a word, looked up in the file: held in memory it takes 30 MB."""

    def __init__(self, path: Path, resources: ExitStack) -> None:
        file = resources.enter_context(path.open("rb"))
        self._text = resources.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def sounds(self, word: str) -> str | None:
        """ARPAbet phones with spaces between, or None."""
        head = f"\n{word} ".encode()
        at = self._text.find(head)
        if at < 0:
            return None
        start = at + len(head)
        return self._text[start : self._text.find(b"\n", start)].decode().strip()


class Grammar:
    """Hears which short answer is nearest."""

    def __init__(self, resources: ExitStack) -> None:
        """Raises ImportError where there is no pocketsphinx."""
        from pocketsphinx import get_model_path  # noqa: PLC0415  # not on every Python

        from mcp_voice.speech.answers import ShortAnswers  # noqa: PLC0415

        dictionary = _Dictionary(Path(get_model_path()).joinpath(*DICTIONARY), resources)
        self._answers = ShortAnswers(dictionary.sounds, cmninit=CMN, resources=resources)
        self._floor = NoiseFloor()

    def guess(self, pcm: bytes, choices: Sequence[str]) -> Guess | None:
        """The nearest answer, of ``choices`` and the common ones; int16 mono at 16 kHz."""
        self._answers.expect(choices)
        return self._answers.guess(self._floor.add(pcm), voiced_frames=voiced_frames(pcm))


def open_grammar(resources: ExitStack) -> Grammar | None:
    """A grammar, or None on a Python for which pocketsphinx has no build."""
    try:
        return Grammar(resources)
    except ImportError:
        return None
