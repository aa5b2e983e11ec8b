"""What HTTP adds to a call: the same over stdio and over streamable HTTP, in turn, each to a server of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from benchmarks.stage import Stage, room_name, warmed
from testkit.host import Host
from testkit.http_host import http_server

__all__ = ["measure"]

CALLS = 20
"""For each sample."""
OPS = "o" * 32


async def measure(stage: Stage, *, samples: int) -> dict[str, Any]:
    """Milliseconds of each call, by tool and way; nobody is spoken to."""
    folder = stage.folder / "http-calls"
    folder.mkdir()
    # Beside the calls that are counted, nobody may make so many a minute.
    (folder / "tokens.json").write_text(
        f'{{"subjects": [{{"name": "ops", "token": "{OPS}", "calls_per_minute": 100000}}]}}', encoding="utf-8"
    )
    many = {"MCP_VOICE_MOST_ROOMS": "100"}
    settings = stage.environment("ours", MCP_VOICE_HTTP_TOKENS_FILE=str(folder / "tokens.json"), **many)
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(http_server(settings, folder))
        hosts = {
            "stdio": await stack.enter_async_context(stage.host("ours", **many)),
            "http": await stack.enter_async_context(served.host(OPS)),
        }
        room = room_name()
        await stack.enter_async_context(stage.person(room))
        for host in hosts.values():
            await warmed(host)
        return {"calls_ms": await _in_turn(stage, hosts, room, samples * CALLS)}


async def _in_turn(stage: Stage, hosts: Mapping[str, Host], room: str, calls: int) -> dict[str, dict[str, list[float]]]:
    """``list_rooms`` asks LiveKit, ``listen_in_room`` returns what there is in a room that is known: nothing."""
    taken: dict[str, dict[str, list[float]]] = {tool: {way: [] for way in hosts} for tool in TOOLS}
    for index in range(calls):
        stage.progress(f"call {index + 1} of {calls}")
        for tool, arguments in TOOLS.items():
            for way, host in hosts.items():
                begun = time.monotonic()
                await host.call(tool, {**arguments, "room_name": room} if arguments else {})
                taken[tool][way].append(round((time.monotonic() - begun) * 1000, 2))
    return taken


TOOLS: Mapping[str, Mapping[str, Any]] = {"list_rooms": {}, "listen_in_room": {"wait_seconds": 0}}
