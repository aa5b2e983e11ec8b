"""The file of MCP servers is the hosts' own, and what cannot be used of it is said before the first conversation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_voice.errors import BadSettings
from mcp_voice.settings import load
from mcp_voice_agent.mcp_servers import Http, McpServer, Stdio, servers
from mcp_voice_agent.settings import AgentSettings
from testkit.agent_settings import bare_environment, given

URL = "https://mcp.example.com/mcp"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set but what a test sets."""
    bare_environment(monkeypatch)
    monkeypatch.setenv("GITHUB_TOKEN", "ghp-made-up-1")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("UNSET", raising=False)


def read(tmp_path: Path, **entries: Any) -> tuple[McpServer, ...]:
    """What is made of a file with these entries."""
    return servers(given(agent_mcp_file=written(tmp_path, {"mcpServers": entries})))


def written(tmp_path: Path, content: Any) -> Path:
    """A file with this in it."""
    file = tmp_path / "mcp.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def fault(tmp_path: Path, name: str, entry: Any) -> str:
    """What is said of an entry that cannot be used."""
    with pytest.raises(BadSettings) as raised:
        read(tmp_path, **{name: entry})
    return str(raised.value)


def test_programs_and_addresses_are_read_as_hosts_have_them(tmp_path: Path) -> None:
    """Somebody copies the file of another host, and it works."""
    entries = {
        "time": {"command": "uvx", "args": ["mcp-server-time"], "alwaysAllow": [], "description": "of another host"},
        "files": {"type": "stdio", "command": "/usr/bin/npx", "args": ["-y", "x"], "env": {"A": "b"}, "cwd": "~"},
        "github": {"type": "http", "url": URL, "headers": {"Authorization": "Bearer x"}, "timeout": 5000},
        "plain": {"url": "http://127.0.0.1:8000/mcp"},
        "streaming": {"type": "streamable-http", "url": URL},
        "old": {"type": "sse", "url": "https://mcp.example.com/sse"},
        "off": {"command": "uvx", "disabled": True},
    }
    made = {each.name: each for each in read(tmp_path, **entries)}
    assert list(made) == ["time", "files", "github", "plain", "streaming", "old"]
    assert made["time"].way == Stdio("uvx", ("mcp-server-time",))
    assert made["files"].way == Stdio("/usr/bin/npx", ("-y", "x"), {"A": "b"}, Path.home())
    assert made["github"].way == Http(URL, {"Authorization": "Bearer x"})
    assert (made["github"].seconds, made["time"].seconds) == (5.0, None)
    assert made["old"].way == Http("https://mcp.example.com/sse", sse=True)


def test_without_a_file_there_are_no_servers() -> None:
    """As for most companions."""
    assert servers(given()) == ()


def test_variables_are_put_in_everywhere_as_hosts_do(tmp_path: Path) -> None:
    """With a default for those that are unset or empty."""
    program = {"command": "${UNSET:-uvx}", "args": ["--token=${GITHUB_TOKEN}", "${EMPTY:-full}", "${EMPTY}"],
               "env": {"TOKEN": "${GITHUB_TOKEN}"}}  # fmt: skip
    address = {"url": "https://${UNSET:-mcp.example.com}/mcp", "headers": {"X-Key": "${GITHUB_TOKEN}"}}
    one, other = read(tmp_path, one=program, other=address)
    assert one.way == Stdio("uvx", ("--token=ghp-made-up-1", "full", ""), {"TOKEN": "ghp-made-up-1"})
    assert other.way == Http(URL, {"X-Key": "ghp-made-up-1"})


