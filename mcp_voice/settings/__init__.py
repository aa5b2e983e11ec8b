"""Settings: read once, from the environment and from files, and frozen."""

from mcp_voice.settings.fields import (
    EMPTY_SECRET,
    FOLDER,
    FilePath,
    HttpUrl,
    Settings,
    from_folder,
    harmless_fields,
    listed,
    load,
    matches,
    named,
    names,
    variable,
)

__all__ = [
    "EMPTY_SECRET",
    "FOLDER",
    "FilePath",
    "HttpUrl",
    "Settings",
    "from_folder",
    "harmless_fields",
    "listed",
    "load",
    "matches",
    "named",
    "names",
    "variable",
]
