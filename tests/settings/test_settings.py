"""Settings are read once, and a mistake in them is one sentence that names the variable and never its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_voice.errors import BadSettings
from mcp_voice.settings import Settings, load, variable

SECRET = "hunter2-do-not-show"
MALFORMED = {
    "LIVEKIT_URL": f"localhost:7880/{SECRET}",
    "OPENAI_BASE_URL": f"ftp://{SECRET}",
    "MCP_VOICE_PATIENCE": SECRET,
    "MCP_VOICE_WAIT_SECONDS": "-1",
    "MCP_VOICE_ASK_SECONDS": "forever",
    "MCP_VOICE_QUIET_SECONDS": "nan",
    "MCP_VOICE_LOG_LEVEL": "LOUD",
    "MCP_VOICE_TURN_DETECTOR": SECRET,
    "MCP_VOICE_NAME": SECRET * 10,
}


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to start in, and none of our variables set."""
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused() -> str:
    """What is said of the settings, which must be one sentence with the next step and no secret."""
    with pytest.raises(BadSettings) as caught:
        load()
    text = str(caught.value)
    assert text.endswith("Correct the environment or .env and start again.")
    assert SECRET not in text
    assert "\n" not in text
    assert "pydantic" not in text
    return text


def test_without_any_setting_everything_has_a_default() -> None:
    """A new user sets nothing: embedded server, offline speech."""
    settings = load()
    assert (settings.livekit_url, settings.stt, settings.tts, settings.log_level) == ("", "", "", "WARNING")
    assert settings.may_enter("any room")


@pytest.mark.parametrize(("name", "value"), MALFORMED.items())
def test_a_malformed_value_is_refused_by_the_name_of_its_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever set it must find it, and a value that was set in the wrong place may be a secret."""
    monkeypatch.setenv(name, value)
    assert f"{name}: " in refused()


def test_all_mistakes_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wants to start a server once for each of them."""
    monkeypatch.setenv("MCP_VOICE_PATIENCE", "9")
    monkeypatch.setenv("MCP_VOICE_LOG_LEVEL", "LOUD")
    text = refused()
    assert "MCP_VOICE_PATIENCE" in text
    assert "MCP_VOICE_LOG_LEVEL" in text


@pytest.fixture
def named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that MCP_VOICE_ENV_FILE names."""
    file = bare / "settings" / "voice.env"
    file.parent.mkdir()
    file.touch()
    monkeypatch.setenv("MCP_VOICE_ENV_FILE", str(file))
    return file


def test_the_named_file_is_read_and_the_environment_wins_over_it(named: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere else."""
    named.write_text("LIVEKIT_API_KEY=from_file\nexport MCP_VOICE_NAME='Ann'\nLIVEKIT_URL=ws://file:1\n")
    monkeypatch.setenv("LIVEKIT_URL", "ws://environment:1")
    settings = load()
    assert (settings.livekit_api_key, settings.name) == ("from_file", "Ann")
    assert settings.livekit_url == "ws://environment:1"


@pytest.mark.parametrize("line", [f'LIVEKIT_API_SECRET="{SECRET}', "export livekit_api_secret", "LIVEKIT_API_SECRET"])
def test_a_malformed_line_of_ours_in_the_named_file_is_named_by_its_number(named: Path, line: str) -> None:
    """The parser passes over such lines, so a secret would seem not to be set."""
    named.write_text(f"# LiveKit\n\nLIVEKIT_URL=ws://host:1\n{line}\nLIVEKIT_API_KEY=key\n")
    assert "voice.env line 4: LIVEKIT_API_SECRET" in refused()


def test_lines_of_others_in_env_file_do_not_matter(bare: Path) -> None:
    """An MCP host starts us in a project's folder, whose .env is not ours."""
    (bare / ".env").write_text('{"json": 1}\nNOT_OURS="open\nMCP_VOICE_NAME=Ann\nALSO_NOT_OURS\n')
    assert load().name == "Ann"


def test_an_env_file_that_is_no_text_is_refused(bare: Path) -> None:
    """Some editors save UTF-16."""
    (bare / ".env").write_bytes("LIVEKIT_URL=ws://host:1".encode("utf-16"))
    assert ".env cannot be read (UnicodeDecodeError)" in refused()


def test_the_file_that_cannot_be_read_is_the_one_that_is_named(bare: Path) -> None:
    """``.env`` was sound, and blamed for what stood in the other."""
    (bare / ".env").write_text("MCP_VOICE_NAME=Ann\n")
    (bare / ".env.local").write_bytes("MCP_VOICE_NAME=Zo\xeb\n".encode("latin-1"))
    assert "cannot be used: .env.local cannot be read (UnicodeDecodeError)" in refused()


