"""A row of the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from mcp_voice.errors import VoiceError

__all__ = ["OutsideFault"]

E = TypeVar("E", bound=VoiceError)


@dataclass(frozen=True, slots=True)
class OutsideFault:
    """A row of the table."""

    code: str
    what: str
    fix: str
    cause: str = ""
    """What is known of why, in a few words, where people may read more than a language model."""

    def filled(self, **facts: object) -> OutsideFault:
        """The same with the names in braces filled."""
        return OutsideFault(self.code, self.what.format(**facts), self.fix.format(**facts), self.cause.format(**facts))

    def error(self, kind: type[E], begin: str) -> E:
        """The error, whose text begins with ``begin``; for a row that is filled."""
        return kind(f"{begin}{self.what}.", fix=self.fix and f"{self.fix}.", code=self.code)
