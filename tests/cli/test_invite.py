"""``mcp-voice invite`` on the embedded server: an invitation that is of use, and a word where it would not be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from mcp_voice import embedded
from mcp_voice.cli import invite
from mcp_voice.people.human import human
from mcp_voice.settings import Settings, load
from mcp_voice.voice import voice_with
from testkit.command import COMMAND, environment, run
from testkit.fake_link import ALICE, FakeEngine
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 60.0
GUEST = "guest"


@pytest.mark.skipif(sys.platform == "win32", reason="A pseudo-terminal is a thing of POSIX.")
async def test_at_a_terminal_an_invitation_keeps_the_server_up_until_it_is_interrupted(tmp_path: Path) -> None:
    """Whoever follows it finds a server, however long they take; afterwards nothing runs."""
    settings = load(state_dir=tmp_path / "state", _env_file=None)
    screen, stdout = os.openpty()
    command = [*COMMAND, "invite", "standup"]
    with anyio.fail_after(LIMIT):
        async with await anyio.open_process(
            command,
            stdout=stdout,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env=environment({"MCP_VOICE_STATE_DIR": str(tmp_path / "state")}),
        ) as process:
            os.close(stdout)
            assert process.stderr is not None
            told = ""
            while "Ctrl-C" not in told:
                told += (await process.stderr.receive()).decode()
            url, token = (await anyio.to_thread.run_sync(os.read, screen, 10_000)).decode().split()
            assert embedded.status(settings).leases == 1
            async with human(url, token) as person:
                assert person.identity.startswith(f"{GUEST}-")
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 130
    os.close(screen)
    assert "Valid for 10 minutes." in told
    await until(lambda: not embedded.status(settings).running, limit=30)


async def test_a_script_is_told_how_long_its_invitation_is_good_for(tmp_path: Path) -> None:
    """The result is on stdout; on stderr stands what keeps the server up, which is not said once that is done."""
    settings = {"MCP_VOICE_STATE_DIR": str(tmp_path / "state")}
    try:
        alone = await run("invite", "standup", folder=tmp_path, settings=settings)
        assert alone.code == 0, alone.err
        assert alone.out.startswith("ws://127.0.0.1:")
        assert "ends 10 s after its last user" in alone.err
        assert "`mcp-voice server start`" in alone.err
        assert (await run("server", "start", folder=tmp_path, settings=settings)).code == 0
        kept = await run("invite", "standup", "--json", folder=tmp_path, settings=settings)
        assert (kept.code, kept.err) == (0, "")
        assert '"valid_seconds": 600' in kept.out
    finally:
        await run("server", "stop", folder=tmp_path, settings=settings)


async def test_an_invitation_is_kept_while_it_has_not_expired_or_somebody_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No forgotten terminal keeps a server up for ever, and one that was stopped is not waited for."""
    monkeypatch.setattr(invite, "LOOK_SECONDS", 0)
    engine = FakeEngine(people={"standup": [ALICE]})
    runs = [True, True, True, False]
    with anyio.fail_after(LIMIT):
        async with voice_with(Settings.model_construct(), engine) as voice:
            stopped = await invite.stay(voice, "standup", seconds=0, is_running=lambda: runs.pop(0))
            assert (stopped, runs) == ("The embedded LiveKit server was stopped.", [])
            engine.people = {"standup": []}
            expired = await invite.stay(voice, "standup", seconds=0, is_running=lambda: True)
            assert expired == "The invitation has expired, and nobody is in the room."
