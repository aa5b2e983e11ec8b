"""The process that listens: 16 kHz int16 PCM mono in, words out, one stretch of speech at a time.

Its arguments are the model's folder, and of each file its name and SHA-256. It ends when its stdin does.
"""

from __future__ import annotations

import json
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mcp_voice.speech.cutting import joined, pieces
from mcp_voice.speech.frames import AUDIO, CANCEL, DONE, FAILED, FINISH, OPEN, read_frame, write_frame
from mcp_voice.speech.offline.choosing import Choosing
from mcp_voice.speech.offline.files import wrong_file
from mcp_voice.speech.offline.grammar import Grammar, open_grammar
from mcp_voice.speech.offline.model import SAMPLE_RATE, Moonshine

FULL_SCALE = 32_768


ANSWER_SECONDS = 8.0
"""Longer than this is no short answer."""


class _SpeechReader:
    def __init__(self, model: Moonshine, grammar: Grammar | None) -> None:
        self._model = model
        self._choosing = Choosing(model, grammar)

    def read(self, pcm: bytes, order: dict[str, Any]) -> dict[str, Any]:
        """The words of the whole, or the choice that it is."""
        samples = (np.frombuffer(pcm, np.int16) / FULL_SCALE).astype(np.float32)
        if order["whole"] and len(samples) < ANSWER_SECONDS * SAMPLE_RATE:
            reading = self._model.read(self._model.sound(samples))
            choice = self._choosing.choose(reading, pcm, order["choices"])
            return {"text": choice or reading.text, "source": "choice" if choice else "open", "cmn": ""}
        text = ""
        for piece in pieces(samples):
            reading = self._model.read(self._model.sound(samples[piece.start : piece.end]))
            text = joined(text, reading.text, overlaps=piece.overlaps)
        return {"text": text, "source": "open", "cmn": ""}


def _serve(recogniser: _SpeechReader, source: BinaryIO, sink: BinaryIO) -> None:
    order: dict[str, Any] = {}
    pcm = bytearray()
    while frame := read_frame(source):
        kind, payload = frame
        if kind == OPEN:
            order, pcm = json.loads(payload), bytearray()
        elif kind == AUDIO:
            pcm += payload
        elif kind == FINISH:
            write_frame(sink, DONE, json.dumps(recogniser.read(bytes(pcm), order)).encode())
        elif kind == CANCEL:
            write_frame(sink, DONE)


def _loaded(folder: Path, digests: dict[str, str], resources: ExitStack) -> _SpeechReader | str:
    """The recogniser, or why there is none."""
    try:
        if name := wrong_file(folder, digests):
            return f"{folder / name} is damaged"
        return _SpeechReader(Moonshine(folder), open_grammar(resources))
    except ImportError as error:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return f"onnxruntime cannot be imported on Python {version} ({error})"
    except OSError as error:
        return f"{folder} cannot be read ({error.strerror})"
    except Exception as error:  # noqa: BLE001  # onnxruntime has a class for each cause, and none in common
        return f"{folder} cannot be loaded ({type(error).__name__})"


def main() -> None:
    """Serve until stdin ends."""
    # Ctrl-C reaches the whole process group; our end is the end of stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sink = sys.stdout.buffer
    folder, *digests = sys.argv[1:]
    try:
        with ExitStack() as resources:
            recogniser = _loaded(Path(folder), dict(each.split(":", 1) for each in digests), resources)
            if isinstance(recogniser, str):
                write_frame(sink, FAILED, recogniser.encode())
            else:
                _serve(recogniser, sys.stdin.buffer, sink)
    except BrokenPipeError:
        # Nobody listens any more. Python would try to flush once more at exit and complain.
        sys.stdout = None


if __name__ == "__main__":
    main()
