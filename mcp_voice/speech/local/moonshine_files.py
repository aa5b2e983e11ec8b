"""Which of Moonshine's models a folder holds."""

from __future__ import annotations

from pathlib import Path

__all__ = ["STREAMING", "ModelFolderError", "arch_of"]

STREAMING = "small-streaming"
"""What the models that mcp-voice knows by name are."""
FILES = {
    "streaming": ("adapter.ort", "cross_kv.ort", "decoder_kv.ort", "encoder.ort", "streaming_config.json"),
    "whole": ("encoder_model.ort", "decoder_model_merged.ort"),
}
TOKENIZER = "tokenizer.bin"
SIZES = {
    "streaming": ((80_000_000, "tiny-streaming"), (200_000_000, STREAMING), (0, "medium-streaming")),
    "whole": ((65_000_000, "tiny"), (0, "base")),
}
"""Below how many bytes of those files which architecture it is; 0 is the largest. Small streaming ones have 120 to 140
MB, the medium one 269; tiny has 44, and base twice as many weights."""


class ModelFolderError(Exception):
    """There is no model of Moonshine's; a sentence without its full stop."""


def arch_of(folder: Path) -> str:
    """Its architecture, as the library calls it, by its files and their size; raises ModelFolderError."""
    try:
        return _arch_of(folder)
    except OSError as error:
        raise ModelFolderError(f"{str(folder)!r} cannot be read ({error.strerror or type(error).__name__})") from error


def _arch_of(folder: Path) -> str:
    if not folder.is_dir():
        raise ModelFolderError(f"{str(folder)!r} is not a folder")
    if not (folder / TOKENIZER).is_file():
        raise ModelFolderError(f"{str(folder)!r} holds no {TOKENIZER}")
    for kind, files in FILES.items():
        paths = [folder / name for name in files]
        if all(path.is_file() for path in paths):
            size = sum(path.stat().st_size for path in paths)
            return next(arch for most, arch in SIZES[kind] if size < most or not most)
    raise ModelFolderError(f"{str(folder)!r} lacks {', '.join(FILES['streaming'])}, or some of them")
