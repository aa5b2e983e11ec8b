"""Choosing local speech: what has to be installed, and what has to be there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcp_voice.errors import BadSettings
from mcp_voice.models import MOONSHINE_STREAMING, PIPER
from mcp_voice.settings import Settings
from mcp_voice.speech.catalogue import TEXT_TO_SPEECH, Direction, choose, make_tts
from mcp_voice.speech.providers import local
from testkit.piper_voices import DESCRIPTION, joe, made_up


def given(tts: str, folder: Path | None = None) -> Settings:
    """Settings with hardly anything else; models are in ``folder``, if anywhere."""
    return Settings.model_construct(tts=tts, models_dir=folder, cache_dir=folder)


def refused(tts: str, folder: Path | None = None) -> BadSettings:
    """What is said instead of a choice."""
    with pytest.raises(BadSettings) as caught:
        choose(given(tts, folder), "tts")
    return caught.value


def test_it_is_never_chosen_unless_it_is_named() -> None:
    """Whatever needs a download is the user's decision."""
    assert list(TEXT_TO_SPEECH.offers)[-1] == "local"
    assert choose(given(""), "tts").provider == "offline"


def test_a_known_voice_that_is_not_here_is_told_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    """Nothing of that size is fetched unasked."""
    for tts, name in (("local", "norman"), ("local/norman", "norman"), ("local/ljspeech", "ljspeech")):
        error = refused(tts, tmp_path)
        assert (error.code, f"`mcp-voice models get piper-{name}`" in error.fix) == ("unusable-model", True)
        assert "64 MB" in error.fix


@pytest.mark.parametrize("name", list(PIPER))
def test_a_known_voice_is_found_where_models_are_kept(name: str, tmp_path: Path) -> None:
    """By its name, in the folder that a setting names."""
    model, description = PIPER[name].files
    made_up(tmp_path).unlink()
    with (tmp_path / model.name).open("wb") as file:
        file.truncate(model.size)
    (tmp_path / description.name).write_text(json.dumps(DESCRIPTION).ljust(description.size))
    assert choose(given(f"local/{name}", tmp_path), "tts").label == f"local/{name}"


@pytest.mark.anyio
async def test_a_voice_may_be_any_folder_with_a_piper_voice() -> None:
    """There are some hundred, in forty languages."""
    settings = given(f"local/{joe()}")
    choice = choose(settings, "tts")
    assert choice.label == f"local/{joe()}"
    voice = make_tts(settings, choice)
    assert (voice.sample_rate, voice.provider) == (22_050, "local")
    await voice.aclose()


def test_a_path_may_hold_a_colon(tmp_path: Path) -> None:
    """As all of Windows' do."""
    model = made_up(tmp_path / "c:voices")
    assert choose(given(f"local/{model}"), "tts").model == str(model)


def test_a_voice_that_is_not_there_is_told_with_the_way_to_have_one(tmp_path: Path) -> None:
    """Before a question is asked, not when it should sound."""
    error = refused(f"local/{tmp_path}")
    assert error.code == "unusable-model"
    assert "holds no file that ends in .onnx" in str(error)
    assert "absolute path" in error.fix


@pytest.mark.parametrize("language", list(MOONSHINE_STREAMING))
def test_a_known_recogniser_that_is_not_here_is_told_with_the_command_that_fetches_it(
    language: str, tmp_path: Path
) -> None:
    """English is the default."""
    for stt in (f"local/small-streaming-{language}", *(["local"] if language == "en" else [])):
        settings = Settings.model_construct(stt=stt, models_dir=tmp_path, cache_dir=tmp_path)
        with pytest.raises(BadSettings, match=f"mcp-voice models get moonshine-small-streaming-{language}`"):
            choose(settings, "stt")


def test_a_folder_without_a_recogniser_is_told(tmp_path: Path) -> None:
    """By what is missing there."""
    with pytest.raises(BadSettings, match=r"holds no tokenizer\.bin.*Use one of small-streaming-en"):
        choose(Settings.model_construct(stt=f"local/{tmp_path}"), "stt")


@pytest.mark.parametrize("name", ["local/nobody", "local/voices/joe", "local/Norman", "local/~nobody-here/joe"])
def test_an_unknown_name_is_told(name: str) -> None:
    """A relative path depends on where mcp-voice is started, so it is none."""
    assert refused(name).code == "unknown-model"


def test_without_the_extra_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs the models is 80 MB on disk, which not everybody needs."""
    monkeypatch.setattr(local, "find_spec", lambda _: None)
    cases: tuple[tuple[Settings, Direction], ...] = (
        (given(f"local/{joe()}"), "tts"),
        (Settings.model_construct(stt="local"), "stt"),
    )
    for settings, direction in cases:
        with pytest.raises(BadSettings, match=r"`pip install 'mcp-voice\[local\]'`") as caught:
            choose(settings, direction)
        assert caught.value.code == "not-installed"


@pytest.mark.parametrize("place", [f"/{'x' * 5_000}", "~no-such-user-9/voices", "/dev/null/voice", "/proc/self/mem"])
@pytest.mark.parametrize("direction", ["tts", "stt"])
def test_a_path_that_the_system_refuses_is_told_as_a_setting(place: str, direction: Direction) -> None:
    """Too long a name, a home that there is not, a file that cannot be read."""
    pytest.importorskip("moonshine_voice")
    settings = Settings.model_construct(tts=f"local/{place}", stt=f"local/{place}")
    with pytest.raises(BadSettings):
        choose(settings, direction)
