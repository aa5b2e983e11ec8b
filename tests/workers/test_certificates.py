"""The certificates of authorities: read before a worker's process has a room, never by the event loop of one."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, ssl, sys
import {module}
{call}
def read(*_, **__):
    print("read", file=sys.stderr)
    sys.exit(3)
ssl.SSLContext.load_verify_locations = ssl.SSLContext.load_default_certs = read
ssl.SSLContext.set_default_verify_paths = read
from livekit.agents.utils import http_context
from mcp_voice.speech.openai_stt import http_client
async def room():
    await http_client(1.0).aclose()
    async with http_context.open():
        http_context.http_session()
asyncio.run(room())
"""


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("mcp_voice.workers.preloaded", ""),
        ("mcp_voice.speech.certificates", "mcp_voice.speech.certificates.read_certificates()"),
    ],
)
def test_a_room_reads_no_certificates_once_its_process_is_ready(module: str, call: str) -> None:
    """It takes 20 ms, and seconds of the loop on a busy machine, in which nobody is heard."""
    program = PROGRAM.format(module=module, call=call)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
