"""The command line without anybody in a room: usage, mistakes, the embedded server."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from testkit.command import run

pytestmark = pytest.mark.anyio

COMMANDS = ("rooms", "ask", "say", "listen", "send", "invite", "doctor", "demo", "models", "server", "serve")
UNREACHABLE = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s3cret" * 8}


async def test_help_names_every_command(tmp_path: Path) -> None:
    """It is what a new user tries first."""
    done = await run("--help", folder=tmp_path)
    assert done.code == 0
    for command in COMMANDS:
        assert f" {command} " in done.out


@pytest.mark.parametrize("command", [("ask",), ("send",), ("server", "start")], ids=" ".join)
async def test_every_command_has_help_of_its_own(command: tuple[str, ...], tmp_path: Path) -> None:
    """With its options."""
    done = await run(*command, "--help", folder=tmp_path)
    assert done.code == 0
    assert "--json" in done.out


async def test_the_version_is_the_packages(tmp_path: Path) -> None:
    """For bug reports."""
    done = await run("--version", folder=tmp_path)
    assert (done.code, done.out.strip()) == (0, f"mcp-voice {version('mcp-voice')}")


@pytest.mark.parametrize("arguments", [("ask",), ("sing", "a song"), ("ask", "Ready?", "--wait", "long")], ids=" ".join)
async def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """As with other programs, and apart from what went wrong in earnest."""
    done = await run(*arguments, folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", [(), ("serve",), ("rooms",), ("ask", "Ready?"), ("server", "status")], ids=" ".join)
async def test_bad_settings_are_one_sentence_and_exit_code_1(command: tuple[str, ...], tmp_path: Path) -> None:
    """An MCP host shows its user the last lines of stderr, and stdout is for the protocol."""
    done = await run(*command, folder=tmp_path, settings={**UNREACHABLE, "MCP_VOICE_PATIENCE": "s3cret"})
    assert (done.code, done.out) == (1, "")
    assert len(done.err.strip().splitlines()) == 1
    assert "MCP_VOICE_PATIENCE: must be a number from 0.3 to 5." in done.err
    assert "s3cret" not in done.err


async def test_a_malformed_env_file_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    """With the line to look at."""
    file = tmp_path / "voice.env"
    file.write_text('LIVEKIT_URL=ws://host:1\nLIVEKIT_API_SECRET="s3cret\n')
    done = await run(folder=tmp_path, settings={"MCP_VOICE_ENV_FILE": str(file)})
    assert (done.code, done.out) == (1, "")
    assert "voice.env line 2: LIVEKIT_API_SECRET" in done.err
    assert "s3cret" not in done.err


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (UNREACHABLE, "LiveKit at ws://127.0.0.1:9 refuses the connection: nothing listens there."),
        ({"LIVEKIT_URL": "ws://127.0.0.1:9"}, "LIVEKIT_API_KEY or LIVEKIT_API_SECRET is not"),
        ({**UNREACHABLE, "MCP_VOICE_STT": "whisper"}, "Use one of deepgram, openai, offline"),
        ({**UNREACHABLE, "MCP_VOICE_TTS": "cartesia"}, "CARTESIA_API_KEY is not set"),
    ],
    ids=["unreachable", "no key", "unknown provider", "no provider key"],
)
async def test_what_is_not_there_is_one_sentence_and_exit_code_1(
    settings: dict[str, str], why: str, tmp_path: Path
) -> None:
    """Nothing on stdout: a script reads results there."""
    done = await run("ask", "Ready?", "--json", folder=tmp_path, settings=settings)
    assert (done.code, done.out) == (1, "")
    assert why in done.err
    assert "s3cret" not in done.err
    assert "Traceback" not in done.err


async def test_a_short_secret_brings_no_warning_of_a_library(tmp_path: Path) -> None:
    """``livekit-server --dev`` has "secret": each command printed a line of PyJWT's code; doctor says what is wrong."""
    short = {**UNREACHABLE, "LIVEKIT_API_SECRET": "secret"}
    done = await run("rooms", folder=tmp_path, settings=short)
    assert done.code == 1
    assert (len(done.err.strip().splitlines()), "Warning" in done.err) == (1, False)
    assert done.err.startswith("error LiveKit at ")


async def test_the_embedded_server_is_started_shown_and_stopped(tmp_path: Path) -> None:
    """Exit code 3 says that it does not run."""
    settings = {"MCP_VOICE_STATE_DIR": str(tmp_path / "state")}
    assert (await run("server", "status", folder=tmp_path, settings=settings)).code == 3
    try:
        started = await run("server", "start", "--json", folder=tmp_path, settings=settings)
        assert started.code == 0, started.err
        assert json.loads(started.out)["running"] is True
        shown = await run("server", "status", folder=tmp_path, settings=settings)
        assert (shown.code, shown.out.startswith("running at ws://127.0.0.1:")) == (0, True)
        rooms = await run("rooms", folder=tmp_path, settings=settings)
        assert (rooms.code, rooms.out) == (0, "no rooms\n")
    finally:
        stopped = await run("server", "stop", folder=tmp_path, settings=settings)
    assert (stopped.code, stopped.out) == (0, "stopped\n")
    again = await run("server", "stop", folder=tmp_path, settings=settings)
    assert (again.code, again.out) == (0, "nothing to stop: it was not running\n")
    status = await run("server", "status", "--json", folder=tmp_path, settings=settings)
    assert (status.code, json.loads(status.out)["running"]) == (3, False)
