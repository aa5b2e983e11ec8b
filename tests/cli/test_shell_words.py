"""Errors and hints at a shell: their next step is a command, and what people chose stays as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextvars import Context
from pathlib import Path

import pytest
import typer

import mcp_voice
from mcp_voice.cli.app import answer_text
from mcp_voice.cli.demo import on_screen
from mcp_voice.cli.printing import errors_shown
from mcp_voice.cli.shell_words import at_shell
from mcp_voice.demo.screen import Screen
from mcp_voice.errors import UnknownRoom, VoiceError
from mcp_voice.results import Answer, Timing, WaitingFor

PACKAGE = Path(mcp_voice.__file__).parent
TOOLS = r"\b(list_rooms|ask_in_room|wait_for_reply|cancel_ask|say_in_room|listen_in_room|send_message_to_room)\b"
HOSTS_ONLY = {"server", "demo", "__init__.py", "library.py", "voice.py", "callers/rates.py"}
"""Where a tool's name is the name of a tool, or of a function; calls are counted over HTTP alone."""


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("No room. Call list_rooms for those there are.", "No room. Run `mcp-voice rooms` for those there are."),
        ("Name one of them, or call list_rooms.", "Name one of them, or run `mcp-voice rooms`."),
        ("Join one, then call again; list_rooms shows it.", "Join one, then try again; `mcp-voice rooms` shows it."),
        ("Name one of them in room_name.", "Name one of them with --room."),
        ("wait_seconds is -1.0 and must be from 0", "--wait is -1.0 and must be from 0"),
        ("Name one, or leave participants empty to reach all.", "Name one, or leave --to out to reach all."),
        ("Name one, or leave participant empty to hear all.", "Name one, or leave --participant out to hear all."),
    ],
)
def test_the_next_step_is_a_command(told: str, shown: str) -> None:
    """Nobody at a shell can call a tool."""
    assert at_shell(told) == shown


@pytest.mark.parametrize(
    "text",
    [
        "There is no room 'list_rooms' now",
        "there: 'call list_rooms', 'room_name' ('call again')",
        """Nobody called "it's list_rooms" is in room 'kitchen'""",
        "LiveKit's server can't be reached, and mine's down",
    ],
)
def test_what_people_chose_is_shown_as_it_is(text: str) -> None:
    """A room may well be called like a tool."""
    assert at_shell(text) == text


def sentences() -> Iterator[tuple[str, str]]:
    """Every text in the package that has a tool's name in it and is more than that, with its place."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if {place.parts[0], place.as_posix()} & (HOSTS_ONLY | {"cli"}):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = {
            id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
        }  # docstrings are for readers of the code
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in documented else None
            if isinstance(text, str) and " " in text and re.search(TOOLS, text):
                yield f"{place}: {text}", text


OUTLIVING = {f"asks/{name}.py" for name in ("ask", "hints", "say", "ending")}
OUTLIVING |= {"store/refusals.py", "workers/watched_place.py"}
OUTLIVING |= {f"requests/{name}.py" for name in ("stored_asks", "answers")}
"""Where an ask is told of that outlives its call."""


def test_every_error_and_hint_that_names_a_tool_names_a_command_at_a_shell() -> None:
    """All but those about an ask that outlives its call: a command's question ends with the command."""
    found = dict(sentences())
    assert len(found) > 10
    left = {place for place, text in found.items() if re.search(TOOLS, at_shell(text))}
    for place in left:
        assert set(re.findall(TOOLS, at_shell(found[place]))) <= {"wait_for_reply", "cancel_ask"}, found[place]
        assert place.split(":")[0] in OUTLIVING, place


def test_an_error_is_one_line_on_stderr_with_a_command_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    """However long it is, with nothing in it read as markup or wrapped."""
    names = ", ".join(f"'[/room {number}]'" for number in range(20))
    with pytest.raises(typer.Exit) as ended, errors_shown():
        raise UnknownRoom(f"There is no room '[/x]' now; rooms: {names}. Name one of them, or call list_rooms.")
    assert ended.value.exit_code == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    expected = f"error There is no room '[/x]' now; rooms: {names}. Name one of them, or run `mcp-voice rooms`.\n"
    assert printed.err == expected


def test_an_interruption_has_the_exit_code_that_shells_have_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    """130, and no traceback."""
    with pytest.raises(typer.Exit) as ended, errors_shown():
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_folder_that_looks_like_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """``demo --output '/proc/[/x]/y'`` ended in a MarkupError."""

    async def play(screen: Screen) -> None:
        screen.step("writing to /proc/[/x]/y")
        raise VoiceError("/proc/[/x]/y cannot be written.")

    with pytest.raises(typer.Exit):
        Context().run(on_screen, play)  # a fixture's event loop may have left its mark in ours
    printed = capsys.readouterr()
    assert "/proc/[/x]/y" in printed.out
    assert printed.err == "error /proc/[/x]/y cannot be written.\n"


@pytest.mark.parametrize(
    ("waiting_for", "spoken", "told"),
    [
        ("floor", None, "no complete answer in time; heard so far: well"),
        ("floor", "", "not asked in time: ask-1 had the floor"),
        ("pickup", "", "not asked in time: nobody picked up the phone"),
        (None, "", "not asked in time; try again with a longer --wait"),
        ("reply", "", "no complete answer in time; heard so far: well"),
        (None, "Ship it?", "no complete answer in time; heard so far: well"),
    ],
)
def test_a_question_that_was_never_asked_is_said_to_be_that(
    waiting_for: WaitingFor | None, spoken: str | None, told: str
) -> None:
    """At a terminal it read like one that nobody answered; ``spoken`` None: it sounded, and is to be asked again."""
    answer = Answer(
        status="pending",
        ask_id="ask-2",
        room_name="kitchen",
        spoken=spoken or "",
        timing=Timing(first_sound_ms=4 if spoken is None else None),
        waiting_for=waiting_for,
        floor_held_by="ask-1",
        heard_so_far="well",
    )
    assert answer_text(answer) == told
    assert answer_text(answer.model_copy(update={"ask_id": ""})).startswith("no complete answer")
