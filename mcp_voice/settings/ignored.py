"""Settings in files of the working directory that are not read: whoever put them there is told."""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import cache
from pathlib import Path

from mcp_voice.settings import FOLDER, Settings, env_file, harmless_fields, names

__all__ = ["tell_ignored"]

log = logging.getLogger(__name__)


def tell_ignored(
    kind: type[Settings] = Settings, *, folder: Path | None = FOLDER, prefixes: tuple[str, ...] = ()
) -> None:
    """Warn, once, of the settings in the working directory's ``.env`` that ``load`` passes over with such arguments.

    ``prefixes``: of other variables that this program reads.
    """
    environment = env_file.environment()
    if environment.get(env_file.VARIABLE):
        return
    read = set(harmless_fields(kind)) if folder is not None else set[str]()
    ours = {name for field in kind.model_fields if field not in read for name in names(field, kind)}
    for file in env_file.IN_FOLDER:
        found = [
            name for name in _set_in(file) if (name in ours or name.startswith(prefixes)) and not environment.get(name)
        ]
        if found:
            _tell(
                f"{str(file.absolute())!r} sets {', '.join(filter(str.isidentifier, found))}: ignored, since "
                "anybody may own the working directory. Set them in the environment, or set "
                f"{env_file.VARIABLE} to your own file."
            )


def _set_in(file: Path) -> Collection[str]:
    """The names that a file sets; none where it cannot be read."""
    try:
        return env_file.set_values(file)
    except env_file.Unreadable:
        return ()


@cache
def _tell(text: str) -> None:
    log.warning("%s", text)
