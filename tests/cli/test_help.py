"""Help and version of both commands: for everybody, at once, and with a sentence for every argument."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from mcp_voice.cli.app import app as server_app
from mcp_voice_agent.cli import OPTIONS_ARE_LIVEKITS
from mcp_voice_agent.cli import app as companion_app
from mcp_voice_agent.commands import LIVEKITS

HEAVY = ("mcp", "aiohttp", "livekit", "livekit.agents", "numpy")
PROGRAMS = {"mcp_voice": server_app, "mcp_voice_agent": companion_app}


def commands(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """A command and all below it; of typer's own kind of click."""
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, f"{path} {name}".strip())


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_and_argument_says_what_it_is_for(program: str) -> None:
    """Somebody who sees an argument for the first time has nothing else to go by."""
    for path, command in commands(typer.main.get_command(PROGRAMS[program])):
        assert command.help, path
        for parameter in command.params:
            assert getattr(parameter, "help", None) or parameter.name == "help", f"{path}: {parameter.name}"


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_optional_argument_shows_what_holds_without_it(program: str) -> None:
    """Its default, or in words what is meant by leaving it out; a flag that is left out is off."""
    shown: list[str] = []
    for path, command in commands(typer.main.get_command(PROGRAMS[program])):
        context = command.context_class(command, info_name=path or program)
        for parameter in command.params:
            if parameter.required or getattr(parameter, "is_flag", False) or parameter.name == "help":
                continue
            _, text = parameter.get_help_record(context)
            assert "[default: " in text, f"{path}: {parameter.name}: {text}"
            shown.append(f"{path} {parameter.name}")
    assert {"mcp_voice": "ask room", "mcp_voice_agent": "demo output"}[program] in shown


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_flag_is_shown_with_a_type_and_no_markup_is_left(program: str) -> None:
    """Whoever reads ``--json <bool>`` tries ``--json true``."""
    for path, _ in commands(typer.main.get_command(PROGRAMS[program])):
        if path in LIVEKITS:
            continue
        shown = CliRunner().invoke(PROGRAMS[program], [*path.split(), "--help"])
        assert shown.exit_code == 0
        assert "<bool>" not in shown.output, path
        assert "``" not in shown.output, path


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_shows_no_range_of_python_and_no_none(program: str) -> None:
    """Whoever reads ``<float range>``, ``x>=1`` or ``None: stdin`` has to know how we are written."""
    for path, _ in commands(typer.main.get_command(PROGRAMS[program])):
        if path not in LIVEKITS:
            output = CliRunner().invoke(PROGRAMS[program], [*path.split(), "--help"]).output
            assert not re.search(r"[<>]=?x|x[<>]|\bNone\b|<float range>|default: \([^A-Z()]*\d[^()]*\)", output), path


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_line_of_the_list_of_commands_breaks_off(program: str) -> None:
    """At the width that a terminal has when nobody has changed it."""
    for path, command in commands(typer.main.get_command(PROGRAMS[program])):
        if getattr(command, "commands", None):
            listed = CliRunner().invoke(PROGRAMS[program], [*path.split(), "--help"], terminal_width=80).output
            assert "..." not in listed.partition("Commands:")[2], path


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            "serve",
            ["MCP_VOICE_HTTP_TOKENS", "MCP_VOICE_STORE", "\n    mcp-voice serve --http\n", "SIGTERM", "Exit status 1"],
        ),
        ("worker", ["MCP_VOICE_STORE", "LIVEKIT_URL", "mcp-voice worker\n", "SIGTERM", "Exit status 1"]),
    ],
)
def test_help_of_what_an_operator_starts_says_needs_example_and_end(
    command: str, told: list[str], columns: int
) -> None:
    """At a narrow terminal and a wide one; no example is broken by wrapping."""
    shown = CliRunner(env={"COLUMNS": str(columns)}).invoke(server_app, [command, "--help"], terminal_width=columns)
    assert [each for each in told if each not in shown.output] == []
    assert max(map(len, shown.output.splitlines())) <= columns


def test_the_companions_help_names_its_commands() -> None:
    """The demo too, which LiveKit's own command line does not know."""
    names = {path for path, _ in commands(typer.main.get_command(companion_app)) if path}
    assert names == {"demo", "cost", "doctor", "dev", "start", "connect", "console"}
    assert OPTIONS_ARE_LIVEKITS["help_option_names"] == []


@pytest.mark.parametrize("option", ["--help", "--version"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_help_and_version_need_no_settings_and_load_no_sdk(program: str, option: str) -> None:
    """Neither a key nor half a second of imports."""
    code = (
        f"import sys; sys.argv = ['x', {option!r}]\n"
        f"from {program}.__main__ import main\n"
        "try: main()\n"
        f"finally: print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False, timeout=60, env={}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert done.stderr.splitlines()[-1] == "[]"


def test_a_livekit_command_shows_its_own_options_without_a_model() -> None:
    """Nothing is started, and no key is asked for."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "mcp_voice_agent", "dev", "--help"],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={},
    )
    assert done.returncode == 0, done.stderr
    assert "--log-level" in done.stdout
    assert LIVEKITS["dev"] in " ".join(done.stdout.split())
    assert "eprecated" not in done.stdout + done.stderr
    assert "<bool>" not in done.stdout
