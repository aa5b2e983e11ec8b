"""How far a build of livekit-server is, by what ``go install -v`` writes."""

from __future__ import annotations

import re
from dataclasses import dataclass

import anyio

from mcp_voice.redaction import without_login
from mcp_voice.texts.counting import counted

__all__ = ["WHAT", "Advance"]

WHAT = "building the LiveKit server"
# Of livekit-server 1.13.5 on Linux (`go list -deps`), for empty caches. Where some are cached already Go tells of
# fewer, and the share jumps to its end.
MODULES = 119
PACKAGES = 789
MODULES_SHARE = 0.2
"""Of the whole time; compiling and linking is the rest."""
MOST = 0.99


@dataclass
class Advance:
    """What a build has done so far."""

    started: float
    modules: int = 0
    packages: int = 0
    last_words: str = ""

    def take(self, line: str) -> None:
        """Count a line of ``go install -v``: a module fetched, a package compiled, or a complaint."""
        if line.startswith("go: downloading "):
            self.modules += 1
        elif re.fullmatch(r"[\w.~/-]+", line):
            self.packages += 1
        elif line.strip():
            self.last_words = without_login(line.strip())

    @property
    def share(self) -> float:
        """From 0 to 0.99; Go compiles nothing before it has fetched everything."""
        fetched = 1.0 if self.packages else min(1.0, self.modules / MODULES)
        compiled = min(1.0, self.packages / PACKAGES)
        return min(MOST, MODULES_SHARE * fetched + (1 - MODULES_SHARE) * compiled)

    def __str__(self) -> str:
        """One line for a human."""
        seconds = anyio.current_time() - self.started
        if self.packages:
            done = f"about {counted(max(PACKAGES, self.packages), 'package')}, {self.packages} compiled"
        else:
            done = f"about {counted(max(MODULES, self.modules), 'module')}, {self.modules} fetched"
        return f"{WHAT}, {self.share * 100:.0f} % ({done}; {seconds:.0f} s)"
