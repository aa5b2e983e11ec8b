"""The command lines that documents show, and the exit codes that they name, against the program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

import pytest
import typer

from mcp_voice.cli import app as cli
from mcp_voice.settings import Settings, variable
from mcp_voice_agent import cli as companion
from mcp_voice_agent.settings import AgentSettings
from testkit.documents import DOCUMENTS, REPOSITORY, ROOT, commands, read

README = read("README.md")
ASKS = read("docs/asks.md")
FRAMEWORKS = read("docs/agent-frameworks.md")
HOSTS = read("docs/hosts.md")
SCRIPTS = read("docs/scripts.md")
SECURITY = read("docs/security.md")
AGENTS = read("agents/README.md")
VARIABLES = {variable(name, AgentSettings) for name in AgentSettings.model_fields}
REPOSITORY_URL = REPOSITORY.removesuffix("/blob/main/")
OTHERS_VARIABLES = {"OPENAI_AGENTS_DISABLE_TRACING"}
"""What is named and read by another program."""
LONGEST_DEFAULT = 60
"""Characters of a default that a table shows; a longer one is described."""


def spaced(text: str) -> str:
    """Text without line breaks, so that a sentence is found wherever it is wrapped."""
    return re.sub(r"\s+", " ", text)


def quoted(text: str) -> list[str]:
    """What stands in backquotes."""
    return re.findall(r"`([^`]+)`", text)


def program(arguments: Sequence[str]) -> None:
    """Read a command line as mcp-voice does, without doing anything; raises click's UsageError."""
    group = typer.main.get_command(cli.app)
    context = group.make_context("mcp-voice", list(arguments))
    while hasattr(group, "resolve_command") and (rest := [*context._protected_args, *context.args]):
        name, group, rest = group.resolve_command(context, rest)
        context = group.make_context(name, rest, parent=context)


def command_names() -> Iterator[str]:
    """Every command of mcp-voice, with those below it."""
    top = typer.main.get_command(cli.app)
    for name, command in top.commands.items():  # type: ignore[attr-defined]
        yield name
        for each in getattr(command, "commands", {}):
            yield f"{name} {each}"


def started(words: list[str]) -> list[str] | None:
    """The arguments of mcp-voice in a command that starts it, in whichever way; None for another command."""
    match words:
        case ["mcp-voice", *arguments]:
            return arguments
        case ["uvx", "mcp-voice", *arguments] | ["uvx", "--python", "3.13", "mcp-voice", *arguments]:
            return arguments
        case ["uvx", "--from", source, "mcp-voice", *arguments] if source == f"git+{REPOSITORY_URL}":
            return arguments
        case ["uv", "run", "--no-dev", "--directory", "/path/to/mcp-voice", "mcp-voice", *arguments]:
            return arguments
    return None


def missing(arguments: Sequence[str]) -> list[str]:
    """Which of a command's arguments are files of deploy/ that there are not; who deploys makes .env files."""
    ours = [each for each in arguments if each.startswith("deploy/") and not each.endswith("/.env")]
    return [each for each in ours if not (ROOT / each).exists()]


def companion_commands() -> set[str]:
    """Every command of mcp-voice-agent."""
    return set(typer.main.get_command(companion.app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_line_can_be_read(document: str) -> None:
    """Each shell line is one of ours with arguments that it takes, or one whose own part is checked here."""
    for words in commands(read(document)):
        while re.fullmatch(r"[A-Z_]+=.*", words[0]):
            assert words.pop(0).partition("=")[0] in VARIABLES
        if (arguments := started(words)) is not None:
            program(arguments)
            continue
        match words:
            case ["claude", "mcp", "add", "voice", *rest] if "--" in rest:
                options, server = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
                given = [option.partition("=")[0] for option in options if option != "-e"]
                assert set(given) <= {variable(name) for name in Settings.model_fields}
                assert started(server) == []
            case ["docker" | "kubectl" | "railway" | "curl" | "cp" | "promtool" as tool, *rest] if (
                "deploy/" in document
            ):
                assert (tool, missing(rest)) == (tool, [])
            case ["uv", "run", "--package", "mcp-voice-agent", *ours] if ours[0] == "mcp-voice-agent":
                assert ours[1] in companion_commands(), words
            case [script, *_] if script.startswith("./"):
                assert (ROOT / script).is_file()
            case ["git", "clone", _] | ["cd", "mcp-voice"]:
                pass
            case (
                ["curl", "-LsSf", "https://astral.sh/uv/install.sh"]
                | ["sh"]
                | ["sudo", "ip", *_]
                | ["tailscale", "serve", "--bg", "8800"]
                | ["codex" | "gemini", "mcp", "add", *_, "uvx", "mcp-voice"]
                | ["uv", "tool", "install", "mcp-voice" | "mcp-voice[local]"]
            ):
                pass
            case _:
                pytest.fail(f"{document} has a command that nothing here knows: {words}")


@pytest.mark.parametrize(("document", "command"), [("agents/README.md", "doctor"), ("deploy/README.md", "cost")])
def test_a_command_is_given_as_it_works_from_a_clone(document: str, command: str) -> None:
    """Nothing puts mcp-voice-agent on PATH, and until it is on PyPI a clone is where people have it."""
    text = re.sub(r"\s+", " ", read(document))
    assert f"uv run --package mcp-voice-agent mcp-voice-agent {command}" in text


def test_the_companions_document_begins_with_what_people_set_first() -> None:
    """Whoever tries it wants to give it a language model and a part, and reads about operation later."""
    headings = re.findall("^## (.*)", AGENTS, re.MULTILINE)
    assert headings[:3] == ["Run it", "Settings you will want first", "In operation"]
    (first,) = re.findall("## Settings you will want first(.*?)\n## ", AGENTS, re.DOTALL)
    assert {"MCP_VOICE_AGENT_LLM", "MCP_VOICE_AGENT_INSTRUCTIONS", "MCP_VOICE_AGENT_GREETING"} <= set(quoted(first))


def test_commands_within_sentences_can_be_read_and_all_are_mentioned() -> None:
    """A reader copies these too, and finds every command that there is."""
    prose = "".join(re.sub("```.*?```", "", read(document), flags=re.DOTALL) for document in DOCUMENTS)
    lines = [*map(shlex.split, quoted(prose)), *(words for document in DOCUMENTS for words in commands(read(document)))]
    ours = [arguments for words in lines if (arguments := started(words)) is not None]
    for words in ours:
        program(words)
    mentioned = {" ".join(words[:length]) for words in ours for length in (1, 2)}
    assert set(command_names()) - mentioned == set()


def test_exit_codes_are_the_documented_ones() -> None:
    """Scripts branch on them."""
    (sentence,) = re.findall(r"Exit codes: ([^.]*)\.", spaced(SCRIPTS))
    codes = {int(code): meaning for code, meaning in re.findall(r"\b(\d+) (\w+ \w+(?: \w+)*)", sentence)}
    expected = {"answered": "done or answered", "pending": "no answer in time", "left": "everybody left"}
    assert {status: codes[cli.EXIT_CODES[status]] for status in expected} == expected
    assert codes[cli.EXIT_CODES["cancelled"]] == "question withdrawn"
