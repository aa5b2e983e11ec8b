"""A command that is told to stop while it still imports ends as shells expect it, and leaves nothing behind."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from testkit.command import run

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it"),
]

UNREACHABLE = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s3cret" * 8}
PROGRAM = """
import os, signal, sys

# Shells have background jobs ignore it, and these tests may be part of one.
signal.signal(signal.SIGINT, signal.default_int_handler)

class At:
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), {sent})

sys.meta_path.insert(0, At())
sys.argv = [{package!r}, *{arguments!r}]
from {package}.__main__ import main
main()
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=lambda sent: sent.name)
@pytest.mark.parametrize(
    ("package", "arguments", "module"),
    [
        ("mcp_voice", (), "mcp_voice.redaction"),
        ("mcp_voice", (), "mcp_voice.server.app"),
        ("mcp_voice", ("ask", "Ready?"), "typer"),
        ("mcp_voice", ("ask", "Ready?"), "mcp_voice.room.engine"),
        ("mcp_voice", ("doctor",), "mcp_voice.cli.app"),
        ("mcp_voice", ("doctor",), "mcp_voice.doctor"),
        ("mcp_voice", ("demo",), "mcp_voice.demo.screen"),
        ("mcp_voice", ("serve", "--http"), "mcp_voice.server.app"),
        ("mcp_voice", ("worker",), "mcp_voice.workers.server"),
        ("mcp_voice_agent", ("start",), "mcp_voice_agent.cli"),
        ("mcp_voice_agent", ("start",), "mcp_voice_agent.run"),
        ("mcp_voice_agent", ("dev",), "mcp_voice_agent.worker"),
        ("mcp_voice_agent", ("doctor",), "mcp_voice_agent.doctor"),
        ("mcp_voice_agent", ("demo",), "mcp_voice_agent.demo.show"),
    ],
    ids=str,
)
async def test_a_command_that_is_told_to_stop_while_it_imports_says_so_and_leaves_nothing(
    package: str, arguments: tuple[str, ...], module: str, sent: signal.Signals, tmp_path: Path
) -> None:
    """It was killed by the signal, or ended in a page of traceback, in the seconds until LiveKit was loaded."""
    temporary, state = tmp_path / "temporary", tmp_path / "state"
    temporary.mkdir()
    settings = {**UNREACHABLE, "TMPDIR": str(temporary), "XDG_STATE_HOME": str(state)}
    code = PROGRAM.format(package=package, module=module, sent=int(sent), arguments=arguments)
    done = await run(folder=tmp_path, settings=settings, code=code)
    assert (done.code, done.out) == (128 + sent, ""), done.err
    assert done.err.splitlines()[-1] == "interrupted"
    assert "Traceback" not in done.err
    assert [*temporary.iterdir()] == []
    assert not state.exists()
