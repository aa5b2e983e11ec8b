"""``mcp-voice demo``: a synthetic human in a real room answers what a real MCP client asks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from pathlib import Path

import anyio
from rich.text import Text

from mcp_voice.demo.report import latencies, log_file, output_folder, record, words
from mcp_voice.demo.scenes import SCENES, Scene
from mcp_voice.demo.screen import Screen
from mcp_voice.demo.stage import Tools, ears, livekit, tools
from mcp_voice.demo.take import Take, check, play
from mcp_voice.people.human import Human, human
from mcp_voice.people.timeline import WIDTH
from mcp_voice.results import Rooms
from mcp_voice.room.access import token
from mcp_voice.settings import Settings

__all__ = ["show"]

MODEL_SECONDS = 2.0
"""What a model takes, at least, from one call to the next; the server loads what it needs meanwhile."""
IDENTITY, NAME = "robin", "Robin"


async def show(
    settings: Settings,
    *,
    screen: Screen,
    output: Path,
    configured: bool,
    scenes: Sequence[Scene] = SCENES,
    width: int = WIDTH,
) -> None:
    """Play the scenes and write sound and picture into ``output``; ``configured`` uses the server of LIVEKIT_URL.

    The picture is ``width`` pixels wide.

    Raises VoiceError when a part fails, or when the human's words did not come out as the result.
    """
    folder = output_folder(output)
    room_name = f"demo-{secrets.token_hex(2)}"
    begun = time.monotonic()
    await ears(settings, progress=screen.step)
    async with livekit(settings, configured=configured, progress=screen.step) as access:
        screen.step(f"LiveKit at {access.shown}")
        pass_ = token(access, room_name=room_name, identity=IDENTITY, name=NAME, kind="standard")
        async with human(access.url, pass_, e2ee_key=access.e2ee_key) as person:
            screen.step(f"{NAME}, a synthetic human, is in room {room_name}, with a microphone and ears")
            with log_file(folder) as log:
                async with tools(access, room_name=room_name, log=log) as called:
                    screen.step("MCP server started; a client speaks to it over stdio")
                    await _look_around(called, screen)
                    takes = [
                        await _play(scene, called, person, room_name, screen, number=number)
                        for number, scene in enumerate(scenes, 1)
                    ]
            files = record(folder, person, takes, name=NAME, width=width)
    screen.heading("Results")
    screen.show(words(takes, name=NAME), Text(), latencies(takes), Text())
    screen.show(*files.named(), Text(f"{time.monotonic() - begun:.0f} s in all", "dim"))
    for number, take in enumerate(takes, 1):
        check(take, f"Ask {number}")


async def _look_around(called: Tools, screen: Screen) -> None:
    screen.says("result", f"tools: {', '.join(await called.names())}")
    screen.says("call", "list_rooms")
    found = Rooms.model_validate(await called.call("list_rooms"))
    for room in found.rooms:
        who = ", ".join(f"{each.name} ({each.kind})" for each in room.participants)
        screen.says("result", f"{room.room_name}: {who}")
    screen.progress("a model would think now")
    await anyio.sleep(MODEL_SECONDS)


async def _play(scene: Scene, called: Tools, person: Human, room_name: str, screen: Screen, *, number: int) -> Take:
    screen.heading(f"{number}  {scene.title}")
    choices = f", choices {' · '.join(scene.choices)}" if scene.choices else ""
    screen.says("call", f"ask_in_room{choices}")
    take = await play(scene, called, person, room_name, screen=screen)
    note = f"{take.reply_ms} ms after the last word" if take.spoken else ""
    screen.result("ask_in_room", take.result, note=note)
    return take
