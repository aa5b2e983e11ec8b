"""Variables that nobody reads, but somebody may have meant for us: doctor tells of them, and servers at their start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from mcp_voice.settings import Settings, names, variable

__all__ = ["OF_OTHERS", "misspelt"]

OURS = "MCP_VOICE_"
OF_OTHERS = tuple(f"{OURS}{part}_" for part in ("AGENT", "LLM", "REALTIME", "WEBHOOK", "WORKER"))
"""What the settings of the companion and of `mcp-voice worker` begin with, which may stand in the same ``.env``."""
CLOSE = 0.8


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A variable that does nothing, and what to do about it."""

    variable: str
    hint: str


def misspelt(values: Mapping[str, str], kind: type[Settings] = Settings) -> Iterator[Misspelt]:
    """Those among these variables (upper-case names), in order of their names.

    Of what begins as a provider's variables do, and has other readers too, only near misses of one of ours.
    """
    known = {name for field in kind.model_fields for name in names(field, kind)}
    variables = [variable(field, kind) for field in kind.model_fields]
    foreign = tuple(f"{name.partition('_')[0]}_" for name in variables if not name.startswith(OURS))
    # A program whose settings begin like that reads them itself.
    elsewhere = tuple(prefix for prefix in OF_OTHERS if not any(name.startswith(prefix) for name in known))
    others = {name for name in values if not name.startswith(elsewhere)}
    for name in sorted(others - known):
        meant = _meant(name, variables)
        is_set = bool(values.get(meant))
        if name.startswith(OURS):
            nothing = "Remove it; docs/settings.md lists all settings."
            yield Misspelt(name, _hint(meant, is_set=is_set) if meant else nothing)
        elif meant and name.startswith(foreign) and not is_set:
            yield Misspelt(name, _hint(meant, is_set=is_set))


def _meant(name: str, variables: Sequence[str]) -> str:
    """The closest of ours, or nothing."""
    found = get_close_matches(name, variables, n=1, cutoff=CLOSE)
    if not found and name.startswith(OURS):
        found = get_close_matches(name.removeprefix(OURS), variables, n=1, cutoff=CLOSE)
    return found[0] if found else ""


def _hint(meant: str, *, is_set: bool) -> str:
    return f"Remove it: {meant} is set already." if is_set else f"Did you mean {meant}?"
