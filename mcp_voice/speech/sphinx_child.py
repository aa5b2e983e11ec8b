"""The process that listens: 16 kHz int16 PCM mono in, words out, one utterance at a time, with pocketsphinx.

It ends when its stdin does, so it cannot outlive us.
"""

from __future__ import annotations

import json
import math
import signal
import sys
from contextlib import ExitStack
from typing import Any, BinaryIO

from mcp_voice.speech.frames import DONE, FAILED, INTERIM, write_frame
from mcp_voice.speech.serving import serve

CMN = "41.00,-5.29,-0.12,5.09,2.48,-4.07,-1.37,-1.78,-5.08,-2.05,-6.45,-1.42,1.17"
"""Cepstral mean to begin with: Debian's line for this model, which the PyPI package lacks."""
BYTES_PER_SECOND = 32_000
INTERIM_SECONDS = 0.25
ANSWER_SECONDS = 8.0
"""Longer than this is no short answer."""
REREAD_SECONDS = 3.0
"""The first utterance of a stream, up to this long, is decoded once more as a whole, for 0.1 s of work per second of
audio: 75 of 104 sentences exact instead of 68. Later ones have the mean carried over, and 72 without that work."""


class _Recogniser:
    """The open decoder and the one for short answers, with the utterance under way."""

    def __init__(self, sink: BinaryIO, resources: ExitStack) -> None:
        # Imported here, so that a Python without a wheel of it can be told in words.
        from pocketsphinx import Decoder  # noqa: PLC0415

        from mcp_voice.speech.answers import ShortAnswers, acoustic_score, plain  # noqa: PLC0415

        self._plain = plain
        self._score = acoustic_score
        self.sink = sink
        self._decoder = Decoder(loglevel="FATAL", cmninit=CMN)
        self._answers = ShortAnswers(self._decoder.lookup_word, cmninit=CMN, resources=resources)
        self._pcm: bytearray | None = None
        self._is_first = True
        self._shown_at = 0
        self._shown = ""

    def open(self, order: dict[str, Any]) -> None:
        """Begin an utterance."""
        self.cancel()
        self._is_first = not order["cmn"]
        self._decoder.set_cmn(order["cmn"] or CMN)
        self._answers.expect(order["choices"])
        self._decoder.start_utt()
        self._pcm = bytearray()
        self._shown_at, self._shown = 0, ""

    def audio(self, pcm: bytes) -> None:
        """Take audio, and tell the words so far when they have changed."""
        if self._pcm is None:
            return
        self._pcm += pcm
        self._decoder.process_raw(pcm)
        if len(self._pcm) - self._shown_at < INTERIM_SECONDS * BYTES_PER_SECOND:
            return
        self._shown_at = len(self._pcm)
        text = self._text()
        if text and text != self._shown:
            self._shown = text
            write_frame(self.sink, INTERIM, json.dumps({"text": text}).encode())

    def cancel(self) -> None:
        """Forget the utterance."""
        if self._pcm is not None:
            self._decoder.end_utt()
            self._pcm = None

    def finish(self, order: dict[str, Any]) -> None:
        """End the utterance and tell the result."""
        if self._pcm is None:
            write_frame(self.sink, DONE, json.dumps({"text": "", "source": "open", "cmn": ""}).encode())
            return
        pcm = bytes(self._pcm)
        self.cancel()
        # Read before the whole utterance is decoded again, which replaces it.
        cmn = self._decoder.get_cmn()
        text, source = self._text(), "open"
        score = self._score(self._decoder)[0] if text else -math.inf
        answer = None
        if order["whole"] and len(pcm) < ANSWER_SECONDS * BYTES_PER_SECOND:
            voiced = order["voiced_frames"]
            answer = self._answers.hear(pcm, open_text=text, open_score=score, voiced_frames=voiced)
        if answer is not None:
            text, source = answer.text, "choice" if answer.expected else "common"
        elif text and self._is_first and len(pcm) < REREAD_SECONDS * BYTES_PER_SECOND:
            self._decoder.start_utt()
            self._decoder.process_raw(pcm, full_utt=True)
            self._decoder.end_utt()
            text = self._text() or text
        write_frame(self.sink, DONE, json.dumps({"text": text, "source": source, "cmn": cmn}).encode())

    def _text(self) -> str:
        hypothesis = self._decoder.hyp()
        return self._plain(hypothesis.hypstr) if hypothesis else ""


def main() -> None:
    """Serve until stdin ends."""
    # Ctrl-C reaches the whole process group; our end is the end of stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sink = sys.stdout.buffer
    try:
        with ExitStack() as resources:
            serve(_Recogniser(sink, resources), sys.stdin.buffer)
    except ImportError as error:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        write_frame(sink, FAILED, f"pocketsphinx cannot be imported on Python {version} ({error})".encode())
    except BrokenPipeError:
        # Nobody listens any more. Python would try to flush once more at exit and complain.
        sys.stdout = None


if __name__ == "__main__":
    main()
