"""A Piper voice on onnxruntime, for use in a child process only: its phonemes are espeak-ng's, which has one state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from mcp_voice.speech.espeak import Espeak
from mcp_voice.speech.local.clauses import clause, phoneme_ids, stretches
from mcp_voice.speech.local.voice_file import PiperVoice

__all__ = ["Piper", "PiperError"]

INPUTS = frozenset({"input", "input_lengths", "scales"})
SPEAKER = "sid"
ERRORS_ONLY = 3
WORDS_A_MINUTE = 175
"""Of espeak-ng; it changes the phonemes only far from this."""
LOUDEST = 0.9
"""Of full scale: each stretch is brought to that, as Piper itself does, so that none is louder than the others."""
LEAST_PEAK = 0.01
"""What is quieter is a breath or silence, and is not made louder than this would be."""


class PiperError(Exception):
    """The model cannot be used, or makes no sound of a text; a sentence without its full stop."""


class Piper:
    """The loaded model; one text at a time."""

    def __init__(self, model: Path, voice: PiperVoice, espeak: Espeak) -> None:
        """Raises PiperError, and EspeakError for a voice that espeak-ng does not have."""
        self._voice = voice
        self._espeak = espeak
        espeak.choose(voice.espeak_voice, rate=WORDS_A_MINUTE)
        try:
            self._session = ort.InferenceSession(str(model), _options(), providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has a class for each cause, and none in common
            raise PiperError(f"{str(model)!r} cannot be loaded as a model ({type(error).__name__})") from error
        self._inputs = {each.name for each in self._session.get_inputs()}
        if not INPUTS <= self._inputs <= INPUTS | {SPEAKER}:
            raise PiperError(f"{str(model)!r} is not the model of a Piper voice")
        self._run = ort.RunOptions()

    def begin(self) -> None:
        """Before each text: what was stopped may have been the one before it."""
        self._run = ort.RunOptions()

    def stop(self) -> None:
        """End what is being made, from another thread; ``speak`` then raises PiperError."""
        self._run.terminate = True

    def speak(self, text: str) -> Iterator[bytes]:
        """The sound of one text, a stretch at a time, as int16 PCM mono; raises PiperError."""
        for ipa in stretches(clause(*each) for each in self._espeak.clauses(text)):
            yield self._sound(phoneme_ids(ipa, self._voice.ids))

    def _sound(self, ids: list[int]) -> bytes:
        feed: dict[str, NDArray[Any]] = {
            "input": np.array([ids], dtype=np.int64),
            "input_lengths": np.array([len(ids)], dtype=np.int64),
            "scales": np.array([self._voice.noise, self._voice.length, self._voice.noise_width], dtype=np.float32),
        }
        if SPEAKER in self._inputs:
            feed[SPEAKER] = np.zeros(1, dtype=np.int64)
        try:
            made = np.asarray(self._session.run(None, feed, self._run)[0], dtype=np.float32).reshape(-1)
        except Exception as error:  # as above
            raise PiperError(f"its model fails on a text ({type(error).__name__})") from error
        if not made.size or not np.isfinite(made).all():
            raise PiperError("its model returns values that are not numbers")
        peak = max(float(np.abs(made).max()), LEAST_PEAK)
        return (made * (LOUDEST * np.iinfo(np.int16).max / peak)).astype("<i2").tobytes()


def _options() -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    return options
