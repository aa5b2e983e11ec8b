"""The command line with people in rooms: results on stdout, captions on stderr, exit codes that mean something."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
from pathlib import Path

import anyio
import pytest

from mcp_voice.people.human import Human
from testkit.command import COMMAND, Done, run, running
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

QUESTION = "Which one?"


class Command:
    """A command under way."""

    def __init__(self) -> None:
        self.done = Done(-1, "", "")

    async def run(self, arguments: tuple[str, ...], rig: Rig, folder: Path, settings: dict[str, str]) -> None:
        """Run it to its end."""
        self.done = await run(*arguments, folder=folder, settings=rig.environment(MCP_VOICE_LOG_LEVEL="", **settings))


async def asked(rig: Rig, folder: Path, *arguments: str, person: Human, **settings: str) -> Done:
    """Run ``ask`` while somebody answers its question."""
    command = Command()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(command.run, ("ask", QUESTION, *arguments), rig, folder, settings)
        await after_the_question(person, voice_of("the second option"))
    return command.done


async def test_ask_prints_the_answer_as_json_and_captions_on_stderr(
    rig: Rig, room: str, alice: Human, tmp_path: Path
) -> None:
    """A script reads stdout, a person watches stderr."""
    done = await asked(rig, tmp_path, "--json", "-r", room, person=alice)
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert (answer["status"], answer["reply"]) == ("answered", "the second option")
    assert answer["participant"] == {"identity": "alice", "name": "Alice"}
    lines = done.err.splitlines()
    assert "… speaking the question" in lines
    assert "… listening" in lines
    assert all(line.startswith("… ") for line in lines)


async def test_ask_with_nobody_there_waits_and_prints_the_link_on_stderr(rig: Rig, room: str, tmp_path: Path) -> None:
    """It is for whoever sits there; at the end of its wait the question is withdrawn with the process."""
    settings = rig.environment(MCP_VOICE_NOBODY="wait", MCP_VOICE_OPEN_BROWSER="never", MCP_VOICE_LOG_LEVEL="")
    done = await run("ask", QUESTION, "-r", room, "-w", "2", folder=tmp_path, settings=settings)
    assert (done.code, done.out) == (
        3,
        f"nobody joined room {room} in time; `mcp-voice invite {room}` shows a link to it\n",
    )
    link = r"… waiting for somebody to join: http://127\.0\.0\.1:\d+/#[0-9A-Z]{5}-[0-9A-Z]{5}"
    assert [line for line in done.err.splitlines() if re.fullmatch(link, line)]


async def test_say_with_nobody_there_waits_for_as_long_as_it_is_told(rig: Rig, room: str, tmp_path: Path) -> None:
    """It waited for ten minutes, and no option said otherwise."""
    settings = rig.environment(MCP_VOICE_NOBODY="wait", MCP_VOICE_OPEN_BROWSER="never", MCP_VOICE_LOG_LEVEL="")
    begun = time.monotonic()
    done = await run("say", "Hello.", "-r", room, "-w", "5", folder=tmp_path, settings=settings)
    assert (done.code, done.out) == (1, "")
    assert f"Nothing was said: nobody is in room {room!r}." in done.err.splitlines()[-1]
    assert time.monotonic() - begun < LIMIT


async def test_ask_prints_who_said_what_and_the_choice_named(rig: Rig, room: str, alice: Human, tmp_path: Path) -> None:
    """For people at a terminal."""
    done = await asked(rig, tmp_path, "-c", "first", "-c", "second", "-p", "Alice", person=alice)
    assert (done.code, done.out) == (0, "Alice: the second option  [second]\n")


@pytest.mark.parametrize(
    ("wait", "seconds", "code", "status"), [("1", "900", 3, "pending"), ("20", "2", 5, "cancelled")]
)
async def test_an_ask_without_an_answer_has_an_exit_code_of_its_own(
    wait: str, seconds: str, code: int, status: str, rig: Rig, room: str, alice: Human, tmp_path: Path
) -> None:
    """No answer in time, or the question's own time is over."""
    settings = rig.environment(MCP_VOICE_LOG_LEVEL="", MCP_VOICE_ASK_SECONDS=seconds)
    done = await run("ask", QUESTION, "-r", room, "--json", "-w", wait, folder=tmp_path, settings=settings)
    assert (done.code, json.loads(done.out)["status"]) == (code, status)
    await until(lambda: not ours(alice))


