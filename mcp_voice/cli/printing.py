"""What every command prints alike: errors, captions and results. Results go to stdout, all else to stderr."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.text import Text

from mcp_voice.cli.shell_words import at_shell
from mcp_voice.errors import VoiceError
from mcp_voice.foreign import printable, shown

__all__ = ["JsonOption", "captions", "errors_shown", "note", "show"]

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

INTERRUPTED = 130
"""Exit code of what SIGINT has ended, as shells have it."""
CLEARED = "\r\x1b[2K"


def _stderr() -> Console:
    # Made when it is used: a test, or whoever embeds a command, may have put another stream there.
    return Console(stderr=True)


def fail(error: VoiceError) -> NoReturn:
    """Print an error as one sentence or a few, with commands for its next step, and exit with 1."""
    text = Text.assemble(("error", "bold red"), " ", printable(at_shell(str(error))))
    _stderr().print(text, soft_wrap=True)
    raise typer.Exit(1) from None


@contextmanager
def errors_shown() -> Iterator[None]:
    """Run a command: an error is told on stderr with exit code 1, an interruption with 130."""
    try:
        yield
    except VoiceError as error:
        fail(error)
    except KeyboardInterrupt:
        _stderr().print("interrupted")
        raise typer.Exit(INTERRUPTED) from None


def captions() -> Callable[[str], Awaitable[None]]:
    """One line on stderr that follows what happens: live captions on a terminal, a line per change elsewhere."""
    err = _stderr()
    last = ""

    async def report(message: str) -> None:
        nonlocal last
        if message == last:
            return
        last = message
        if err.is_terminal:
            err.file.write(f"{CLEARED}… {shown(message)}")
            err.file.flush()
        else:
            err.print(f"… {shown(message)}", highlight=False, markup=False)

    return report


def note(text: str) -> None:
    """A sentence for whoever runs a command, on stderr."""
    _stderr().print(printable(text), style="dim", markup=False, highlight=False, soft_wrap=True)


def show(result: BaseModel, *, as_json: bool, text: str) -> None:
    """A result on stdout, after the captions' line on a terminal has been cleared."""
    err = _stderr()
    if err.is_terminal:
        err.file.write(CLEARED)
        err.file.flush()
    typer.echo(result.model_dump_json(indent=2) if as_json else printable(text))
