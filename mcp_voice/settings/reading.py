"""Reading the settings from the environment, and from the file that ``MCP_VOICE_ENV_FILE`` names.

LiveKit's and the providers' own variables keep their own names; all others start with ``MCP_VOICE_``. ``.env`` and
``.env.local`` of the working directory set only what is declared ``harmless``, and nothing at all for programs
that a host starts: whatever is run, imported, or decides where a secret or sound goes is not for a folder to choose.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar, overload

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from mcp_voice.errors import BadSettings
from mcp_voice.settings import env_file
from mcp_voice.settings.fields import Settings
from mcp_voice.settings.value_types import NO_ROOM
from mcp_voice.settings.variables import harmless_fields, variable
from mcp_voice.texts.validation import in_words

__all__ = ["FOLDER", "from_folder", "load"]

CORRECT = "Correct the environment or .env and start again."
FOLDER = Path()
T = TypeVar("T", bound="Settings")


@overload
def load(*, folder: Path | str | None = FOLDER, **overrides: Any) -> Settings: ...
@overload
def load(kind: type[T], *, folder: Path | str | None = FOLDER, **overrides: Any) -> T: ...
def load(kind: type[Settings] = Settings, *, folder: Path | str | None = FOLDER, **overrides: Any) -> Settings:
    """Read the settings; raises BadSettings with one sentence that says of each bad variable what it may be.

    What stands there is told where it is a number; a text may be a secret in the wrong place.

    Without ``MCP_VOICE_ENV_FILE``, what is harmless is read from the ``.env`` files in ``folder``, if that is not None.
    ``_env_file`` is read in place of both (None: neither).
    """
    path: Any = None
    try:
        if "_env_file" in overrides:
            path, folder = overrides.pop("_env_file"), None
        else:
            path = env_file.named()
        faults = [*_unread_lines(kind, path, folder), *_empty_limit(path)]
        if not faults:
            given = {} if path or folder is None else _given(kind, Path(folder))
            return kind(_env_file=path, **given | overrides)
    except ValidationError as error:
        faults = [_fault(each, kind) for each in error.errors()]
    except (SettingsError, UnicodeDecodeError, OSError) as error:
        faults = [str(env_file.Unreadable(path or ".env", error))]
    except ValueError as error:
        faults = [str(error)]
    raise BadSettings(f"Settings cannot be used: {'; '.join(faults)}.", fix=CORRECT)


def from_folder(folder: Path = FOLDER) -> dict[str, str]:
    """What the ``.env`` files there set, by upper-case name; nothing where they cannot be read."""
    try:
        return env_file.folder_values(folder)
    except env_file.Unreadable:
        return {}


def _given(kind: type[Settings], folder: Path) -> dict[str, str]:
    """What is harmless of the folder's ``.env``, by field, where the environment does not say otherwise."""
    environment, lines = env_file.environment(), env_file.folder_values(folder)
    found = {field: lines.get(variable(field, kind), "") for field in harmless_fields(kind)}
    return {field: value for field, value in found.items() if value and not environment.get(variable(field, kind))}


def _unread_lines(kind: type[Settings], path: Path | None, folder: Path | str | None) -> list[str]:
    """What is wrong with the lines of the file that is read; nothing where none is."""
    if path is not None:
        return list(env_file.unread_lines(Path(path), {variable(field, kind) for field in kind.model_fields}))
    if folder is not None:
        read = {variable(field, kind) for field in harmless_fields(kind)}
        files = [Path(folder) / name for name in env_file.IN_FOLDER]
        return [fault for file in files for fault in env_file.unread_lines(file, read)]
    return []


def _empty_limit(path: Path | None) -> Iterator[str]:
    """Whether the limit to rooms is set to nothing: a variable of a template that was not filled in would open all."""
    name = variable("rooms")
    value = (env_file.values(Path(path)) if path is not None else {}) | env_file.environment()
    if value.get(name) == "":
        yield f"{name}: {NO_ROOM}"


def _fault(fault: ErrorDetails, kind: type[Settings]) -> str:
    location = str(fault["loc"][0]) if fault["loc"] else ""
    if (info := kind.model_fields.get(location)) is None:
        # A setting with a foreign name is told of by that name.
        info = next((each for each in kind.model_fields.values() if each.validation_alias == location), None)
    name = variable(location, kind) if location in kind.model_fields else location.upper()
    return f"{name}: {in_words(fault, bounds=info.metadata if info else ())}"
