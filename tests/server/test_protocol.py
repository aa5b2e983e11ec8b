"""MCP by hand: every protocol revision there is, and nothing on stdout that is not JSON-RPC."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest

from testkit.command import run
from testkit.waiting import until
from testkit.wire import HANDSHAKE, MODERN, Wire, wire

pytestmark = pytest.mark.anyio

TOOLS = {
    "list_rooms",
    "ask_in_room",
    "wait_for_reply",
    "cancel_ask",
    "say_in_room",
    "listen_in_room",
    "send_message_to_room",
    "invite_to_room",
}
UNREACHABLE = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "secret" * 8}


async def listed(held: Wire) -> set[str]:
    """The names of the tools."""
    return {tool["name"] for tool in (await held.call("tools/list"))["tools"]}


@pytest.mark.parametrize("version", [*HANDSHAKE, MODERN])
async def test_every_revision_opens_and_lists_the_tools(version: str, tmp_path: Path) -> None:
    """Hosts of several years speak to us."""
    async with wire(tmp_path, UNREACHABLE, version=version) as held:
        opened = await held.open()
        if version == MODERN:
            assert MODERN in opened["supportedVersions"]
            assert opened["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "voice"
        else:
            assert opened["protocolVersion"] == version
            assert opened["serverInfo"]["name"] == "voice"
        assert {"tools", "resources", "prompts"} <= opened["capabilities"].keys()
        assert len(opened["instructions"].encode()) < 2048
        assert await listed(held) == TOOLS


async def test_a_revision_of_the_future_is_answered_with_one_that_both_may_know(tmp_path: Path) -> None:
    """The handshake's rule: the server offers its own newest."""
    async with wire(tmp_path, UNREACHABLE, version="2031-01-01") as held:
        assert (await held.open())["protocolVersion"] in HANDSHAKE
        assert await listed(held) == TOOLS


async def test_stdout_carries_json_rpc_only_and_ends_with_stdin(tmp_path: Path) -> None:
    """One stray line and a host gives up; the log at its loudest goes to stderr."""
    async with wire(tmp_path, {**UNREACHABLE, "MCP_VOICE_LOG_LEVEL": "DEBUG"}, version=MODERN) as held:
        await held.open()
        assert await listed(held) == TOOLS
        # This loads the engine and fails at LiveKit, both of which have much to say.
        assert (await held.tool("list_rooms", {}))["isError"]
        assert held.process.stdin is not None
        await held.process.stdin.aclose()
        rest = await held.rest()
        assert all(json.loads(line)["jsonrpc"] == "2.0" for line in rest.splitlines())
        assert await held.process.wait() == 0
        assert "secret" * 8 not in held.stderr


async def test_a_line_that_is_no_message_does_no_harm(tmp_path: Path) -> None:
    """Hosts have bugs; a session must survive them."""
    async with wire(tmp_path, UNREACHABLE) as held:
        await held.open()
        for line in ("", "no JSON", "{}", '{"jsonrpc": "2.0", "id": 70}', "[]", '"text"', "\x00\x01", "1e999"):
            await held.write(line)
            assert await listed(held) == TOOLS


async def test_an_unknown_method_and_an_unknown_prompt_are_protocol_errors(tmp_path: Path) -> None:
    """JSON-RPC has codes for them."""
    async with wire(tmp_path, UNREACHABLE) as held:
        await held.open()
        assert (await held.answer(await held.request("no/such/method")))["error"]["code"] == -32601
        unknown = await held.answer(await held.request("prompts/get", {"name": "nope"}))
        assert unknown["error"]["message"]


async def test_not_a_number_in_hand_written_json_is_refused(tmp_path: Path) -> None:
    """JSON has no NaN and no infinity, but Python's parser takes them."""
    async with wire(tmp_path, UNREACHABLE) as held:
        await held.open()
        for literal in ("NaN", "Infinity", "1e999"):
            params = f'{{"name": "ask_in_room", "arguments": {{"question": "Hi?", "wait_seconds": {literal}}}}}'
            await held.write(f'{{"jsonrpc": "2.0", "id": "{literal}", "method": "tools/call", "params": {params}}}')
            message = await held.read()
            while message.get("id") not in (literal, None):
                message = await held.read()
            assert "error" in message or "wait_seconds" in message["result"]["content"][0]["text"]
        assert await listed(held) == TOOLS


ORDER = """
import sys, anyio
from mcp import Client
from mcp_voice.server.app import build
from mcp_voice.settings import load

def loaded():
    return sorted({name.partition(".")[0] for name in sys.modules} & {"livekit", "numpy", "openai", "onnxruntime"})

async def main():
    async with Client(build(load()), mode=sys.argv[1] if len(sys.argv) > 1 else "auto") as client:
        print("opened", loaded())
        tools = await client.list_tools()
        print("listed", len(tools.tools), loaded())
        with anyio.fail_after(50):
            while not {"mcp_voice.room.engine", "livekit"} <= set(sys.modules):
                await anyio.sleep(0.05)
        print("afterwards", "livekit" in loaded())

anyio.run(main)
"""


async def test_the_tools_are_listed_before_the_engine_is_imported(tmp_path: Path) -> None:
    """LiveKit takes seconds to import; a host that waits for its list of tools must not wait for that."""
    done = await run(folder=tmp_path, settings=UNREACHABLE, code=ORDER)
    assert done.out.splitlines() == ["opened []", f"listed {len(TOOLS)} []", "afterwards True"], done.err


async def test_a_host_that_asks_for_nothing_costs_nothing(tmp_path: Path) -> None:
    """Hosts start every server that they have, and most of them are not used in a session."""
    async with wire(tmp_path, UNREACHABLE) as held:
        await held.open()
        await held.call("ping")
        assert not loaded_libraries(held, "livekit")
        await listed(held)
        await until(lambda: loaded_libraries(held, "livekit"), limit=30)


def loaded_libraries(held: Wire, name: str) -> list[str]:
    """The shared libraries of that name in the server's memory."""
    return [each.path for each in psutil.Process(held.process.pid).memory_maps() if name in each.path]