def test_variables_may_stand_in_the_file_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets are kept there; the environment wins over it, as for every setting."""
    settings_file = tmp_path / "settings.env"
    settings_file.write_text("NOTES_KEY=made-up-2\nGITHUB_TOKEN=another\n", encoding="utf-8")
    file = written(tmp_path, {"mcpServers": {"a": {"command": "x", "args": ["${NOTES_KEY}", "${GITHUB_TOKEN}"]}}})
    monkeypatch.setenv("MCP_VOICE_ENV_FILE", str(settings_file))
    (server,) = servers(load(AgentSettings, folder=None, agent_mcp_file=file))
    assert isinstance(server.way, Stdio)
    assert server.way.args == ("made-up-2", "ghp-made-up-1")


def test_no_secret_is_in_the_repr_of_a_server(tmp_path: Path) -> None:
    """Reprs are what logs and tracebacks show."""
    entries = {
        "one": {"command": "x", "args": ["--key=${GITHUB_TOKEN}"], "env": {"KEY": "${GITHUB_TOKEN}"}},
        "other": {"url": f"{URL}?key=${{GITHUB_TOKEN}}", "headers": {"X-Key": "${GITHUB_TOKEN}"}},
    }
    assert "ghp" not in repr(read(tmp_path, **entries))


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({}, "it must have either a command (stdio) or a url (http)"),
        ({"command": "x", "url": URL}, "it must have either a command (stdio) or a url (http)"),
        ({"type": "http", "command": "x"}, "type: stdio needs a command, and every other type a url"),
        ({"type": "stdio", "url": URL}, "type: stdio needs a command, and every other type a url"),
        ({"type": "carrier-pigeon", "url": URL}, "type: must be stdio, http"),
        ({"command": "./server"}, "command: it must be the name of a program on PATH, or an absolute path"),
        ({"command": "x", "cwd": "here"}, "cwd: it must be an absolute path"),
        ({"command": "x", "args": "-y"}, "args: must be a list"),
        ({"command": "x", "args": ["\0"]}, "it contains a null character"),
        ({"command": "x", "env": {"A": 1}}, "env.A: must be text"),
        ({"command": "x", "env": {"A=B": ""}}, "env: a variable must have a name without ="),
        (
            {"command": "x", "env": {"A": "${UNSET}"}},
            "env.A: the variable UNSET is not set: set it, or write ${UNSET:-default}",
        ),
        ({"url": URL, "headers": {"X-Key": "${UNSET}"}}, "headers.X-Key: the variable UNSET is not set"),
        ({"url": URL, "headers": {"X Key": "a"}}, "headers: a header must have a name"),
        ({"url": URL, "headers": {"X-Key": "a\nb"}}, "headers.X-Key: it must be one line of ASCII"),
        ({"url": "mcp.example.com"}, "url: it must begin with https:// or http://"),
        ({"url": "https://["}, "url: it is not a URL"),
        ({"url": "https://bob:pw@mcp.example.com/"}, "url: it must not contain a user or password; use headers"),
        ({"command": "x", "timeout": -1}, "timeout: must be a number above 0"),
        ("uvx", "it: must be an object with named fields"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(tmp_path: Path, entry: Any, told: str) -> None:
    """The operator reads file, server and field, and no value."""
    said = fault(tmp_path, "notes", entry)
    assert said.startswith(
        f"MCP_VOICE_AGENT_MCP_FILE has entries that cannot be used: {tmp_path / 'mcp.json'}, 'notes': "
    )
    assert told in said
    assert "bob" not in said


@pytest.mark.parametrize("name", ["", "two words", "a__b", "_a", "x" * 33, "säge"])
def test_a_name_that_no_tool_could_begin_with_is_refused(tmp_path: Path, name: str) -> None:
    """It is the beginning of each tool's name."""
    assert "its name must be letters, digits, hyphens and single underscores" in fault(tmp_path, name, {"command": "x"})


def test_more_servers_than_can_be_used_are_refused(tmp_path: Path) -> None:
    """Each costs a process in every conversation."""
    with pytest.raises(BadSettings, match="17 servers exceed the limit of 16"):
        read(tmp_path, **{f"s{number}": {"command": "x"} for number in range(17)})


def test_seconds_taken_for_milliseconds_are_passed_over(tmp_path: Path) -> None:
    """As Claude Code does with less than a second; and nobody waits for more than a minute."""
    short, long = read(tmp_path, a={"command": "x", "timeout": 30}, b={"command": "x", "timeout": 600_000})
    assert (short.seconds, long.seconds) == (None, 60.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "which cannot be read: No such file or directory."),
        ('{"mcpServers": {\n"a": "sécret', "which is not JSON in UTF-8 at line 2."),
        ('{"servers": {}}', "which has no object `mcpServers`"),
        ("[]", "which has no object `mcpServers`"),
        ("[" * 100_000, "which is not JSON in UTF-8."),
        (" " * 1_100_000 + "{}", "which has no object `mcpServers` within its first 1048576 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str | None, told: str) -> None:
    """A worker that starts without its tools would be worse than one that does not start."""
    file = tmp_path / "mcp.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings) as raised:
        servers(given(agent_mcp_file=file))
    assert told in str(raised.value)
    assert "cret" not in str(raised.value)
