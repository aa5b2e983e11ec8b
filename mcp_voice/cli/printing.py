"""What every command prints alike: errors, captions and results. Results go to stdout, all else to stderr."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.text import Text

from mcp_voice.cli.shell_words import at_shell
from mcp_voice.errors import VoiceError
from mcp_voice.process.termination import exit_code
from mcp_voice.texts.foreign import printable, shown

__all__ = [
    "UNWRAPPED",
    "JsonOption",
    "at_least_a_second",
    "captions",
    "clear",
    "errors_shown",
    "following",
    "loading",
    "note",
    "show",
    "stdout",
]

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

LEAST_WIDTH = 20
UNWRAPPED = 100_000
"""Columns where there is no terminal: rich would take 80, and cut paths and links in two."""
CLEARED = "\r\x1b[2K"


def at_least_a_second(value: float) -> float:
    """Of an option in seconds; Typer's own limit shows as ``x>=1`` in the help."""
    if not value >= 1:
        raise typer.BadParameter(f"{value:g} is less than 1 second")
    return value


def stdout() -> Console:
    """For tables and logs on stdout: as wide as the terminal, and where there is none no line is wrapped."""
    console = Console()
    return console if console.file.isatty() else Console(width=UNWRAPPED)


def _stderr() -> Console:
    # Made when it is used: a test, or whoever embeds a command, may have put another stream there.
    return Console(stderr=True)


def fail(error: VoiceError) -> NoReturn:
    """Print an error as one sentence or a few, with commands for its next step, and exit with 1."""
    clear()
    text = Text.assemble(("error", "bold red"), " ", printable(at_shell(str(error))))
    _stderr().print(text, soft_wrap=True)
    raise typer.Exit(1) from None


@contextmanager
def errors_shown() -> Iterator[None]:
    """Run a command: an error is told on stderr with exit code 1, an interruption with 130, or 143 by SIGTERM."""
    try:
        yield
    except VoiceError as error:
        fail(error)
    except KeyboardInterrupt as end:
        clear()
        _stderr().print("interrupted")
        raise typer.Exit(exit_code(end)) from None


def following(*, seconds: float = 0.0) -> Callable[[str], None]:
    """One line on stderr that follows what happens: rewritten in place on a terminal, a line per change elsewhere.

    ``seconds`` is the least between two lines there.
    """
    err = _stderr()
    last, told_at = "", -math.inf

    def follow(message: str) -> None:
        nonlocal last, told_at
        now = time.monotonic()
        if message in ("", last) or (not err.is_terminal and now < told_at + seconds):
            return
        last, told_at = message, now
        if err.is_terminal:
            # One that is wrapped could not be taken back.
            err.file.write(f"{CLEARED}… {shown(message, limit=max(LEAST_WIDTH, err.width - 3))}")
            err.file.flush()
        else:
            err.print(f"… {shown(message)}", highlight=False, markup=False, soft_wrap=True)

    return follow


def loading() -> None:
    """Say on a terminal that LiveKit is being loaded, until ``following`` or ``clear`` takes it away.

    It takes 1 to 5 s, in which a terminal showed nothing.
    """
    if _stderr().is_terminal:
        following()("loading LiveKit")


def captions() -> Callable[[str], Awaitable[None]]:
    """As ``following``, for what a call reports."""
    follow = following()

    async def report(message: str) -> None:
        follow(message)

    return report


def note(text: str) -> None:
    """A sentence for whoever runs a command, on stderr."""
    _stderr().print(printable(text), style="dim", markup=False, highlight=False, soft_wrap=True)


def show(result: BaseModel, *, as_json: bool, text: str) -> None:
    """A result on stdout, after the captions' line on a terminal has been cleared."""
    clear()
    typer.echo(result.model_dump_json(indent=2) if as_json else printable(text))


def clear() -> None:
    """Take away the line that ``following`` has left on a terminal."""
    err = _stderr()
    if err.is_terminal:
        err.file.write(CLEARED)
        err.file.flush()
