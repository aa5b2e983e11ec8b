"""``mcp-voice demo``: the main job, to see and hear."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import anyio
import typer
from rich.console import Console

from mcp_voice.errors import VoiceError
from mcp_voice.settings import Settings, load

__all__ = ["demo"]


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for sound and picture.")] = Path(
        "mcp-voice-demo"
    ),
    livekit: Annotated[
        bool, typer.Option("--livekit", help="Use the server of LIVEKIT_URL instead of an embedded one.")
    ] = False,
    join: Annotated[
        bool, typer.Option("--join", help="Wait for a real person in a room and ask them one question.")
    ] = False,
    wait: Annotated[float, typer.Option("--wait", "-w", min=1, help="With --join: seconds to wait for them.")] = 600,
) -> None:
    """Watch a question being spoken, heard, answered and returned; no account, key or microphone is needed."""
    console = Console()
    # When this process ends the SDK warns of a handle that it has dropped itself.
    logging.getLogger("livekit").setLevel(logging.ERROR)
    try:
        anyio.run(_run, load(), console, output, livekit, wait if join else None)
    except VoiceError as error:
        Console(stderr=True).print(f"[bold red]error[/] {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("ended")
        raise typer.Exit(130) from None


async def _run(settings: Settings, console: Console, output: Path, configured: bool, wait: float | None) -> None:  # noqa: FBT001  # anyio.run passes by position
    # LiveKit's and Pillow's modules take a second that no other command need wait for.
    from mcp_voice.demo import ask_a_person, show  # noqa: PLC0415
    from mcp_voice.demo.screen import screen  # noqa: PLC0415

    with screen(console) as shown:
        if wait is None:
            await show(settings, screen=shown, output=output, configured=configured)
        else:
            await ask_a_person(settings, screen=shown, configured=configured, limit=wait)
