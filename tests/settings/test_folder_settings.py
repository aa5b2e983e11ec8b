"""The ``.env`` of the working directory, whoever wrote it, sets what is harmless and nothing else."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from mcp_voice import doctor
from mcp_voice.doctor.audit import audit
from mcp_voice.settings import Settings, harmless_fields, load, names, variable
from mcp_voice.settings.ignored import tell_ignored
from mcp_voice_agent.settings import AgentSettings
from testkit.command import run

SECRET = "hunter2-do-not-show"
HARMLESS = {"language", "name", "patience", "turn_detector", "wait_seconds", "ask_seconds", "keep_seconds"}
HARMLESS |= {"quiet_seconds", "stt_seconds", "tts_seconds", "open_browser", "captions"}
VALUES = {
    "language": "de",
    "patience": "2",
    "turn_detector": "false",
    "wait_seconds": "7",
    "ask_seconds": "7",
    "keep_seconds": "4000",
    "quiet_seconds": "7",
    "stt_seconds": "7",
    "tts_seconds": "7",
    "open_browser": "never",
    "captions": "false",
    "log_level": "DEBUG",
    "log_speech": "true",
    "livekit_url": "ws://evil.example:1",
    "openai_base_url": "http://evil.example:1",
    "stt_base_url": "http://evil.example:1",
    "tts_base_url": "http://evil.example:1",
}
"""Of those that are no text or path, one that can be set."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to start in, and none of our variables set."""
    for name in [name for name in os.environ if name.startswith(("MCP_VOICE_", "LIVEKIT_", "OPENAI_", "OTEL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ignored(caplog: pytest.LogCaptureFixture) -> str:
    """What was warned of, in one line."""
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "\n" not in record.getMessage()
    return record.getMessage()


@pytest.mark.parametrize("kind", [Settings, AgentSettings])
def test_what_is_harmless_is_decided_setting_by_setting(kind: type[Settings]) -> None:
    """A new one is not, until somebody has thought about it and says so here too; the companion reads no folder's."""
    companions = {"name"} if kind is AgentSettings else set()
    assert set(harmless_fields(kind)) == HARMLESS - companions


@pytest.mark.parametrize("field", Settings.model_fields)
@pytest.mark.parametrize("own_name", [False, True], ids=["usual name", "name of ours"])
def test_a_folders_file_sets_this_only_if_it_is_harmless(field: str, folder: Path, *, own_name: bool) -> None:
    """Each setting there is, by each name that sets it."""
    (folder / ".env").write_text(f"{names(field)[own_name]}={VALUES.get(field, '/evil')}\n")
    assert (getattr(load(), field) != getattr(Settings.model_construct(), field)) == (field in HARMLESS)
    assert load(folder=None) == load(_env_file=None)


def test_the_environment_wins_over_a_folders_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its name is written in small letters."""
    (folder / ".env").write_text("MCP_VOICE_NAME=Folder\nMCP_VOICE_LANGUAGE=de\n")
    monkeypatch.setenv("mcp_voice_name", "Ann")
    assert (load().name, load().language) == ("Ann", "de")


def test_the_local_file_of_livekits_starters_is_read_too_and_wins(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is bound by the same rule: what is not harmless is passed over and told."""
    (folder / ".env").write_text("MCP_VOICE_NAME=Folder\nMCP_VOICE_LANGUAGE=de\n")
    (folder / ".env.local").write_text("MCP_VOICE_NAME=Local\nLIVEKIT_URL=ws://evil.example:1\n")
    assert (load().name, load().language, load().livekit_url) == ("Local", "de", "")
    assert load(folder=None) == load(_env_file=None)
    tell_ignored()
    assert ".env.local' sets LIVEKIT_URL: ignored" in ignored(caplog)


def test_a_folders_file_cannot_draw_a_secret_into_what_others_see(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody in a room reads our name, and dotenv files may refer to variables of the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    (folder / ".env").write_text('MCP_VOICE_NAME="${OPENAI_API_KEY}"\n')
    assert load().name == "${OPENAI_API_KEY}"


def test_a_named_file_takes_the_place_of_the_folders(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may set everything."""
    file = folder / "mine.env"
    file.write_text("LIVEKIT_URL=ws://mine:1\n")
    (folder / ".env").write_text("MCP_VOICE_NAME=Folder\n")
    monkeypatch.setenv("MCP_VOICE_ENV_FILE", str(file))
    assert (load().livekit_url, load().name) == ("ws://mine:1", "")
    assert load(folder=None).livekit_url == "ws://mine:1"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"MCP_VOICE_PATIENCE=x\n", b"#" * 2_000_000], ids=len)
def test_a_folders_file_does_not_keep_a_server_from_starting(folder: Path, content: bytes) -> None:
    """Whatever is in it."""
    (folder / ".env").write_bytes(content)
    tell_ignored(folder=None)
    assert load(folder=None) == load(_env_file=None)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name")
def test_a_pipe_for_a_file_is_not_waited_for(folder: Path) -> None:
    """Opening one waits until somebody writes."""
    os.mkfifo(folder / ".env")
    assert load() == load(_env_file=None)


def test_what_is_passed_over_is_told_once_without_its_value(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever had settings there must learn why they have gone, and what to do."""
    (folder / ".env").write_text(f"LIVEKIT_API_SECRET={SECRET}\nMCP_VOICE_NAME=Ann\nOTHER=1\nMCP_VOICE_STT=offline\n")
    tell_ignored()
    tell_ignored()
    text = ignored(caplog)
    assert "sets LIVEKIT_API_SECRET, MCP_VOICE_STT: ignored" in text
    assert "MCP_VOICE_ENV_FILE" in text
    assert SECRET not in text


def test_a_server_reads_none_and_says_so(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not even what is harmless; the companion's own variables and OpenTelemetry's are named by the companion."""
    (folder / ".env").write_text(
        "MCP_VOICE_NAME=Ann\nMCP_VOICE_AGENT_GREETING=Hi\nOTEL_SERVICE_NAME=x\nOTEL_\x1b[2J=y\n"
    )
    tell_ignored(AgentSettings, folder=None, prefixes=("OTEL_",))
    assert "sets MCP_VOICE_NAME, MCP_VOICE_AGENT_GREETING, OTEL_SERVICE_NAME: ignored" in ignored(caplog)


def test_nothing_is_told_of_what_the_environment_sets_anyway(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would not have been read before either."""
    monkeypatch.setenv("LIVEKIT_URL", "ws://mine:1")
    (folder / ".env").write_text("LIVEKIT_URL=ws://evil:1\n")
    tell_ignored(folder=None)
    assert not caplog.records


def test_doctor_shows_what_is_really_read(folder: Path) -> None:
    """An audit that shows a value nobody uses would mislead."""
    (folder / ".env").write_text("LIVEKIT_URL=ws://evil:1\nMCP_VOICE_NAME=Ann\nMCP_VOICE_TSS=offline\n")
    given = doctor._given()
    found = {each.variable: (each.source, each.shown) for each in audit(given)}
    assert found["LIVEKIT_URL"] == ("", "")
    assert found["MCP_VOICE_NAME"] == (".env", "Ann")
    assert "MCP_VOICE_TSS" in given.dotenv


@pytest.mark.anyio
@pytest.mark.parametrize("command", [("rooms",), ("server", "status"), ("serve",)], ids=" ".join)
async def test_every_program_warns_on_stderr_and_keeps_stdout_clean(folder: Path, command: tuple[str, ...]) -> None:
    """One line of one sentence, in whatever way it was started."""
    (folder / ".env").write_text(f"LIVEKIT_URL=ws://evil.example:1\nOPENAI_API_KEY={SECRET}\n")
    settings = {"MCP_VOICE_STATE_DIR": str(folder / "state"), "LIVEKIT_API_KEY": "k"}
    if command != ("server", "status"):
        settings |= {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_SECRET": "s" * 32}
    done = await run(*command, folder=folder, settings=settings)
    assert done.err.count("OPENAI_API_KEY: ignored") == 1
    assert SECRET not in done.err + done.out
    assert "evil.example" not in done.err + done.out


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("command", "end"),
    [
        (("serve", "--http", "192.0.2.1:0"), "Without tokens, anybody who can reach 192.0.2.1 could speak"),
        (("worker",), "MCP_VOICE_STORE is not set"),
    ],
    ids=["serve --http", "worker"],
)
async def test_a_server_is_kept_from_nothing_by_a_folders_file_and_says_what_it_passes_over(
    folder: Path, command: tuple[str, ...], end: str
) -> None:
    """It ends by what its own settings lack, which is looked at last; the file's value is none, or the file is none."""
    (folder / ".env").write_text("MCP_VOICE_PATIENCE=x\n")
    done = await run(*command, folder=folder)
    assert (done.code, done.out) == (1, "")
    assert end in done.err
    assert done.err.count("sets MCP_VOICE_PATIENCE: ignored") == 1
    (folder / ".env").write_bytes(b"\xff\xfe\x00")
    assert end in (await run(*command, folder=folder)).err


def test_every_name_of_every_setting_is_known() -> None:
    """What is compared with the lines of a folder's file."""
    assert variable("openai_api_key") in names("openai_api_key")
    assert "MCP_VOICE_OPENAI_API_KEY" in names("openai_api_key")
