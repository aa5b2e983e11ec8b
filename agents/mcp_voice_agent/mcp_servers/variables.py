"""``${NAME}`` and ``${NAME:-default}`` in a file of MCP servers, as hosts expand them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mcp_voice.settings import env_file

__all__ = ["Variables"]

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


class Variables:
    """The environment and, behind it, the file that ``MCP_VOICE_ENV_FILE`` names."""

    def __init__(self, file: Path | None) -> None:
        self._file = env_file.values(file) if file is not None else {}
        self.used: set[str] = set()
        """The values that were put in anywhere; some of them are secrets."""

    def expanded(self, text: str) -> str:
        """The text with the values of the variables; the default where one is unset or empty.

        Raises ValueError with the name of a variable that is set nowhere and has no default.
        """
        return REFERENCE.sub(self._value, text)

    def _value(self, found: re.Match[str]) -> str:
        name, default = found.groups()
        value = os.environ.get(name, self._file.get(name.upper()))
        if value is None and default is None:
            raise ValueError(f"the variable {name} is not set: set it, or write ${{{name}:-default}}")
        if value:
            self.used.add(value)
        return value or default or ""
