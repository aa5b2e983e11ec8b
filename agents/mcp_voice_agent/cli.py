"""The command line ``mcp-voice-agent``: what there is, the demo, and LiveKit's own commands for a worker.

Only what a command needs is imported, once it is called: help and version need no language model's key.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from mcp_voice_agent.commands import LIVEKITS

__all__ = ["app"]

app = typer.Typer(
    help="The mcp-voice companion: a LiveKit agent that converses in a room and yields the floor.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
MOST_MINUTES = 1_000_000_000
OPTIONS_ARE_LIVEKITS = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": list[str]()}


def _show_version(wanted: bool) -> None:  # noqa: FBT001  # called by typer
    if wanted:
        typer.echo(f"mcp-voice-agent {version('mcp-voice-agent')}")
        raise typer.Exit


@app.callback()
def main(
    *,
    _: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that are no command's."""


def _checked_wait(seconds: float) -> float:
    from mcp_voice.cli.printing import at_least_a_second  # noqa: PLC0415

    return at_least_a_second(seconds)


@app.command()
def demo(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the audio, picture and logs.")
    ] = Path("companion-demo"),
    llm: Annotated[bool, typer.Option("--llm", help="Use the language model of your settings, not a script.")] = False,
    join: Annotated[bool, typer.Option("--join", help="Take part yourself, in your browser.")] = False,
    wait: Annotated[
        float,
        typer.Option(
            "--wait", "-w", metavar="SECONDS", callback=_checked_wait, help="With --join: seconds to wait for you."
        ),
    ] = 600,
) -> None:
    """Watch the companion at work, or talk to it; needs no key."""
    from mcp_voice.cli.printing import errors_shown, loading  # noqa: PLC0415

    with errors_shown():
        from mcp_voice.settings import load  # noqa: PLC0415
        from mcp_voice.settings.ignored import tell_ignored  # noqa: PLC0415
        from mcp_voice_agent.settings import AgentSettings  # noqa: PLC0415

        tell_ignored(AgentSettings, folder=None)
        loading()
        from mcp_voice.cli.demo import on_screen  # noqa: PLC0415
        from mcp_voice.demo.screen import Screen  # noqa: PLC0415
        from mcp_voice_agent.demo.join import talk_with_a_person  # noqa: PLC0415
        from mcp_voice_agent.demo.show import show  # noqa: PLC0415

        async def play(screen: Screen) -> None:
            settings = load(AgentSettings, folder=None)
            if join:
                await talk_with_a_person(settings, screen=screen, output=output, own_model=llm, limit=wait)
            else:
                await show(settings, screen=screen, output=output, own_model=llm)

        on_screen(play)


def _checked_minutes(minutes: float | None) -> float | None:
    # Not typer's min and max: help would show them, and 1000000000.0 tells nobody anything.
    if minutes is not None and not 0 <= minutes <= MOST_MINUTES:
        raise typer.BadParameter(f"give a number from 0 to {MOST_MINUTES:,}.")
    return minutes


@app.command()
def cost(
    log: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="The log of `start`, in JSON lines.", show_default="standard input, as with -"
        ),
    ] = None,
    *,
    prices: Annotated[
        Path | None,
        typer.Option(
            "--prices", "-p", metavar="FILE", help="TOML file with your own prices.", show_default="list prices"
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes-per-month",
            "-m",
            metavar="MINUTES",
            callback=_checked_minutes,
            help="Minutes of conversation per month.",
            show_default="as in the log",
        ),
    ] = None,
    self_hosted: Annotated[bool, typer.Option("--self-hosted", help="The agent runs outside LiveKit Cloud.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Add up what the conversations in a log cost, at list prices."""
    from mcp_voice.cli.printing import errors_shown  # noqa: PLC0415
    from mcp_voice_agent.cost.command import told  # noqa: PLC0415

    with errors_shown():
        typer.echo(told(log, prices=prices, month_minutes=minutes, cloud=not self_hosted, as_json=as_json), nl=False)


@app.command()
def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False) -> None:
    """Check every part that a conversation needs. Says what is wrong and how to fix it."""
    from mcp_voice.cli.printing import errors_shown  # noqa: PLC0415

    with errors_shown():
        from mcp_voice_agent.doctor import diagnose  # noqa: PLC0415

        well = diagnose(json=as_json)
    raise typer.Exit(0 if well else 1)


def _worker() -> None:
    from mcp_voice.cli.printing import errors_shown  # noqa: PLC0415

    with errors_shown():
        from mcp_voice_agent.run import run  # noqa: PLC0415

        run()


for _name, _help in LIVEKITS.items():
    app.command(_name, help=_help, context_settings=OPTIONS_ARE_LIVEKITS)(_worker)
