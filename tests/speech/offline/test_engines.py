"""Which recogniser hears, and what is told where none can."""

from __future__ import annotations

from contextlib import aclosing, suppress
from pathlib import Path

import anyio
import pytest
from livekit.agents import APIError

from mcp_voice.models import MOONSHINE_TINY_EN
from mcp_voice.speech.offline.engines import OfflineEngines
from tests.speech.offline.weights import NO_WEIGHTS, Fixed, installed
from tests.speech.offline_audio import decoded, words

pytestmark = pytest.mark.anyio

TEXT = "make a copy of the report"
CLIP = Path(__file__).with_name("clips") / f"kokoro-michael__{TEXT.replace(' ', '_')}.flac"


@pytest.fixture
def pcm() -> bytes:
    """A clip as int16 mono at 16 kHz."""
    return decoded(CLIP, rate=16_000).tobytes()


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """Files of the right names with other contents."""
    folder = tmp_path / "model"
    folder.mkdir()
    for file in MOONSHINE_TINY_EN.files:
        (folder / file.name).write_bytes(b"")
    return folder


@pytest.fixture
def no_sphinx(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Python for which pocketsphinx has no build."""
    (tmp_path / "pocketsphinx.py").write_text("raise ImportError('no wheel')")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("no_sphinx")
async def test_where_nothing_else_hears_it_is_told_why_moonshine_cannot(damaged: Path, pcm: bytes) -> None:
    """On Python 3.14 it was told that pocketsphinx has no wheel there, which nobody can mend."""
    async with aclosing(OfflineEngines(Fixed(damaged))) as ears:
        for _ in range(2):
            with anyio.fail_after(20), pytest.raises(APIError) as raised:
                await ears.whole(pcm, choices=(), voice=1.0)
            told = str(raised.value)
            assert f"{damaged / 'encoder_model.ort'} is damaged, and pocketsphinx cannot be imported" in told


@pytest.mark.usefixtures("no_sphinx")
@pytest.mark.parametrize("whole", [True, False], ids=["a buffer", "a stream"])
async def test_where_nothing_else_hears_a_model_that_is_not_there_yet_is_named(pcm: bytes, *, whole: bool) -> None:
    """With the command that fetches it."""
    async with aclosing(OfflineEngines(NO_WEIGHTS)) as ears:
        stream = ears.utterance(context="", choices=(), show=lambda _: None)
        reading = ears.whole(pcm, choices=(), voice=1.0) if whole else stream.finish()
        with anyio.fail_after(20), pytest.raises(APIError, match="`mcp-voice models get moonshine-tiny-en`"):
            await reading


async def test_a_model_that_is_mended_is_used_again_without_a_restart(
    damaged: Path, pcm: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was given up for as long as the program ran."""
    monkeypatch.setattr("mcp_voice.speech.offline.engines.AGAIN_SECONDS", 0)
    whole = installed().place
    assert whole
    async with aclosing(OfflineEngines(Fixed(damaged))) as ears:
        with suppress(APIError):  # without pocketsphinx
            await ears.whole(pcm, choices=[TEXT], voice=1.0)
        for file in whole.iterdir():
            (damaged / file.name).write_bytes(file.read_bytes())
        assert ears.model == "moonshine-tiny-en"
        heard = await ears.whole(pcm, choices=(), voice=1.0)
    assert words(heard.text) == TEXT
    assert heard.text != TEXT, "capitals and a full stop are Moonshine's"


async def test_a_model_that_cannot_be_used_is_not_tried_for_each_word(damaged: Path, pcm: bytes) -> None:
    """A process for each would be started and end."""
    async with aclosing(OfflineEngines(Fixed(damaged))) as ears:
        with suppress(APIError):
            await ears.whole(pcm, choices=[TEXT], voice=1.0)
        assert ears.model == "pocketsphinx-en-us"
