"""Started in a folder of somebody else's, such as a cloned repository: nothing of it is run or obeyed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import psutil
import pytest

from mcp_voice.embedded import stop
from mcp_voice.people.human import Human
from mcp_voice.settings import load
from testkit import command
from testkit.companion import person_in, spoken
from testkit.host import Host, ToolFault, host
from testkit.hostile import PACKAGE, SECRET, Hostile, hostile, script
from testkit.rig import LIMIT, Rig, after_the_question, voice_of
from testkit.waiting import until
from testkit.worker import worker

pytestmark = pytest.mark.anyio

CONSOLE_SCRIPT = [script("mcp-voice"), "serve"]
SAFE_MODULE = [sys.executable, "-P", "-m", "mcp_voice", "serve"]
MODULE = [sys.executable, "-m", "mcp_voice", "serve"]
NO_WAY_OUT = {"HTTPS_PROXY": "http://127.0.0.1:9"}  # LiveKit is at http, and its library knows no NO_PROXY


@pytest.fixture
async def cloned(tmp_path: Path) -> AsyncIterator[Hostile]:
    """Such a folder."""
    async with hostile(tmp_path) as made:
        yield made


def careless(made: Hostile, **settings: str) -> dict[str, str]:
    """An environment with the user's secrets, whose PATH leads into the working directory in every way there is."""
    path = os.pathsep.join(["", ".", str(made.path), os.environ["PATH"], "./"])
    secrets = {"OPENAI_API_KEY": SECRET, "DEEPGRAM_API_KEY": SECRET, "CARTESIA_API_KEY": SECRET}
    return {**secrets, **NO_WAY_OUT, "PATH": path, **settings}


def state(tmp_path: Path) -> dict[str, str]:
    """A place for an embedded server of the test's own."""
    return {"MCP_VOICE_STATE_DIR": str(tmp_path / "state")}


def family(started: Host) -> list[psutil.Process]:
    """What the server has started, without itself."""
    return started.process.children(recursive=True)


async def test_the_folder_is_as_hostile_as_it_says(cloned: Hostile) -> None:
    """Else the tests below would prove nothing."""
    await anyio.run_process([sys.executable, "-c", "import queue"], cwd=cloned.path, check=False)
    await anyio.run_process(["./evil.sh"], cwd=cloned.path, stdout=subprocess.DEVNULL)
    async with await anyio.connect_tcp("127.0.0.1", int(cloned.url.rpartition(":")[2])) as stream:
        await stream.send(b"hello")
    await until(lambda: bytes(cloned.received) == b"hello", limit=LIMIT)
    assert {"queue", "evil.sh"} <= {each.name for each in cloned.marks.iterdir()}
    with pytest.raises(AssertionError):
        cloned.did_nothing()


@pytest.mark.parametrize("program", [CONSOLE_SCRIPT, SAFE_MODULE], ids=["mcp-voice", "python -P -m"])
async def test_an_ask_with_offline_engines_runs_nothing_of_the_folder(
    rig: Rig, room: str, alice: Human, cloned: Hostile, program: list[str]
) -> None:
    """Both engines are processes of their own; each has a module's name that the folder has, too."""
    settings = careless(cloned, **rig.environment(MCP_VOICE_STT="offline", MCP_VOICE_TTS="offline", OPENAI_BASE_URL=""))
    async with host(settings, cloned.path, program=program) as started:
        assert len((await started.client.list_tools()).tools) >= 7
        async with started.asking("Shall we go on?", room_name=room, choices=["yes", "no"]) as call:
            await after_the_question(alice, voice_of("yes please go ahead"))
        assert call.answer.choice == "yes"
        assert cloned.knows_nothing(family(started), secrets=(SECRET, rig.server.api_secret))
    assert cloned.did_nothing()


async def test_python_m_runs_nothing_of_a_folder_that_has_no_package_of_our_name(
    rig: Rig, room: str, alice: Human, tmp_path: Path
) -> None:
    """Python imports that package before anything of ours can run; all the rest is kept out."""
    async with hostile(tmp_path, without=PACKAGE) as cloned:
        offline = rig.environment(MCP_VOICE_STT="offline", MCP_VOICE_TTS="offline", OPENAI_BASE_URL="")
        async with host(careless(cloned, **offline), cloned.path, program=MODULE) as started:
            async with started.asking("Shall we go on?", room_name=room, choices=["yes", "no"]) as call:
                await after_the_question(alice, voice_of("yes please go ahead"))
            assert call.answer.choice == "yes"
        assert cloned.did_nothing()


async def test_the_embedded_server_is_none_of_the_folders(cloned: Hostile, tmp_path: Path) -> None:
    """Not `MCP_VOICE_LIVEKIT_SERVER` of its .env, not what PATH would find there; and its keeper knows no key."""
    try:
        async with host(careless(cloned, **state(tmp_path)), cloned.path, program=CONSOLE_SCRIPT) as started:
            assert (await started.rooms()).rooms == []
            keeper = [each for each in psutil.process_iter() if str(tmp_path / "state") in " ".join(_cmdline(each))]
            assert cloned.knows_nothing(keeper)
        assert cloned.did_nothing()
    finally:
        await stop(load(state_dir=tmp_path / "state", _env_file=None))


def _cmdline(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


async def test_the_users_own_key_goes_to_no_server_of_the_folder(
    rig: Rig, room: str, alice: Human, cloned: Hostile
) -> None:
    """Its .env names one for every provider; the real one cannot be reached here, and that is what is said."""
    settings = rig.environment(OPENAI_BASE_URL="", MCP_VOICE_STT="openai/whisper-1", MCP_VOICE_TTS="openai/tts-1")
    async with host(careless(cloned, **settings), cloned.path, program=CONSOLE_SCRIPT) as started:
        with pytest.raises(ToolFault):
            await started.ask("Shall we go on?", room_name=room, wait_seconds=5)
    assert alice.connection.isconnected()
    assert cloned.did_nothing()


@pytest.mark.parametrize("arguments", [("rooms",), ("say", "Hello"), ("server", "status")], ids=" ".join)
async def test_the_command_line_runs_and_obeys_nothing_of_the_folder(
    cloned: Hostile, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    """There is nobody to speak to, which is found out on our own server."""
    try:
        async with command.running(
            [script("mcp-voice"), *arguments],
            cloned.path,
            careless(cloned, MCP_VOICE_NOBODY="error", **state(tmp_path)),
        ) as process:
            with anyio.fail_after(2 * LIMIT):
                await process.wait()
        assert cloned.did_nothing()
    finally:
        await stop(load(state_dir=tmp_path / "state", _env_file=None))


async def test_a_companion_runs_and_obeys_nothing_of_the_folder(rig: Rig, room: str, cloned: Hostile) -> None:
    """Its rooms are processes of their own, started by multiprocessing; neither .env nor tools are the folder's."""
    name = f"careless-{room}"
    settings = careless(cloned, MCP_VOICE_AGENT_NAME=name, MCP_VOICE_AGENT_STT="offline", MCP_VOICE_AGENT_TTS="offline")
    del settings["HTTPS_PROXY"]  # the worker would go to our LiveKit through it
    before = len(spoken(rig))
    async with (
        worker(rig, folder=cloned.path, program=[script("mcp-voice-agent")], **settings) as started,
        person_in(rig, room, agent_name=name) as person,
    ):
        await person.hears_sound(limit=2 * LIMIT)
        assert "MCP_VOICE_AGENT_TOOLS_FILE" in started.log.read_text(encoding="utf-8").partition("not read")[0]
    assert len(spoken(rig)) == before
    assert cloned.did_nothing()
