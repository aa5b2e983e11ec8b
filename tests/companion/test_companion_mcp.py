"""MCP servers in a real room: a tool that changes something waits for a spoken yes, and programs end with the room."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from livekit import api

from testkit import mcp_program
from testkit.chat_model import Call, Message, text_of
from testkit.companion import greeted, replying, spoken_to
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until
from testkit.worker import worker

pytestmark = pytest.mark.anyio


def naming(folder: Path) -> Path:
    """A file with two servers: one never answers, the other takes down its process and its calls."""
    command = {"command": sys.executable, "env": {"MCP_PROGRAM_LOG": str(folder / "log")}}
    mute, notes = (command | {"args": ["-I", "-S", mcp_program.__file__, *manner]} for manner in (["mute"], []))
    file = folder / "mcp.json"
    file.write_text(json.dumps({"mcpServers": {"mute": mute, "notes": notes}}), encoding="utf-8")
    return file


def note_keeper(messages: list[Message]) -> str | Call:
    """A model that writes down what it is told to, once the human has said yes."""
    last = messages[-1]
    if last["role"] == "tool":
        return "" if "Not done yet" in text_of(last) else "It is noted."
    return Call("notes__write_down", {"text": "milk"}) if "note" in text_of(last) else Call("confirm_action")


async def test_a_tool_of_a_server_is_used_after_a_spoken_yes_and_all_programs_end_with_the_room(
    rig: Rig, room: str, tmp_path: Path
) -> None:
    """Beside a server that never answers, which nobody in the room notices."""

    def log() -> list[dict[str, Any]]:
        return [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]

    async with worker(rig, MCP_VOICE_AGENT_MCP_FILE=str(naming(tmp_path))) as companion:
        async with rig.person(room, "alice") as alice:
            identity = await greeted(alice)
            await until(lambda: companion.logged("the MCP server notes offers 3 tools"), limit=2 * LIMIT)
            with replying(rig, note_keeper):
                await alice.type("make a note")
                await spoken_to(rig, "Shall I do it?")
                await alice.hears_sound(identity, limit=LIMIT)
                await alice.hears_silence(identity, quiet=1.0, limit=LIMIT)
                assert not any("tool" in line for line in log())
                await alice.speak(voice_of("yes please go ahead"))
                await spoken_to(rig, "It is noted.")
        assert [line for line in log() if "tool" in line] == [{"tool": "write_down", "arguments": {"text": "milk"}}]
        async with rig.api() as server:
            await server.room.delete_room(api.DeleteRoomRequest(room=room))
        pids = [line["pid"] for line in log() if "pid" in line]
        assert len(pids) >= 2
        await until(lambda: not any(psutil.pid_exists(pid) for pid in pids), limit=LIMIT)
