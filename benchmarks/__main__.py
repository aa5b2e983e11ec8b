"""The command line of the benchmark."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import anyio
import typer
from rich.console import Console

from benchmarks import results, table
from benchmarks.picture import draw
from benchmarks.rows import GROUPS
from benchmarks.stage import ROOT, Progress, stage
from mcp_voice.errors import BadSettings
from mcp_voice.process.files import writing

__all__ = ["app", "measure_all"]

SAMPLES, QUICK_SAMPLES = 10, 3
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def main(
    measurements: Annotated[list[str] | None, typer.Argument(help=f"Which: {', '.join(GROUPS)}. None: all.")] = None,
    *,
    quick: Annotated[bool, typer.Option(help="Three samples instead of ten; nothing is saved.")] = False,
    samples: Annotated[int, typer.Option(min=1, help="Samples of each figure.")] = SAMPLES,
    save: Annotated[bool | None, typer.Option(help="Keep the results and update docs/benchmarks.md.")] = None,
    output: Annotated[Path | None, typer.Option(help="Keep them in this folder instead.")] = None,
) -> None:
    """Measure mcp-voice beside a naive server; a whole run takes about an hour and keeps its results."""
    chosen = measurements or list(GROUPS)
    if unknown := sorted(set(chosen) - set(GROUPS)):
        raise typer.BadParameter(f"there is no {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    keeps = save if save is not None else not quick and not measurements
    console = Console(stderr=True)
    begun = time.monotonic()
    with console.status("starting") as status:
        found = anyio.run(measure_all, chosen, QUICK_SAMPLES if quick else samples, status.update)
    folder = output or results.RESULTS
    if output is not None or keeps:
        found = results.merged(results.load_results(folder), found)
    Console(width=None if sys.stdout.isatty() else 180).print(table.terminal(found))
    for name, why in found["failed"].items():
        console.print(f"{name} failed: {why}", markup=False)
    if output is not None or keeps:
        _keep(found, folder, console, document=keeps and output is None)
    console.print(f"{time.monotonic() - begun:.0f} s")
    sys.exit(1 if found["failed"] else 0)


def _keep(found: dict[str, Any], folder: Path, console: Console, *, document: bool) -> None:
    """Write the results, and the document's table; raises typer.Exit where they cannot be written."""
    try:
        with writing(folder):
            path = results.save(found, folder)
            draw(found, folder / "results.svg")
            if document:
                table.write_document(
                    found, ROOT / "docs" / "benchmarks.md", picture="../benchmarks/results/results.svg"
                )
    except BadSettings as error:
        console.print(f"nothing was kept: {error}", markup=False)
        raise typer.Exit(1) from None
    console.print(f"kept in {path.parent}")


async def measure_all(chosen: list[str], samples: int, progress: Progress) -> dict[str, Any]:
    """Take the measurements one after the other, each on a stage of its own; one that fails leaves the others alone."""
    found: dict[str, Any] = {**results.about(), "samples": samples, "measurements": {}, "taken": {}, "failed": {}}
    for name in chosen:
        try:
            async with stage(progress) as staged:
                module = importlib.import_module(f"benchmarks.{name}")
                noted = results.circumstances(samples)
                found["measurements"][name] = await module.measure(staged, samples=samples)
                found["taken"][name] = noted
        except Exception as error:  # noqa: BLE001  # an hour's figures must not be lost for one of them
            found["failed"][name] = " / ".join(results.leaves(error))
    return found


if __name__ == "__main__":
    app()
