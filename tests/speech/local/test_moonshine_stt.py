"""Moonshine's own library in a child process, with the small weights that one of its releases has inside.

The streaming weights are in no package registry. What these read shows that the library is driven as it wants to be.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import anyio
import pytest
from livekit.agents import APIConnectionError, stt

from mcp_voice.models import MOONSHINE_STREAMING, MOONSHINE_TINY_EN, found
from mcp_voice.settings import Settings
from mcp_voice.speech.local.moonshine_files import ModelFolderError, arch_of
from mcp_voice.speech.local.moonshine_stt import MoonshineSTT, moonshine_pool
from mcp_voice.speech.noise import SAMPLE_RATE
from tests.speech.offline_audio import CLIPS, Clip, decoded, heard, room, until, words

pytestmark = pytest.mark.anyio

LIMIT = 60.0
FILES = {
    "streaming": ("adapter.ort", "cross_kv.ort", "decoder_kv.ort", "encoder.ort", "streaming_config.json"),
    "whole": tuple(file.name for file in MOONSHINE_TINY_EN.files),
}


def tiny() -> Path:
    """The folder of the weights."""
    folder = found(MOONSHINE_TINY_EN, Settings.model_construct())
    assert folder is not None
    return folder


def clip(text: str) -> Clip:
    """A clip by its words."""
    return next(each for each in CLIPS if each.text == text and "rms" in each.path.name)


def recogniser(folder: Path, *, speaks: str = "en", language: str = "en") -> MoonshineSTT:
    """One with processes of its own."""
    pool = moonshine_pool(folder, "tiny")
    return MoonshineSTT(pool, name="tiny-en", speaks=speaks, language=language, owns=True)


@pytest.fixture(scope="module")
async def ears() -> AsyncIterator[MoonshineSTT]:
    """One for all, closed in the end."""
    async with aclosing(recogniser(tiny())) as made:
        yield made


async def test_words_come_while_they_are_spoken_and_once_more_at_the_end(
    ears: MoonshineSTT, capfd: pytest.CaptureFixture[str]
) -> None:
    """Start, interim words, final words, end; and the library's log of what it hears goes nowhere."""
    said = clip("make a copy of the report")
    ears.set_choices(["green, or blue", "x" * 1000])
    async with ears.stream() as stream:
        for frame in room(decoded(said.path, rate=SAMPLE_RATE), rate=SAMPLE_RATE):
            stream.push_frame(frame)
        events = await until(stream, stt.SpeechEventType.END_OF_SPEECH)
    kinds = [event.type for event in events]
    assert kinds[0] == stt.SpeechEventType.START_OF_SPEECH
    assert stt.SpeechEventType.INTERIM_TRANSCRIPT in kinds
    assert kinds.count(stt.SpeechEventType.FINAL_TRANSCRIPT) == 1
    assert words(events[-2].alternatives[0].text) == words(said.text)
    assert (ears.provider, ears.model) == ("local", "tiny-en")
    output = capfd.readouterr()
    assert output.out == output.err == ""


async def test_one_utterance_after_the_other_is_read_by_itself(ears: MoonshineSTT) -> None:
    """Nothing of the one before is in the next, whatever the microphone's rate."""
    async with ears.stream() as stream:
        for text in ("yes please go ahead", "one two three four"):
            said = clip(text)
            read = await heard(stream, room(decoded(said.path, rate=48_000), rate=48_000))
            assert words(read).split()[:1] == [text.split()[0]]
            assert len(words(read).split()) <= 4


async def test_words_are_not_lost_with_a_process_that_dies(ears: MoonshineSTT) -> None:
    """Another one is given all that was said."""
    said = clip("make a copy of the report")
    frames = room(decoded(said.path, rate=SAMPLE_RATE), rate=SAMPLE_RATE)
    async with ears.stream() as stream:
        for frame in frames[: len(frames) // 2]:
            stream.push_frame(frame)
        await until(stream, stt.SpeechEventType.START_OF_SPEECH)
        for child in ears.pool.children:
            child.kill()
        assert words(await heard(stream, frames[len(frames) // 2 :])) == words(said.text)


async def test_a_model_that_cannot_be_loaded_is_told_by_its_folder_and_the_librarys_release(tmp_path: Path) -> None:
    """Half a download, or files of another release."""
    for name in ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
    async with aclosing(recogniser(tmp_path)) as broken:
        said = clip("yes please go ahead")
        with (
            anyio.fail_after(LIMIT),
            pytest.raises(APIConnectionError, match=r"moonshine-voice .* cannot load") as told,
        ):
            async with broken.stream() as stream:
                await heard(stream, room(decoded(said.path, rate=SAMPLE_RATE), rate=SAMPLE_RATE))
        assert str(tmp_path) in str(told.value)


async def test_a_model_of_another_language_than_the_rooms_says_so() -> None:
    """It would write down English words for German ones."""
    async with aclosing(recogniser(tiny(), language="de-CH")) as made:
        with pytest.raises(APIConnectionError, match=r"understands 'en', and MCP_VOICE_LANGUAGE is 'de-CH'"):
            made.check_language()


@pytest.mark.parametrize(
    ("files", "megabytes", "arch"),
    [
        ("streaming", 40, "tiny-streaming"),
        ("streaming", 122, "small-streaming"),
        ("streaming", 142, "small-streaming"),
        ("streaming", 269, "medium-streaming"),
        ("whole", 44, "tiny"),
        ("whole", 97, "base"),
    ],
)
@pytest.mark.parametrize("name", ["weights", "tiny-en", "medium-streaming-en", "base"])
def test_the_kind_of_a_model_is_told_by_its_files_whatever_its_folder_is_called(
    name: str, files: str, megabytes: int, arch: str, tmp_path: Path
) -> None:
    """The library wants to be told."""
    folder = tmp_path / name
    folder.mkdir()
    for each in ("tokenizer.bin", *FILES[files]):
        (folder / each).touch()
    with (folder / max(FILES[files], key=len)).open("wb") as large:
        large.truncate(megabytes * 1_000_000)  # a hole, which takes no room
    assert arch_of(folder) == arch


def test_the_known_models_are_what_their_sizes_say(tmp_path: Path) -> None:
    """Each file as long as the catalogue has it."""
    for model in MOONSHINE_STREAMING.values():
        for file in model.files:
            with (tmp_path / file.name).open("wb") as made:
                made.truncate(file.size)
        assert arch_of(tmp_path) == "small-streaming", model.name


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    """By what is missing."""
    with pytest.raises(ModelFolderError, match="is not a folder"):
        arch_of(tmp_path / "nowhere")
    with pytest.raises(ModelFolderError, match="holds no tokenizer"):
        arch_of(tmp_path)
    (tmp_path / "tokenizer.bin").touch()
    with pytest.raises(ModelFolderError, match="lacks adapter"):
        arch_of(tmp_path)
