"""In which frames a synthetic human speaks and hears: for one alone, or for one of many on a machine."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ALONE", "CROWDED", "Framing"]


@dataclass(frozen=True, slots=True)
class Framing:
    """How sound is handed to LiveKit's SDK and taken from it; when it sounded is told from within a frame."""

    spoken_seconds: float
    """A frame of the microphone. Each is a round trip to the SDK."""
    lead_seconds: float
    """How far ahead of real time frames are handed over: the stall of the event loop that stays unheard.

    Whoever begins to speak is heard so much later.
    """
    queue_ms: int
    """Room in the SDK's queue, never filled: a full one makes ``capture_frame`` wait, and each waiting call gets a copy
    of every event of the SDK."""
    heard_ms: int
    """A frame of what is heard: sound is told of so much later at most."""
    bitrate: int | None = None
    """Bits a second at most; None: what LiveKit's SDK takes."""


ALONE = Framing(spoken_seconds=0.04, lead_seconds=0.12, queue_ms=400, heard_ms=40)
"""20 ms frames cost twice as much, and tell of sound hardly sooner."""
CROWDED = Framing(spoken_seconds=0.1, lead_seconds=0.6, queue_ms=1500, heard_ms=100, bitrate=96_000)
"""For one of many: 2.5 % of a core at rest instead of 4.2 %, and 3.5 % instead of 5.7 % in conversation.

From 80 kbit/s on Opus works without its speech coder, which halves what the encoder takes: 0.7 % instead of 1.55 %.
96 kbit/s is what LiveKit's clients call high-quality music. Frames of 0.1 s take off 0.6 % where it speaks, and 0.25 %
where it hears. A person's own machine does not starve their microphone: where 25 people share two cores, 0.3 s of lead
ran out, and sound was torn before it was sent. No gain: 8 or 16 kHz for what is heard, 24 kHz for what is said (the
encoder takes more), no redundancy, discontinuous transmission on or off, more people in one process.
"""
