"""``mcp-voice server``: see, start and stop the embedded LiveKit server."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from typing import Any

import typer

from mcp_voice import embedded
from mcp_voice.cli.printing import JsonOption, clear, errors_shown, following, note
from mcp_voice.process.signals import run_interruptible
from mcp_voice.redaction import without_secrets
from mcp_voice.settings import Settings, load

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
USERS = "it was in use; its users will start it again when they need it"


def _show(status: embedded.ServerStatus, *, as_json: bool, text: str) -> None:
    typer.echo(json.dumps(asdict(status), default=str) if as_json else text)


def _state(status: embedded.ServerStatus) -> str:
    if not status.running:
        return f"not running; {status.building}" if status.building else "not running"
    kept = "until `mcp-voice server stop`" if status.pinned else "while in use"
    return f"running at {status.url} (pid {status.pid}, version {status.version}, up {kept}); log: {status.log}"


def _end(status: embedded.ServerStatus) -> str:
    if not status.stopped:
        return "nothing to stop: it was not running"
    return f"stopped; {USERS}" if status.leases else "stopped"


def _run(
    call: Callable[[Settings], Coroutine[Any, Any, embedded.ServerStatus]],
    *,
    as_json: bool,
    text: Callable[[embedded.ServerStatus], str] = _state,
) -> None:
    async def run() -> embedded.ServerStatus:
        return await call(settings)

    with errors_shown():
        settings = load()
        try:
            found = run_interruptible(run)
        except KeyboardInterrupt:
            if embedded.status(settings).building:
                note("The build continues in the background; `mcp-voice server stop` ends it.")
            raise
        finally:
            clear()
    _show(found, as_json=as_json, text=text(found))


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Show whether it is running, and where; exit code 3 if not."""
    with errors_shown():
        found = embedded.status(load())
    _show(found, as_json=as_json, text=_state(found))
    raise typer.Exit(0 if found.running else 3)


@app.command(short_help="Start it, and keep it running until `stop`.")
def start(as_json: JsonOption = False) -> None:
    """Start it, building it if needed (once, a few minutes), and keep it running until `stop`."""
    follow = following()

    def tell(line: str) -> None:
        follow(without_secrets(line))

    _run(lambda settings: embedded.start(settings, progress=tell), as_json=as_json)


@app.command(short_help="Stop it, or a build of it, even if others are using it.")
def stop(as_json: JsonOption = False) -> None:
    """Stop it, or a build of it, even if others are using it; says whether there was one to stop."""
    _run(embedded.stop, as_json=as_json, text=_end)
