"""Settings: read once, from the environment and from files, and frozen."""

from mcp_voice.settings.fields import Settings, matches
from mcp_voice.settings.reading import FOLDER, from_folder, load
from mcp_voice.settings.value_types import EMPTY_SECRET, FilePath, HttpUrl, listed, named
from mcp_voice.settings.variables import harmless_fields, names, variable

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
