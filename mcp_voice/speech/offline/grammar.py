"""pocketsphinx beside the model, for short answers only: its acoustic model and a small grammar, no language model."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_voice.speech.noise import NoiseFloor, voiced_frames
from mcp_voice.speech.offline.dictionary import Dictionary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_voice.speech.answers import Guess

__all__ = ["Grammar", "open_grammar"]

CMN = "41.00,-5.29,-0.12,5.09,2.48,-4.07,-1.37,-1.78,-5.08,-2.05,-6.45,-1.42,1.17"
DICTIONARY = ("en-us", "cmudict-en-us.dict")


class Grammar:
    """Hears which short answer is nearest."""

    def __init__(self, resources: ExitStack) -> None:
        """Raises ImportError where there is no pocketsphinx."""
        from pocketsphinx import get_model_path  # noqa: PLC0415  # not on every Python

        from mcp_voice.speech.answers import ShortAnswers  # noqa: PLC0415

        dictionary = Dictionary(Path(get_model_path()).joinpath(*DICTIONARY), resources)
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
