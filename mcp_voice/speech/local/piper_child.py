"""The process that speaks with a Piper voice: text in, int16 PCM mono at the voice's rate out, one text at a time.

It ends when its stdin does, so it cannot outlive us.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mcp_voice.speech.frames import AUDIO, DONE, FAILED, write_frame
from mcp_voice.speech.orders import Orders

if TYPE_CHECKING:
    from mcp_voice.speech.local.piper import Piper

FRAME_BYTES = 32_768
"""About 0.7 s: whoever reads has other things to do between two of them."""
ANY_WORD = "a"


def _speak(voice: Piper, text: str, orders: Orders, sink: BinaryIO) -> None:
    for pcm in voice.speak(text):
        for at in range(0, len(pcm), FRAME_BYTES):
            if orders.stopped:
                return
            write_frame(sink, AUDIO, pcm[at : at + FRAME_BYTES])
        if orders.stopped:
            return


def _serve(model: Path, description: Path, source: BinaryIO, sink: BinaryIO) -> None:
    # Imported here, so that a Python without onnxruntime can be told in words.
    from mcp_voice.speech.espeak import EspeakError, espeak  # noqa: PLC0415
    from mcp_voice.speech.local.piper import Piper, PiperError  # noqa: PLC0415
    from mcp_voice.speech.local.voice_file import VoiceFileError, read_voice  # noqa: PLC0415

    try:
        with espeak() as engine:
            voice = Piper(model, read_voice(description), engine)
            # The first text costs half as much again; it should not be the first that is wanted.
            for _ in voice.speak(ANY_WORD):
                pass
            orders = Orders(source, on_stop=voice.stop)
            while (text := orders.next()) is not None:
                voice.begin()
                try:
                    _speak(voice, text, orders, sink)
                except PiperError:
                    if not orders.stopped:
                        raise
                write_frame(sink, DONE)
    except (EspeakError, PiperError, VoiceFileError) as error:
        write_frame(sink, FAILED, str(error).encode())


def main(model: str, description: str) -> None:
    """Serve until stdin ends."""
    # Ctrl-C reaches the whole process group; our end is the end of stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sink = sys.stdout.buffer
    try:
        _serve(Path(model), Path(description), sys.stdin.buffer, sink)
    except ImportError as error:
        write_frame(sink, FAILED, f"onnxruntime cannot be imported ({error})".encode())
    except BrokenPipeError:
        # Nobody listens any more. Python would try to flush once more at exit and complain.
        sys.stdout = None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
