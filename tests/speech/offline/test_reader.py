"""Moonshine's processes: what is left in them when somebody's words are not wanted any more, and what they refuse."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import anyio
import pytest

from mcp_voice.speech.child import Child, EngineFailed, start_child
from mcp_voice.speech.frames import AUDIO, FINISH, OPEN
from mcp_voice.speech.offline.engines import OfflineEngines
from mcp_voice.speech.offline.reader import Reader
from mcp_voice.speech.offline.tokens import Tokens
from mcp_voice.speech.pool import Pool
from tests.speech.offline.weights import NEEDS_SPHINX, installed
from tests.speech.offline_audio import decoded, words

pytestmark = pytest.mark.anyio

CLIPS = Path(__file__).with_name("clips")
TEXT = "make a copy of the report"


def sound(text: str) -> bytes:
    """A clip as int16 mono at 16 kHz."""
    return decoded(CLIPS / f"kokoro-michael__{text.replace(' ', '_')}.flac", rate=16_000).tobytes()


class GivenUp(Exception):
    """Why somebody's words are not wanted any more."""


async def give_up(pool: Pool) -> None:
    """Have something read, and do not wait for it."""
    async with pool.child() as child:
        await child.send(OPEN, b'{"choices": [], "whole": true}')
        await child.send(AUDIO, sound("no"))
        await child.send(FINISH)
        raise GivenUp


async def test_a_reading_that_is_given_up_leaves_no_answer_to_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process answers what it was asked before, and then that it stops; whoever comes next is told neither."""
    monkeypatch.setattr("mcp_voice.speech.pool.CANCEL_SECONDS", 10.0)  # or a busy machine has it ended instead
    folder = installed().place
    assert folder
    reader = Reader(folder, size=1)
    pcm = sound(TEXT)
    try:
        await reader.read(pcm)
        with pytest.raises(GivenUp):
            await give_up(reader.pool)
        for _ in range(2):
            assert words((await reader.read(pcm)).text) == words(TEXT)
    finally:
        await reader.pool.aclose()


@NEEDS_SPHINX
async def test_a_process_that_ends_at_every_word_leaves_them_to_pocketsphinx(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """On a processor that lacks what the library needs, say; no word is lost."""
    monkeypatch.setattr("mcp_voice.speech.offline.reader.MODULE", "mcp_voice.speech.frames")  # it only ends
    async with aclosing(OfflineEngines(installed())) as ears:
        heard = await ears.whole(sound(TEXT), choices=[TEXT], voice=2.0)
    assert heard.text == TEXT
    assert "Moonshine could not: the offline recogniser stopped twice" in caplog.text


async def test_files_that_no_model_can_be_loaded_from_are_told(tmp_path: Path) -> None:
    """So that pocketsphinx hears: a process that only ends is started anew for every word."""
    for name in ("tokenizer.bin", "encoder_model.ort", "decoder_model_merged.ort"):
        (tmp_path / name).write_bytes(b"")
    child = await start_child("mcp_voice.speech.offline.child", str(tmp_path))
    try:
        with anyio.fail_after(20), pytest.raises(EngineFailed, match="cannot be loaded"):
            await child.receive()
    finally:
        await child.aclose()


async def test_what_a_stopped_process_was_to_read_is_read_by_another_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer came 20 s later; also where the process is stopped while it reads."""
    monkeypatch.setattr("mcp_voice.speech.offline.reader.RESULT_SECONDS", 600)
    folder = installed().place
    assert folder
    reader = Reader(folder, size=1)
    pcm = sound(TEXT)
    try:
        await reader.read(pcm)
        (child,) = reader.pool.children
        take = Pool.child

        @asynccontextmanager
        async def stopped_once_taken(pool: Pool) -> AsyncIterator[Child]:
            async with take(pool) as taken:
                if taken is child:
                    os.kill(taken.pid, signal.SIGSTOP)
                yield taken

        monkeypatch.setattr(Pool, "child", stopped_once_taken)
        assert words((await reader.read(pcm * 8)).text).startswith(words(TEXT))
        assert not child.alive
    finally:
        await reader.pool.aclose()


@pytest.mark.parametrize("choice", ["\ud83d", "Postgres \udc00", "na\u00efve \U0001f600"])
async def test_half_a_character_in_a_choice_ends_no_process(choice: str) -> None:
    """A script may pass half a surrogate pair, which cannot be encoded; the process ended at each answer."""
    folder = installed().place
    assert folder
    reader = Reader(folder, size=1)
    try:
        heard = await reader.read(sound("no"), choices=[choice, "no"])
        (child,) = reader.pool.children
        assert (heard.text, child.alive) == ("no", True)
        assert (await reader.read(sound("no"), choices=[choice, "maybe"])).text
        assert reader.pool.children == [child]
    finally:
        await reader.pool.aclose()


def test_half_a_character_has_tokens() -> None:
    """Whoever asks for them is in the process itself."""
    folder = installed().place
    assert folder
    tokens = Tokens.load(folder / "tokenizer.bin")
    assert tokens.text(tokens.ids("a\ud83db")) == "a?b"
