"""Moonshine's encoder and decoder: from samples to tokens and what each was worth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mcp_voice.speech.offline.tokens import END, START, Tokens

__all__ = ["SAMPLE_RATE", "Decoded", "DecoderStep", "Moonshine"]

SAMPLE_RATE = 16_000
LEAST_SAMPLES = SAMPLE_RATE // 5
"""The encoder's strides leave nothing of less."""
TOKENS_PER_SECOND = 6.5
SPARE_TOKENS = 3
"""More tokens than this were repetitions, never speech (the makers' own limit)."""
LAYERS, HEADS, WIDTH = 6, 8, 36

Floats = NDArray[np.float32]
Caches = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the decoder looks at: the encoder's states, and a mask as long as the samples, which it strides itself."""

    hidden: Floats
    mask: NDArray[np.int64]

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.mask.size / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class DecoderStep:
    """The decoder after some tokens: natural logarithms of what may come next, shape (vocabulary), and its caches."""

    logs: Floats
    caches: Caches


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was read: the text, its natural log probability with the end, and the step before its first token."""

    text: str
    log: float
    first: DecoderStep
    sound: Encoded


class Moonshine:
    """Both networks, on one thread each: a decode is short, and several rooms share the machine."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime  # noqa: PLC0415  # in the child only, and 0.1 s

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3

        def session(name: str) -> Any:
            return onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])

        self.tokens = Tokens.load(folder / "tokenizer.bin")
        self._encoder = session("encoder_model.ort")
        self._decoder = session("decoder_model_merged.ort")
        self._outputs = [each.name for each in self._decoder.get_outputs()]
        self._later_outputs = [name for name in self._outputs if ".encoder." not in name]

    def sound(self, samples: Floats) -> Encoded:
        """Encode samples in -1 to 1, mono, at 16 kHz."""
        if len(samples) < LEAST_SAMPLES:
            samples = np.pad(samples, (0, LEAST_SAMPLES - len(samples)))
        mask = np.ones((1, len(samples)), np.int64)
        (hidden,) = self._encoder.run(None, {"input_values": samples[np.newaxis], "attention_mask": mask})
        return Encoded(hidden, mask)

    def start(self, sound: Encoded) -> DecoderStep:
        """The decoder before the first token."""
        caches: Caches = {}
        for layer in range(LAYERS):
            for part in ("key", "value"):
                caches[f"{layer}.decoder.{part}"] = np.zeros((1, HEADS, 0, WIDTH), np.float32)
                caches[f"{layer}.encoder.{part}"] = np.zeros((1, HEADS, sound.hidden.shape[1], WIDTH), np.float32)
        return self._run(sound, START, caches, cached=False)

    def after(self, sound: Encoded, step: DecoderStep, token: int) -> DecoderStep:
        """The decoder one token further on."""
        return self._run(sound, token, step.caches, cached=True)

    def read(self, sound: Encoded) -> Decoded:
        """The words, taking the likeliest token each time."""
        first = step = self.start(sound)
        ids: list[int] = []
        log = 0.0
        for _ in range(int(sound.seconds * TOKENS_PER_SECOND) + SPARE_TOKENS):
            token = int(step.logs.argmax())
            log += float(step.logs[token])
            if token == END:
                break
            ids.append(token)
            step = self.after(sound, step, token)
        return Decoded(self.tokens.text(ids), log, first, sound)

    def _run(self, sound: Encoded, token: int, caches: Caches, *, cached: bool) -> DecoderStep:
        names = self._later_outputs if cached else self._outputs
        feed = {f"past_key_values.{name}": value for name, value in caches.items()}
        feed["input_ids"] = np.array([[token]], np.int64)
        feed["encoder_hidden_states"] = sound.hidden
        feed["encoder_attention_mask"] = sound.mask
        feed["use_cache_branch"] = np.array([cached])
        found = dict(zip(names, self._decoder.run(names, feed), strict=True))
        logits = found.pop("logits")[0, -1]
        present = {name.removeprefix("present."): value for name, value in found.items()}
        return DecoderStep(_logs(logits), {**caches, **present})


def _logs(logits: Floats) -> Floats:
    shifted = logits - logits.max()
    logs: Floats = shifted - np.log(np.exp(shifted).sum())
    return logs
