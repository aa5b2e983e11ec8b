"""Which of Moonshine's models a folder holds."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["STREAMING", "ModelFolderError", "arch_of"]

STREAMING = "small-streaming"
"""What the models that mcp-voice knows by name are."""
FILES = {
    "streaming": ("adapter.ort", "cross_kv.ort", "decoder_kv.ort", "encoder.ort", "streaming_config.json"),
    "whole": ("encoder_model.ort", "decoder_model_merged.ort"),
}
TOKENIZER = "tokenizer.bin"
IN_A_NAME = re.compile(r"(tiny|base|small|medium)(?=[-_]|$)")


class ModelFolderError(Exception):
    """There is no model of Moonshine's; a sentence without its full stop."""


def arch_of(folder: Path) -> str:
    """Its architecture, as the library calls it, by its files and the size in its name; raises ModelFolderError."""
    try:
        return _arch_of(folder)
    except OSError as error:
        raise ModelFolderError(f"{str(folder)!r} cannot be read ({error.strerror or type(error).__name__})") from error


def _arch_of(folder: Path) -> str:
    if not folder.is_dir():
        raise ModelFolderError(f"{str(folder)!r} is no folder")
    if not (folder / TOKENIZER).is_file():
        raise ModelFolderError(f"{str(folder)!r} holds no {TOKENIZER}")
    named = IN_A_NAME.search(folder.name)
    for kind, files in FILES.items():
        if all((folder / name).is_file() for name in files):
            if kind == "streaming":
                return f"{named[1]}-streaming" if named else STREAMING
            return named[1] if named and named[1] in ("tiny", "base") else "tiny"
    raise ModelFolderError(f"{str(folder)!r} lacks {', '.join(FILES['streaming'])}, or some of them")
