"""``mcp-voice demo``: the main job, to see and hear."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcp_voice.cli.printing import at_least_a_second, clear, errors_shown, loading, stdout
from mcp_voice.process.signals import run_interruptible
from mcp_voice.settings import load

if TYPE_CHECKING:
    from mcp_voice.demo.screen import Screen

__all__ = ["demo", "on_screen"]


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the audio and picture.")
    ] = Path("mcp-voice-demo"),
    livekit: Annotated[
        bool, typer.Option("--livekit", help="Use the server of LIVEKIT_URL instead of an embedded one.")
    ] = False,
    join: Annotated[
        bool, typer.Option("--join", help="Wait for a real person in a room, and ask them one question.")
    ] = False,
    wait: Annotated[
        float,
        typer.Option(
            "--wait", "-w", metavar="SECONDS", callback=at_least_a_second, help="With --join: seconds to wait for them."
        ),
    ] = 600,
) -> None:
    """Watch a demo: questions spoken, heard and answered.

    No account, key or microphone is needed. The audio and a picture are saved in a folder.
    """

    async def play(screen: Screen) -> None:
        # LiveKit's and Pillow's modules take a second that no other command need wait for.
        from mcp_voice.demo import ask_a_person, show  # noqa: PLC0415

        if join:
            await ask_a_person(load(), screen=screen, configured=livekit, limit=wait)
        else:
            await show(load(), screen=screen, output=output, configured=livekit)

    on_screen(play)


def on_screen(play: Callable[[Screen], Awaitable[None]]) -> None:
    """Run a demo on this terminal; raises typer.Exit when it fails or is interrupted, once that has been told."""

    async def run() -> None:
        with screen(console) as shown:
            await play(shown)

    console = stdout()
    # When this process ends the SDK warns of a handle that it has dropped itself.
    logging.getLogger("livekit").setLevel(logging.ERROR)
    with errors_shown():
        loading()
        # See above.
        from mcp_voice.demo.screen import screen  # noqa: PLC0415

        clear()
        run_interruptible(run)
