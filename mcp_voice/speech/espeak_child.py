"""The process that speaks: text in, 22,050 Hz int16 PCM mono out, one text at a time.

It ends when its stdin does, so it cannot outlive us.
"""

from __future__ import annotations

import signal
import sys
from typing import BinaryIO

from mcp_voice.speech.espeak import Espeak, EspeakError, espeak
from mcp_voice.speech.frames import AUDIO, DONE, FAILED, write_frame
from mcp_voice.speech.orders import Orders


def _serve(engine: Espeak, orders: Orders, sink: BinaryIO) -> None:
    def emit(pcm: bytes) -> bool:
        if not orders.stopped:
            write_frame(sink, AUDIO, pcm)
        return not orders.stopped

    while (text := orders.next()) is not None:
        engine.say(text, emit=emit)
        write_frame(sink, DONE)


def main(voice: str, rate: int) -> None:
    """Serve until stdin ends."""
    # Ctrl-C reaches the whole process group; our end is the end of stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sink = sys.stdout.buffer
    try:
        with espeak() as engine:
            engine.choose(voice, rate=rate)
            # The first synthesis loads the voice; it should not be the first that is wanted.
            engine.say("a", emit=lambda _: False)
            _serve(engine, Orders(sys.stdin.buffer), sink)
    except EspeakError as error:
        write_frame(sink, FAILED, str(error).encode())
    except BrokenPipeError:
        # Nobody listens any more. Python would try to flush once more at exit and complain.
        sys.stdout = None


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
