"""Variables in files: the one that ``MCP_VOICE_ENV_FILE`` names, and the ``.env`` files of the working directory.

Whoever wrote the latter may be anybody: a cloned repository brings its own.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from dotenv.parser import Binding, parse_stream

__all__ = [
    "IN_FOLDER",
    "VARIABLE",
    "Unreadable",
    "environment",
    "folder_values",
    "named",
    "set_values",
    "unread_lines",
    "values",
]

VARIABLE = "MCP_VOICE_ENV_FILE"
IN_FOLDER = (Path(".env"), Path(".env.local"))
"""The later one wins; the second is what LiveKit's starters write."""
MOST_BYTES = 64_000
"""Nobody's settings are longer; a folder's file may be anything."""


class Unreadable(ValueError):
    """A file that cannot be read; the text says which, and why."""

    def __init__(self, path: Path | str, error: Exception) -> None:
        super().__init__(
            f"{path} cannot be read ({type(error).__name__}): it must be UTF-8 lines of the form NAME=value"
        )


def environment() -> dict[str, str]:
    """The environment by upper-case name, as settings are looked up in it."""
    return {name.upper(): value for name, value in os.environ.items()}


def named() -> Path | None:
    """The file that the environment names; raises ValueError with what is wrong with it."""
    value = environment().get(VARIABLE, "")
    if not value:
        return None
    try:
        path = _at_home(Path(value))
        there = path.is_file()
    except (OSError, ValueError) as error:
        raise ValueError(f"{VARIABLE}: {error if isinstance(error, ValueError) else 'cannot be read'}") from None
    if not path.is_absolute():
        raise ValueError(f"{VARIABLE}: must be an absolute path: a relative one depends on where mcp-voice is started")
    if not there:
        raise ValueError(f"{VARIABLE}: no such file")
    return path


def values(path: Path) -> dict[str, str]:
    """What the file sets, by upper-case name, word for word: ``${NAME}`` would draw in a secret of the environment.

    Nothing if it is missing, or too long to be settings. Raises Unreadable.
    """
    return {each.key.upper(): each.value for each in _lines(path) if each.key and each.value is not None}


def set_values(path: Path) -> dict[str, str]:
    """The same without what is set to nothing."""
    return {name: value for name, value in values(path).items() if value}


def folder_values(folder: Path) -> dict[str, str]:
    """The same of the files in a folder together; raises Unreadable."""
    return {name: value for file in IN_FOLDER for name, value in set_values(folder / file).items()}


def unread_lines(path: Path, names: Collection[str]) -> Iterator[str]:
    """A sentence for each line that sets one of these names but has no value that can be read.

    python-dotenv passes over them. Other lines are none of our business: the file may be another program's. Raises
    Unreadable.
    """
    for each in _lines(path):
        if each.error or (each.key and each.value is None):
            text = each.original.string.lstrip()
            number = each.original.line + each.original.string.removesuffix(text).count("\n")
            name = text.removeprefix("export ").partition("=")[0].strip().upper()
            if name in names:
                yield f"{path} line {number}: {name} has no readable value (an open quote?)"


def _lines(path: Path) -> list[Binding]:
    try:
        # is_file: not a pipe, which would be waited for
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return []
        with path.open(encoding="utf-8") as lines:
            return list(parse_stream(lines))
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(path, error) from None


def _at_home(path: Path) -> Path:
    """The path with a home folder for ``~`` or ``~user`` at its beginning; raises ValueError where there is none."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("begins with the home folder of a user who has none") from None
