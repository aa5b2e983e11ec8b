"""Shells complete both command lines."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import pytest

from testkit.command import RUN_SECONDS, environment

pytestmark = pytest.mark.anyio

SCRIPTS = Path(sys.executable).parent
SHELLS = ("bash", "zsh", "fish")


async def printed(name: str, *arguments: str, folder: Path, **variables: str) -> str:
    """What a command of ours prints."""
    with anyio.fail_after(RUN_SECONDS):
        done = await anyio.run_process(
            [str(SCRIPTS / name), *arguments], cwd=folder, env=environment(variables), check=False
        )
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.mark.parametrize(
    ("name", "begun", "found"),
    [
        ("mcp-voice", "inv", {"invite"}),
        ("mcp-voice", "server st", {"start", "status", "stop"}),
        ("mcp-voice", "ask --par", {"--participant"}),
        ("mcp-voice-agent", "do", {"doctor"}),
        ("mcp-voice-agent", "demo --jo", {"--join"}),
    ],
)
async def test_a_shell_completes_what_has_been_begun(name: str, begun: str, found: set[str], tmp_path: Path) -> None:
    """As bash asks, with the words so far and the place of the last one."""
    variables = {
        f"_{name.replace('-', '_').upper()}_COMPLETE": "complete_bash",
        "COMP_WORDS": f"{name} {begun}",
        "COMP_CWORD": str(len(begun.split())),
    }
    assert set((await printed(name, folder=tmp_path, **variables)).split()) == found


@pytest.mark.parametrize("name", ["mcp-voice", "mcp-voice-agent"])
async def test_each_command_line_can_be_made_known_to_a_shell(name: str, tmp_path: Path) -> None:
    """Its help says how, and what it prints for a shell names it."""
    told = await printed(name, "--help", folder=tmp_path)
    assert "--install-completion" in told
    for shell in SHELLS:
        script = await printed(
            name, "--show-completion", shell, folder=tmp_path, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
        )
        assert f"_{name.replace('-', '_').upper()}_COMPLETE=" in script