async def test_an_ask_whose_people_leave_is_exit_code_4(rig: Rig, room: str, tmp_path: Path) -> None:
    """There is nobody to wait for."""
    command = Command()
    async with anyio.create_task_group() as tasks, rig.person(room, "bob") as bob:
        tasks.start_soon(command.run, ("ask", QUESTION, "-r", room), rig, tmp_path, {})
        await bob.hears_sound(limit=LIMIT)
    assert command.done.code == 4
    assert "left before they answered" in command.done.out


async def test_say_and_send_reach_the_room(rig: Rig, room: str, alice: Human, tmp_path: Path) -> None:
    """Speech, a data packet and a chat text."""
    settings = rig.environment(MCP_VOICE_LOG_LEVEL="")
    done = await run("say", "It is done.", "-r", room, folder=tmp_path, settings=settings)
    assert (done.code, done.out) == (0, "said: It is done.\n")
    assert (await alice.captions.next(limit=LIMIT)).text == "It is done."
    done = await run(
        "send",
        "Look here",
        "-r",
        room,
        "--to",
        "Alice",
        "--topic",
        "hints",
        "--json",
        folder=tmp_path,
        settings=settings,
    )
    sent = json.loads(done.out)
    assert (done.code, sent["sent_to"], sent["room_name"]) == (0, ["alice"], room)
    packet = await alice.packets.next(limit=LIMIT)
    assert (packet.topic, json.loads(packet.data)["content"]) == ("hints", "Look here")
    done = await run("send", "Typed", "-r", room, "--chat", folder=tmp_path, settings=settings)
    assert (done.code, done.out) == (0, f"sent to alice in {room}\n")
    assert (await alice.chat.next(limit=LIMIT)).text == "Typed"


async def test_listen_prints_what_is_said_next(rig: Rig, room: str, alice: Human, tmp_path: Path) -> None:
    """Without a question."""
    command = Command()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(command.run, ("listen", "-r", room, "-w", "30"), rig, tmp_path, {})
        await until(lambda: ours(alice), limit=LIMIT)
        with anyio.move_on_after(0.5):  # the pause of somebody who sees that a listener has come
            await alice.hears_sound(limit=LIMIT)
        await alice.speak(voice_of("the second option"))
    assert (command.done.code, command.done.out) == (0, "Alice: the second option\n")


async def test_names_cannot_steer_the_terminal(rig: Rig, room: str, tmp_path: Path) -> None:
    """Anybody in a room chooses their own name: markup and escape sequences are shown, not obeyed."""
    settings = rig.environment(MCP_VOICE_LOG_LEVEL="", LC_ALL="C")
    async with rig.person(room, "eve", name="[/red]\x1b[2JZoë"), rig.guest(room, "bob", plugged_in=False):
        done = await run("rooms", folder=tmp_path, settings=settings)
        assert done.code == 0, done.err
        assert "human, no microphone" in done.out
        assert "[/red]�[2JZoë" in done.out
        assert "\x1b" not in done.out
        done = await run("say", "Hi.", "-r", "[/nope]", folder=tmp_path, settings=settings)
        assert done.code == 1
        assert "no room '[/nope]'" in done.err
        assert "run `mcp-voice rooms`" in done.err
        assert "list_rooms" not in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
@pytest.mark.parametrize(
    ("sent", "shell"),
    [
        (signal.SIGINT, []),
        (signal.SIGTERM, []),
        (signal.SIGINT, ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]),
    ],
    ids=["SIGINT", "SIGTERM", "SIGINT to a background job"],
)
async def test_a_signal_hangs_up_and_leaves_the_room(
    sent: signal.Signals, shell: list[str], rig: Rig, room: str, alice: Human, tmp_path: Path
) -> None:
    """One key, or the end of a session, and nobody goes on talking; a shell tells background jobs to ignore SIGINT."""
    settings = rig.environment(MCP_VOICE_LOG_LEVEL="")
    async with running([*shell, *COMMAND, "ask", QUESTION, "-r", room], tmp_path, settings) as process:
        await alice.hears_sound(limit=LIMIT)
        process.send_signal(sent)
        with anyio.fail_after(LIMIT):
            assert await process.wait() == 128 + sent
        await until(lambda: not ours(alice))
