"""``mcp-voice-agent demo``: the companion at work, without account, key or microphone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mcp_voice.cli.demo import on_screen
from mcp_voice.demo.screen import Screen
from mcp_voice.settings import load, tell_ignored
from mcp_voice_agent.demo.show import show
from mcp_voice_agent.settings import AgentSettings

__all__ = ["main"]


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for sound, picture and logs.")] = Path(
        "companion-demo"
    ),
    llm: Annotated[  # noqa: FBT002  # Typer makes a flag of a boolean default.
        bool, typer.Option("--llm", help="Use the language model of your settings instead of a script.")
    ] = False,
) -> None:
    """Watch the companion converse with a human, and step back while ask_in_room has the floor."""

    async def play(screen: Screen) -> None:
        await show(load(AgentSettings, folder=None), screen=screen, output=output, own_model=llm)

    tell_ignored(AgentSettings, folder=None)
    on_screen(play)


def main() -> None:
    """Run the demo with the arguments that follow its name."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(demo)
    app(args=sys.argv[2:], prog_name="mcp-voice-agent demo")
