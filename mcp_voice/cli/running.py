"""How a command that calls a tool is run."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from mcp_voice.cli.printing import errors_shown, loading
from mcp_voice.logs.setup import log_to_stderr
from mcp_voice.process.signals import run_interruptible
from mcp_voice.settings import load

__all__ = ["run"]

T = TypeVar("T")


def run(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run to the end; an error is one sentence on stderr and exit code 1."""
    with errors_shown():
        log_to_stderr(load())
        loading()
        return run_interruptible(call)
