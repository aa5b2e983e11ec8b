"""``mcp-voice invite`` on the embedded server: a way in that is of use, and a word where it would not be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from mcp_voice import embedded
from mcp_voice.cli import attending, invite_token
from mcp_voice.errors import EmbeddedServerError, LiveKitError
from mcp_voice.people.human import human
from mcp_voice.settings import Settings, load
from mcp_voice.voices.opening import voice_with
from testkit.command import COMMAND, environment, lines, run, running
from testkit.fake_link import ALICE, FakeEngine
from testkit.joining import post
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 60.0
GUEST = "guest"


@pytest.mark.skipif(sys.platform == "win32", reason="A pseudo-terminal is a thing of POSIX.")
async def test_whoever_joins_by_the_link_is_told_and_the_page_is_served_until_it_is_interrupted(tmp_path: Path) -> None:
    """The link alone is on stdout: a script reads one line, and whoever opens it finds the page and the server."""
    settings = {"MCP_VOICE_STATE_DIR": str(tmp_path / "state")}
    with anyio.fail_after(LIMIT):
        async with running([*COMMAND, "invite", "standup", "--name", "Ana"], tmp_path, settings) as process:
            assert process.stderr is not None
            link = await anext(lines(process))
            assert link.startswith("http://127.0.0.1:")
            status, answer = await post(link)
            assert (status, answer["room_name"], answer["name"]) == (201, "standup", "Ana")
            assert (await post(link))[0] == 410, "a link lets one person in"
            told = ""
            async with human(str(answer["server_url"]), str(answer["participant_token"])):
                while "Ana is in." not in told:
                    told += (await process.stderr.receive()).decode()
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 130
    assert "lets one person in, within 10 minutes" in told
    assert link not in told
    await until(lambda: not embedded.status(load(state_dir=tmp_path / "state", _env_file=None)).running, limit=30)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--identity", "ana"), "their own identity"),
        (("--token", "--autojoin"), "a token opens no page"),
    ],
    ids=" ".join,
)
async def test_options_that_do_not_go_together_are_wrong_usage(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """Rather than one of them being passed over."""
    done = await run("invite", *arguments, folder=tmp_path, settings={"COLUMNS": "200"})
    assert (done.code, done.out) == (2, "")
    assert said in done.err


async def test_a_room_that_is_not_allowed_has_no_link(tmp_path: Path) -> None:
    """Nothing is on stdout for a script to take for one."""
    server = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s3cret" * 8}
    done = await run("invite", "board", folder=tmp_path, settings={**server, "MCP_VOICE_ROOMS": "standup"})
    assert (done.code, done.out) == (1, "")
    assert "does not allow room 'board'" in done.err


async def test_at_a_terminal_an_invitation_keeps_the_server_up_until_it_is_interrupted(tmp_path: Path) -> None:
    """Whoever follows it finds a server, however long they take; afterwards nothing runs."""
    settings = load(state_dir=tmp_path / "state", _env_file=None)
    screen, stdout = os.openpty()
    command = [*COMMAND, "invite", "standup", "--token"]
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
    # Nobody holds it any more, so it ends by itself, as the first test waits for.
    assert embedded.status(settings).leases == 0
    await embedded.stop(settings)


async def test_a_script_is_told_how_long_its_invitation_is_good_for(tmp_path: Path) -> None:
    """The result is on stdout; on stderr stands what keeps the server up, which is not said once that is done."""
    settings = {"MCP_VOICE_STATE_DIR": str(tmp_path / "state")}
    try:
        alone = await run("invite", "standup", "--token", folder=tmp_path, settings=settings)
        assert alone.code == 0, alone.err
        assert alone.out.startswith("ws://127.0.0.1:")
        assert "ends 10 s after its last user" in alone.err
        assert "`mcp-voice server start`" in alone.err
        assert (await run("server", "start", folder=tmp_path, settings=settings)).code == 0
        kept = await run("invite", "standup", "--token", "--json", folder=tmp_path, settings=settings)
        assert (kept.code, kept.err) == (0, "")
        assert '"valid_seconds": 600' in kept.out
    finally:
        await run("server", "stop", folder=tmp_path, settings=settings)


async def test_an_invitation_is_kept_while_it_has_not_expired_or_somebody_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No forgotten terminal keeps a server up for ever, and one that was stopped is not waited for."""
    _without_pauses(monkeypatch)
    engine = FakeEngine(people={"standup": [ALICE]})
    runs = [True, True, True]
    with anyio.fail_after(LIMIT):
        async with voice_with(Settings.model_construct(), engine) as voice:
            stopped = await invite_token.stay(
                voice, "standup", seconds=0, is_running=lambda: bool(runs and runs.pop(0))
            )
            assert (stopped, runs) == ("The embedded LiveKit server was stopped.", [])
            engine.people = {"standup": []}
            expired = await invite_token.stay(voice, "standup", seconds=0, is_running=lambda: True)
            assert expired == "The invitation has expired, and nobody is in the room."


async def test_what_cannot_be_looked_at_for_a_moment_sends_nobody_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command would end, and with it the server that somebody is speaking through."""
    _without_pauses(monkeypatch)
    engine = FakeEngine(people={"standup": [ALICE]}, unreachable=LiveKitError("LiveKit is away."))
    looks = 0

    def is_running() -> bool:
        nonlocal looks
        looks += 1
        if looks == 2:
            raise EmbeddedServerError("Too many open files.", code="server-folder")
        if looks == 4:
            return False  # it is started anew, for another address
        if looks == 8:
            engine.people, engine.unreachable = {"standup": []}, None
        return True

    with anyio.fail_after(LIMIT):
        async with voice_with(Settings.model_construct(), engine) as voice:
            ended = await invite_token.stay(voice, "standup", seconds=0, is_running=is_running)
    assert ended == "The invitation has expired, and nobody is in the room."
    assert looks == 8


def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (attending, invite_token):
        monkeypatch.setattr(module, "LOOK_SECONDS", 0)
