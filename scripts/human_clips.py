"""Copy the recordings of ``testkit/speech/human`` from the folder that Debian's pocketsphinx-testdata puts them in.

``apt-get install pocketsphinx-testdata``, then ``.venv/bin/python scripts/human_clips.py``; the same files are in the
source distribution of pocketsphinx 5.1.1, folder ``test/data``, which may be named instead.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import av
import numpy as np

from mcp_voice.audio import Pcm

FOLDER = Path(__file__).parent.parent / "testkit" / "speech" / "human"
DEBIAN = Path("/usr/share/pocketsphinx/test/data")
RATE = 16_000


def read(path: Path) -> Pcm:
    """A WAV, or headerless int16 samples at 16 kHz."""
    if path.suffix == ".raw":
        return Pcm(np.fromfile(path, dtype="<i2"), RATE)
    return Pcm.from_wav(path.read_bytes())


def write(sound: Pcm, path: Path) -> None:
    """A FLAC."""
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=sound.rate, layout="mono", options={"compression_level": "12"})
        stream.codec_context.format = "s16"
        frame = av.AudioFrame.from_ndarray(sound.samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = sound.rate
        for part in av.AudioResampler(format="s16", layout="mono", rate=sound.rate, frame_size=4096).resample(frame):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def main(data: Path) -> None:
    """Write every clip anew."""
    with (FOLDER / "words.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            write(read(data / row["source"]), FOLDER / row["file"])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEBIAN)
