"""``mcp-voice models``: see, fetch and remove the model files that run on this machine."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from mcp_voice.cli.printing import UNWRAPPED, JsonOption, clear, errors_shown, following, note, stdout
from mcp_voice.errors import ModelError
from mcp_voice.models import MODELS, Model, located, megabytes, named, place
from mcp_voice.models.store import folder_told
from mcp_voice.process.locks import locked
from mcp_voice.process.signals import run_interruptible
from mcp_voice.settings import Settings, load
from mcp_voice.texts.foreign import printable

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
TITLES = ("model", "use", "size", "licence", "where")
TELL_SECONDS = 3.0
"""Between two lines where there is no terminal."""
LOCK_SECONDS = 2.0
Names = Annotated[
    list[str], typer.Argument(metavar="NAME...", help="Names of models, as `mcp-voice models list` shows them.")
]


@app.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """Show every model with its use, size, licence, and where it is."""
    with errors_shown():
        settings = load()
        rows = [_row(model, settings) for model in MODELS.values()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    console, lines = stdout(), [_cells(row) for row in rows]
    table = Table(*TITLES, box=None, header_style="bold")
    for cells in lines:
        table.add_row(*cells)
    if console.measure(table, options=console.options.update_width(UNWRAPPED)).maximum <= console.width:
        console.print(table)
        return
    # Columns of a narrow terminal would cut a place, which is for copying, into pieces of twelve letters.
    for name, use, size, licence, where in lines:
        console.print(Text.assemble((name.plain, "bold"), "  ", size), soft_wrap=True)
        for cell in (use, licence, where):
            console.print(Text.assemble("  ", cell), soft_wrap=True)


@app.command(short_help="Fetch models into the cache, or check what is there.")
def get(names: Names) -> None:
    """Fetch models into the cache; resumes a broken download, and checks what is there."""
    with errors_shown():
        models, settings = list(map(named, names)), load()
        for model in models:
            _get(model, settings)


@app.command()
def remove(names: Names) -> None:
    """Remove models, and partial downloads, from the cache."""
    with errors_shown():
        models, settings = list(map(named, names)), load()
        for model in models:
            typer.echo(printable(_remove(model, settings)))


def _cells(row: dict[str, Any]) -> tuple[Text, ...]:
    where = f"{row['folder']} ({row['where']})" if row["folder"] else "not here"
    cells = (row["name"], row["use"], megabytes(row["bytes"]), f"{row['licence']}, {row['holder']}", where)
    return tuple(Text(printable(cell)) for cell in cells)


def _row(model: Model, settings: Settings) -> dict[str, Any]:
    there = located(model, settings)
    return {
        "name": model.name,
        "use": model.use,
        "bytes": model.size,
        "licence": model.licence,
        "holder": model.holder,
        "where": there.where if there else None,
        "folder": str(there.folder) if there else None,
    }


def _get(model: Model, settings: Settings) -> None:
    # An HTTP client, which no other command needs.
    from mcp_voice.models.fetch import fetch_sound  # noqa: PLC0415

    follow = following(seconds=TELL_SECONDS)
    try:
        folder = run_interruptible(lambda: fetch_sound(model, settings, progress=lambda made: follow(str(made))))
    except KeyboardInterrupt:
        clear()
        note(f"what has arrived is kept; resume with `mcp-voice models get {model.name}`")
        raise
    finally:
        clear()
    typer.echo(printable(f"{model.name}: {folder} ({megabytes(model.size)}; {model.licence}, {model.holder})"))


def _remove(model: Model, settings: Settings) -> str:
    where, there = place(model, settings), located(model, settings)
    if there is not None and there.where != "cache":
        how = (
            "Uninstall that package"
            if there.where == "package"
            else "Remove it there yourself, or unset MCP_VOICE_MODELS_DIR"
        )
        raise ModelError(
            f"{model.name} is in {str(there.folder)!r}, which mcp-voice does not manage.",
            fix=f"{how}.",
            code="model-not-ours",
        )
    if not where.top.exists():
        return f"{model.name}: was not here"
    with folder_told(where.top), locked(where.lock, limit=LOCK_SECONDS) as alone:
        if not alone:
            raise ModelError(f"{model.name} is being fetched.", fix="Try again when that is done.", code="model-folder")
        return f"{model.name}: {'removed' if where.remove() else 'was not here'}"
