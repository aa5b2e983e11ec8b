"""The process that serves MCP over HTTP, apart from what it serves."""

from __future__ import annotations

import subprocess
import sys

SERVES_AT_ONCE = """
import gc
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace

import anyio
from mcp_voice.server import http
from mcp_voice.server.address import HttpAddress
from mcp_voice.settings import load


async def done():
    print("frozen", gc.get_freeze_count())


async def signals():
    yield 15


@asynccontextmanager
async def served(*_):
    yield SimpleNamespace(token="", url="", drain=done)


@contextmanager
def received(*_):
    yield signals()


http.served, anyio.open_signal_receiver = served, received
anyio.run(http.serve_http, load(_env_file=None), HttpAddress())
"""


def test_what_a_server_has_loaded_is_not_looked_through_for_garbage() -> None:
    """That takes 70 ms on a quiet machine, in which nobody is answered."""
    ran = subprocess.run([sys.executable, "-c", SERVES_AT_ONCE], capture_output=True, text=True, check=True, timeout=60)
    name, count = ran.stdout.split()
    assert name == "frozen"
    assert int(count) > 50_000
