"""What ``mcp-voice serve --http`` warns of at its start, before anybody calls it: the real command, a real Redis."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mcp_voice.errors import BadSettings
from mcp_voice.server import http as serving_http
from mcp_voice.server.address import HttpAddress
from mcp_voice.settings import load
from testkit.http_host import HttpServer, http_server
from testkit.redis_server import RedisServer, redis_server
from testkit.stores import shared_store
from testkit.waiting import until
from testkit.wire import wire

pytestmark = pytest.mark.anyio

LIMIT = 60.0
"""For an engine to be loaded on a busy machine."""
TOKEN = "o" * 40
KEY, ANOTHER = "k" * 32, "a" * 32
NO_LIVEKIT = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s3cret" * 8}
OFFLINE = {"MCP_VOICE_STT": "offline", "MCP_VOICE_TTS": "offline"}


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """With nothing in it."""
    async with redis_server(tmp_path / "redis") as started:
        yield started


@pytest.mark.parametrize("host", ["::", "192.0.2.1"])
async def test_without_credentials_no_other_machine_is_served(host: str) -> None:
    """Anybody who can reach it could speak in our rooms."""
    with pytest.raises(BadSettings, match="Without tokens, anybody who can reach"):
        async with serving_http.served(load(_env_file=None), HttpAddress(host, 0)):
            pass


def warnings(served: HttpServer, logger: str) -> list[str]:
    """What one of our loggers has warned of so far."""
    mark = f" WARNING {logger}: "
    return [line.partition(mark)[2] for line in served.log.splitlines() if mark in line]


@pytest.mark.skipif(os.name != "posix", reason="files have other rights there")
@pytest.mark.parametrize(
    ("entry", "mode", "is_told"),
    [({"token": TOKEN}, 0o644, True), ({"token": TOKEN}, 0o640, False), ({"sha256": "a" * 64}, 0o644, False)],
    ids=["readable", "private", "hash"],
)
async def test_a_file_of_tokens_that_everybody_can_read_is_warned_of(
    entry: dict[str, Any], mode: int, tmp_path: Path, *, is_told: bool
) -> None:
    """With what to do, and without a token; one that holds hashes alone may be read by anybody."""
    tokens = tmp_path / "tokens.json"
    tokens.write_text(json.dumps({"subjects": [{"name": "ops", **entry}]}))
    tokens.chmod(mode)
    async with http_server({"MCP_VOICE_HTTP_TOKENS_FILE": str(tokens)}, tmp_path) as served:
        told = warnings(served, "mcp_voice.start")
        assert TOKEN not in served.log
    assert len(told) == is_told
    for line in told:
        assert line.startswith("MCP_VOICE_HTTP_TOKENS_FILE can be read by every user of this machine (mode 0644): let ")
        assert "chmod 600" in line


@pytest.mark.parametrize("workers", ["true", "false"], ids=["workers", "sound of its own"])
async def test_a_store_that_others_use_with_another_key_is_warned_of_once(
    redis: RedisServer, tmp_path: Path, workers: str
) -> None:
    """By whoever comes later; the one that was there first has nobody to tell of, and no log has a key."""
    settings = {**NO_LIVEKIT, **OFFLINE, "MCP_VOICE_STORE": redis.url, "MCP_VOICE_WORKERS": workers}
    async with http_server({**settings, "MCP_VOICE_WORKERS": "true", "MCP_VOICE_STORE_KEY": KEY}, tmp_path) as first:
        await until(lambda: _signed(redis, 1), limit=LIMIT)
        async with http_server({**settings, "MCP_VOICE_STORE_KEY": ANOTHER}, tmp_path) as second:
            await until(lambda: _signed(redis, 2), limit=LIMIT)
            await until(lambda: warnings(second, "mcp_voice.store.users"), limit=LIMIT)
        (told,) = warnings(second, "mcp_voice.store.users")
        assert warnings(first, "mcp_voice.store.users") == []
    assert told.startswith("This store holds asks sealed with another key (MCP_VOICE_STORE_KEY); a process that ")
    assert "Set the same MCP_VOICE_STORE_KEY in every process" in told
    assert not [key for key in (KEY, ANOTHER) if key in first.log + second.log]


async def test_on_stdio_it_is_warned_of_once_the_host_has_its_list_of_tools(redis: RedisServer, tmp_path: Path) -> None:
    """A host waits for that list, and the store is opened after it."""
    async with shared_store(redis.url, key=KEY) as other:
        await other.users.sign()
    settings = {**NO_LIVEKIT, "MCP_VOICE_STORE": redis.url, "MCP_VOICE_WORKERS": "true", "MCP_VOICE_STORE_KEY": ANOTHER}
    async with wire(tmp_path, settings) as held:
        await held.open()
        await held.call("tools/list")
        await until(lambda: "This store holds asks sealed with another key" in held.stderr, limit=LIMIT)
        assert not [key for key in (KEY, ANOTHER) if key in held.stderr]


async def _signed(redis: RedisServer, count: int) -> bool:
    """Whether processes with so many keys have said that they are there."""
    return bool(await redis.command("ZCARD", "mcp-voice:uses") == count)
