"""What stands beside a Piper voice: a file from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_voice.speech.local.voice_file import LARGEST_BYTES, VoiceFileError, read_voice
from mcp_voice.speech.local.voice_files import voice_files
from testkit.piper_voices import DESCRIPTION, joe, made_up


def written(folder: Path, text: str | bytes) -> Path:
    """A file with that in it."""
    path = folder / "voice.onnx.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_real_voice_is_read_as_its_makers_wrote_it() -> None:
    """Its rate, its phonemes and its manner."""
    found = voice_files(joe())
    assert found.model.is_file()
    assert (found.voice.sample_rate, found.voice.espeak_voice, found.voice.speakers) == (22_050, "en-us", 1)
    assert (found.voice.noise, found.voice.noise_width, found.voice.length) == (0.667, 0.8, 1.0)
    assert found.voice.ids["^"] == (1,)
    assert len(found.voice.ids) > 100


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"audio": {"sample_rate": 0}}, "audio.sample_rate is not a whole number from 8000 to 48000"),
        ({"audio": {"sample_rate": "22050"}}, "audio.sample_rate"),
        ({"audio": {"sample_rate": True}}, "audio.sample_rate"),
        ({"audio": {"sample_rate": 10**9}}, "audio.sample_rate"),
        ({"audio": {}}, "audio.sample_rate"),
        ({"audio": [22_050]}, "audio is not an object"),
        ({"espeak": {"voice": "../../en"}}, "espeak.voice is not the name of a voice"),
        ({"espeak": {"voice": "e" * 1000}}, "espeak.voice"),
        ({"espeak": {}}, "espeak.voice"),
        ({"inference": {"noise_scale": float("nan")}}, "inference.noise_scale is not a number from 0 to 2"),
        ({"inference": {"length_scale": 0}}, "inference.length_scale is not a number from 0.1 to 10"),
        ({"inference": {"noise_w": "0.8"}}, "inference.noise_w"),
        ({"inference": {"noise_w": 10**400}}, "inference.noise_w"),
        ({"phoneme_id_map": {}}, r"phoneme_id_map has no \^ and no _ and no \$"),
        ({"phoneme_id_map": {"^": [1], "_": [0], "$": 2}}, "phoneme_id_map holds something that is not a list"),
        ({"phoneme_id_map": {"^": [1], "_": [0], "$": [-2]}}, "a number of phoneme_id_map"),
        (
            {"phoneme_id_map": {"^": [1], "_": [0], "$": [2] * 100}},
            "phoneme_id_map holds something that is not a list of up to 8",
        ),
        ({"phoneme_id_map": {f"{at}": [1] for at in range(3000)}}, "more than 2000 phonemes"),
        ({"phoneme_type": "text"}, "its phonemes are not espeak-ng's"),
        ({"num_speakers": -1}, "num_speakers"),
    ],
)
def test_a_description_that_cannot_be_right_is_refused_by_what_is_wrong(
    changed: dict[str, Any], told: str, tmp_path: Path
) -> None:
    """Before a model of any size is loaded, or a sound is played at a rate that it does not have."""
    with pytest.raises(VoiceFileError, match=told):
        voice_files(made_up(tmp_path, **changed))


@pytest.mark.parametrize("text", ["", "{", "[]", '"voice"', "null", b"\xff\xfe\x00", "[" * 100_000])
def test_what_is_no_description_is_refused(text: str | bytes, tmp_path: Path) -> None:
    """Half a download, another file, or one that is made to exhaust whoever reads it."""
    with pytest.raises(VoiceFileError):
        read_voice(written(tmp_path, text))


def test_a_description_of_any_length_is_not_read_to_its_end(tmp_path: Path) -> None:
    """A voice's has some thousand bytes."""
    long = json.dumps({**DESCRIPTION, "more": "x" * LARGEST_BYTES})
    with pytest.raises(VoiceFileError, match="more than 1000000 bytes"):
        read_voice(written(tmp_path, long))


def test_a_voice_is_found_by_its_folder_or_by_its_model(tmp_path: Path) -> None:
    """Both are what people have after a download."""
    model = made_up(tmp_path)
    assert voice_files(tmp_path).model == voice_files(model).model == model


def test_a_voice_that_is_not_there_is_told_by_what_is_missing(tmp_path: Path) -> None:
    """The folder, the model, the description, or the choice between two."""
    with pytest.raises(VoiceFileError, match="neither a folder nor a file that ends in"):
        voice_files(tmp_path / "nowhere")
    with pytest.raises(VoiceFileError, match="holds no file that ends in"):
        voice_files(tmp_path)
    model = made_up(tmp_path)
    model.with_name("other.onnx").touch()
    with pytest.raises(VoiceFileError, match=r"several voices \('other.onnx', 'voice.onnx'\)"):
        voice_files(tmp_path)
    model.with_name("voice.onnx.json").unlink()
    with pytest.raises(VoiceFileError, match=r"'voice\.onnx\.json' is not beside"):
        voice_files(model)
