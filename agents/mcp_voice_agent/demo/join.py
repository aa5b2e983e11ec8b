"""``mcp-voice-agent demo --join``: a real person is asked, and then talks with the companion."""

from __future__ import annotations

import secrets
from pathlib import Path

import anyio

from mcp_voice.demo.person import ask_whoever_comes, own_embedded
from mcp_voice.demo.report import log_file, output_folder
from mcp_voice.demo.screen import Screen
from mcp_voice.demo.stage import Tools, ears, livekit, tools
from mcp_voice.errors import NobodyThere
from mcp_voice_agent.demo.script import ASK
from mcp_voice_agent.demo.stage import OFFLINE, alone, language_model, send, worker
from mcp_voice_agent.settings import AgentSettings

__all__ = ["talk_with_a_person"]

LOOK_SECONDS = 2.0


async def talk_with_a_person(
    settings: AgentSettings, *, screen: Screen, output: Path, own_model: bool, limit: float
) -> None:
    """Ask whoever comes within ``limit`` seconds a question, then send them the companion, until they leave.

    Logs go into ``output``; ``own_model`` is that of the settings. Raises VoiceError when a part fails, NobodyThere
    when nobody comes or answers in time.
    """
    folder = output_folder(output)
    room_name = agent_name = f"companion-{secrets.token_hex(2)}"
    await ears(settings.model_copy(update={"stt": "offline"}), progress=screen.step)
    here = alone(settings)
    async with (
        language_model(settings, own=own_model) as (mind, variables),
        livekit(here, configured=False, progress=screen.step) as access,
    ):
        with log_file(folder) as log:
            async with (
                worker(access, name=agent_name, folder=folder, model=variables) as companion,
                tools(access, room_name=room_name, log=log, changed={**OFFLINE, **own_embedded(here)}) as called,
            ):
                await companion.ready()
                screen.step(f"worker started, speech offline; language model: {mind}")
                with anyio.move_on_after(limit) as waiting:
                    await ask_whoever_comes(
                        called, screen, room_name=room_name, question=ASK.question, choices=ASK.choices
                    )
                if waiting.cancelled_caught:
                    raise NobodyThere(
                        f"Nobody joined and answered within {limit:.0f} s.",
                        fix="Start it again, or allow more time with --wait.",
                    )
                await send(access, name=agent_name, room_name=room_name)
                screen.heading("The companion is joining (leave the room or press Ctrl-C to end)")
                await _until_they_leave(called, room_name)


async def _until_they_leave(called: Tools, room_name: str) -> None:
    while True:
        rooms = (await called.call("list_rooms"))["rooms"]
        if not any(room["active"] for room in rooms if room["room_name"] == room_name):
            return
        await anyio.sleep(LOOK_SECONDS)