def test_a_named_file_that_cannot_be_read_is_told_by_its_path(named: Path) -> None:
    """Nobody has a ``.env`` there."""
    named.write_bytes("MCP_VOICE_NAME=Zo\xeb\n".encode("latin-1"))
    assert f"{named} cannot be read (UnicodeDecodeError)" in refused()
    # Longer than is looked at for lines of ours.
    named.write_bytes(b"#" * 70_000 + "\nMCP_VOICE_NAME=Zo\xeb\n".encode("latin-1"))
    assert f"{named} cannot be read (UnicodeDecodeError)" in refused()


@pytest.mark.parametrize("value", ["en", "de-AT", "zh-Hant-TW", "es-419", "cmn-Hans", "EN-us", "gsw", "sr-Latn"])
def test_a_language_may_be_any_that_has_a_tag(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recognisers know more languages than we have words of."""
    monkeypatch.setenv("MCP_VOICE_LANGUAGE", value)
    assert load().language == value


@pytest.mark.parametrize("value", ["english", "en_US", "en-", "-en", "e", "de-Austria", "en US", "de,en", "*", "é"])
def test_a_language_that_is_no_tag_is_refused_with_an_example(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recogniser refused it with the first words that somebody said, or took it for another language."""
    monkeypatch.setenv("MCP_VOICE_LANGUAGE", value)
    must = "must be a BCP 47 tag, language[-Script][-Region], such as en, de-AT or zh-Hant-TW"
    assert f"MCP_VOICE_LANGUAGE: {must}" in refused()


def test_empty_values_count_as_not_set(named: Path) -> None:
    """Hosts fill in empty strings for what their user left out."""
    named.write_text("LIVEKIT_URL=\nMCP_VOICE_WAIT_SECONDS=\nMCP_VOICE_NAME=Ann\n")
    settings = load()
    assert (settings.livekit_url, settings.wait_seconds, settings.name) == ("", None, "Ann")


def test_secrets_are_not_shown_where_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracebacks and logs print objects."""
    for name in ("LIVEKIT_API_SECRET", "OPENAI_API_KEY", "DEEPGRAM_API_KEY", "CARTESIA_API_KEY"):
        monkeypatch.setenv(name, SECRET)
    assert SECRET not in repr(load())
    assert SECRET not in str(load().model_dump())


def test_room_patterns_are_globs_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """MCP_VOICE_ROOMS is what keeps a model out of a board meeting."""
    monkeypatch.setenv("MCP_VOICE_ROOMS", "team-*, lobby ,[ab]1")
    settings = load()
    assert [room for room in ("team-x", "lobby", "b1", "team", "Team-x", "c1", "") if settings.may_enter(room)] == [
        "team-x",
        "lobby",
        "b1",
    ]


@pytest.mark.parametrize("value", ["", " ", " , ,"])
def test_a_limit_to_rooms_that_names_none_is_an_error(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template whose variable was not filled in must not open every room."""
    monkeypatch.setenv("MCP_VOICE_ROOMS", value)
    assert "MCP_VOICE_ROOMS: is set but names no room" in refused()


def test_a_limit_to_rooms_that_names_none_in_the_named_file_is_an_error(named: Path) -> None:
    """The same there."""
    named.write_text("MCP_VOICE_ROOMS=\n")
    assert "MCP_VOICE_ROOMS: is set but names no room" in refused()


@pytest.mark.parametrize(
    "name", ["MCP_VOICE_LIVEKIT_SERVER", "MCP_VOICE_STATE_DIR", "MCP_VOICE_CACHE_DIR", "MCP_VOICE_ENV_FILE"]
)
def test_a_relative_path_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would name something of whatever folder a host starts us in."""
    monkeypatch.setenv(name, "./something")
    assert f"{name}: must be an absolute path" in refused()


def test_a_folder_of_nobodys_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ~ stands before a name that no user has."""
    monkeypatch.setenv("MCP_VOICE_CACHE_DIR", "~no-such-user/cache")
    assert "MCP_VOICE_CACHE_DIR: must be an absolute path" in refused()


def test_a_named_file_that_is_missing_is_refused(named: Path) -> None:
    """Whoever names a file has settings in it."""
    named.unlink()
    assert "MCP_VOICE_ENV_FILE: no such file" in refused()


@pytest.mark.parametrize(
    "name", ["MCP_VOICE_MODELS_DIR", "MCP_VOICE_CACHE_DIR", "MCP_VOICE_STATE_DIR", "MCP_VOICE_ENV_FILE"]
)
def test_the_home_of_a_user_that_there_is_not_is_refused_by_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt ~ada/models; Python raises what no caller expects."""
    monkeypatch.setenv(name, "~no-such-user-9/models")
    assert f"{name}: " in refused()


def test_a_file_of_settings_with_too_long_a_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the system says of it."""
    monkeypatch.setenv("MCP_VOICE_ENV_FILE", f"/{'x' * 5_000}")
    assert "MCP_VOICE_ENV_FILE: " in refused()
