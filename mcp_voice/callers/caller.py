"""Who calls the voice, and for how long a call of theirs may wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mcp_voice.settings import Settings

__all__ = ["Caller", "WaitPolicy", "script"]

WaitPolicy = Callable[[float | None], float]
"""A waiting policy: for how many seconds a call waits that wants to wait for so many, or for none in particular."""


@dataclass(frozen=True)
class Caller:
    """Who calls: a script, or what an MCP host is known to allow."""

    waiting: WaitPolicy
    name: str = ""
    """Under which a room sees us, unless ``MCP_VOICE_NAME`` is set."""
    call_id: str = ""
    """The same call that comes twice is one question."""
    hang_up_seconds: float = 0.0
    """How long a question stays open whose only call was cancelled: a connection that breaks is nobody who hangs up."""
    is_script: bool = False
    """Whether a call that is cancelled was given up by whoever made it, also where its process ends with it."""


def script(settings: Settings) -> Caller:
    """A script, which no host limits: it waits for as long as an ask stays open (``MCP_VOICE_ASK_SECONDS``)."""
    longest = settings.ask_seconds if settings.wait_seconds is None else settings.wait_seconds
    return Caller(lambda wanted: longest if wanted is None else wanted, is_script=True)
