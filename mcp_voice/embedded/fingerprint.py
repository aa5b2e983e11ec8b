"""What a program was when it was built: its SHA-256, in a file beside it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import anyio.to_thread

from mcp_voice.embedded.folders import told
from mcp_voice.embedded.keeper.files import write_private

__all__ = ["has_changed", "is_damaged", "is_known", "remember"]


def is_known(program: Path) -> bool:
    """Whether it was remembered."""
    return _record(program).exists()


async def has_changed(program: Path) -> bool:
    """Whether it is another one than was remembered, or another user's; read in a thread, for 50 MB take 0.05 s."""
    return await anyio.to_thread.run_sync(_has_changed, program)


async def is_damaged(program: Path) -> bool:
    """Whether it is another one than its record says, whoever owns it; one without a record is."""
    return await anyio.to_thread.run_sync(_differs, program)


async def remember(program: Path) -> None:
    """Keep its SHA-256; raises EmbeddedServerError."""
    with told(program.parent, "MCP_VOICE_CACHE_DIR"):
        write_private(_record(program), f"{await anyio.to_thread.run_sync(_digest, program)}\n")


def _has_changed(program: Path) -> bool:
    try:
        if hasattr(os, "getuid") and program.stat().st_uid != os.getuid():
            return True
    except OSError:
        return True
    return is_known(program) and _differs(program)


def _differs(program: Path) -> bool:
    try:
        return _record(program).read_text(encoding="ascii").strip() != _digest(program)
    except (OSError, UnicodeDecodeError):
        return True


def _digest(program: Path) -> str:
    with program.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _record(program: Path) -> Path:
    return program.with_name(f"{program.name}.sha256")
