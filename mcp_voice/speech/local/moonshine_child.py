"""The process that listens with Moonshine's own library: 16 kHz int16 PCM mono in, words out as they are spoken.

One utterance at a time. It ends when its stdin does, so it cannot outlive us.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from importlib.metadata import version
from typing import Any, BinaryIO

import numpy as np

from mcp_voice.speech.frames import DONE, FAILED, INTERIM, write_frame
from mcp_voice.speech.serving import serve

SAMPLE_RATE = 16_000
FULL_SCALE = 32_768.0
INTERIM_SECONDS = 0.5
LONGEST_HINT = 100
"""Characters of a choice that is given to the model as words to expect."""


class _Moonshine:
    """The loaded model, with the utterance under way."""

    def __init__(self, sink: BinaryIO, folder: str, arch: str) -> None:
        # Imported here, so that a machine without it can be told in words.
        from moonshine_voice.errors import MoonshineError  # noqa: PLC0415
        from moonshine_voice.moonshine_api import string_to_model_arch  # noqa: PLC0415
        from moonshine_voice.transcriber import Transcriber  # noqa: PLC0415

        self.fault = MoonshineError
        self.sink = sink
        self._transcriber = Transcriber(folder, string_to_model_arch(arch))
        self._stream: Any = None
        self._lines: dict[int, str] = {}
        self._shown = ""
        self._expected: list[str] = []

    def open(self, order: dict[str, Any]) -> None:
        """Begin an utterance."""
        self.cancel()
        # The library joins them by commas.
        self._expect([each.replace(",", " ")[:LONGEST_HINT] for each in order["choices"]])
        self._lines, self._shown = {}, ""
        self._stream = self._transcriber.create_stream(update_interval=INTERIM_SECONDS)
        self._stream.add_listener(self._take)
        self._stream.start()

    def audio(self, pcm: bytes) -> None:
        """Take audio, and tell the words so far when they have changed."""
        if self._stream is None:
            return
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / FULL_SCALE
        self._stream.add_audio(samples.tolist(), SAMPLE_RATE)
        text = self._text()
        if text and text != self._shown:
            self._shown = text
            write_frame(self.sink, INTERIM, json.dumps({"text": text}).encode())

    def cancel(self) -> None:
        """Forget the utterance."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def finish(self, _: dict[str, Any]) -> None:
        """End the utterance and tell the result."""
        if self._stream is not None:
            # What is left is transcribed now; its events come before this returns.
            self._stream.stop()
            self.cancel()
        write_frame(self.sink, DONE, json.dumps({"text": self._text(), "source": "open", "cmn": ""}).encode())

    def _take(self, event: Any) -> None:
        """A line that began, changed or is complete; the library cuts an utterance into lines at its pauses."""
        line = getattr(event, "line", None)
        if line is not None:
            self._lines[line.line_id] = line.text

    def _text(self) -> str:
        # A line keeps its place when its words are read anew.
        return " ".join(filter(None, (text.strip() for text in self._lines.values())))

    def _expect(self, choices: list[str]) -> None:
        """Lean towards the words of the choices, if this model can."""
        if choices == self._expected:
            return
        self._expected = choices
        # Not every release has it, and not every model takes it: it is a hint.
        with suppress(AttributeError, self.fault):
            self._transcriber.set_keyterms(choices)


def main(folder: str, arch: str) -> None:
    """Serve until stdin ends."""
    # Ctrl-C reaches the whole process group; our end is the end of stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sink = _only_ours()
    with suppress(BrokenPipeError):  # Nobody listens any more.
        try:
            recogniser = _Moonshine(sink, folder, arch)
        except ImportError as error:
            write_frame(sink, FAILED, f"moonshine-voice cannot be imported ({error})".encode())
        except Exception as error:  # noqa: BLE001  # the library's own, which is not imported where this one is not
            what = f"moonshine-voice {version('moonshine-voice')} cannot load {folder!r} as {arch} ({error})"
            write_frame(sink, FAILED, what.encode())
        else:
            serve(recogniser, sys.stdin.buffer)


def _only_ours() -> BinaryIO:
    """The pipe to our parent, where nobody else can write: the library prints and logs what it hears."""
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nothing, stream.fileno())
    os.close(nothing)
    return pipe


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
