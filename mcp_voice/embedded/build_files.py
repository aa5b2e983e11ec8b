"""What the process that builds livekit-server, and those who wait for it, tell each other: files beside the result."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from mcp_voice.embedded.keeper.files import write_private

__all__ = ["BuildFiles", "Told"]

MOST_BYTES = 20_000


@dataclass(frozen=True)
class Told:
    """The builder's last word: how far it is, or why it failed and what to do about it."""

    line: str = ""
    problem: str = ""
    fix: str = ""
    code: str = ""


@dataclass(frozen=True)
class BuildFiles:
    """The files of one build, in the cache's folder."""

    target: Path
    """Where the program will be."""

    @property
    def lock(self) -> Path:
        """Held by the one builder for as long as it lives."""
        return self.target.with_name("build.lock")

    @property
    def told(self) -> Path:
        """JSON: what the builder has to say; not there once it has built."""
        return self.target.with_name("build.json")

    @property
    def stop(self) -> Path:
        """Present when the builder is asked to end."""
        return self.target.with_name("build.stop")

    @property
    def log(self) -> Path:
        """What the builder's process prints: nothing, unless it is broken."""
        return self.target.with_name("build.log")

    @property
    def scratch(self) -> Path:
        """Folder of what the build has fetched and compiled so far; kept when the builder is killed, for the next."""
        return self.target.with_name("build")

    def read(self) -> Told:
        """The builder's last word; empty if there is none that can be used."""
        try:
            with self.told.open("rb") as file:
                values = json.loads(file.read(MOST_BYTES))
            told = Told(**values)
        except (OSError, ValueError, TypeError, RecursionError):
            return Told()
        return told if all(isinstance(each, str) for each in asdict(told).values()) else Told()

    def write(self, told: Told) -> None:
        """Tell something; a full disk is no reason to stop, and has its say when the program is written."""
        with suppress(OSError):
            write_private(self.told, json.dumps(asdict(told)))

    def clear(self) -> None:
        """Leave nothing but the program and the lock."""
        for path in (self.told, self.stop, self.log):
            with suppress(OSError):
                path.unlink(missing_ok=True)
