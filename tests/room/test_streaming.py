"""A provider that streams, and whose connection breaks: the next stream is given what was said, and no word is lost."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from livekit.agents import APIConnectionError, APIStatusError, APITimeoutError

from mcp_voice.link import Reading, Trouble
from testkit.dictation import BROKEN, speaking
from testkit.rig import LIMIT
from testkit.waiting import until

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("error", [BROKEN, APIStatusError("gone", status_code=500), None], ids=["broken", "500", "end"])
async def test_words_spoken_while_a_stream_breaks_are_given_to_the_next_one(error: Exception | None) -> None:
    """Those before it, those during, and those after it; all were lost, and the ask with them."""
    async with speaking() as alice:
        alice.begins()
        alice.says(1, 2)
        await alice.heard("1", "2")
        alice.breaks(error)
        await until(lambda: any(isinstance(each, Reading) for each in alice.told), limit=LIMIT)
        alice.says(3)
        await alice.opened(2)
        alice.says(4)
        alice.stops()
        await alice.heard("1", "2", "3", "4")
        assert await alice.final() == ["1 2 3 4"]
        assert alice.troubles == []


@pytest.mark.parametrize("timed", [False, True])
async def test_what_had_been_read_is_not_read_again(timed: bool) -> None:  # noqa: FBT001
    """Or the answer would come twice."""
    async with speaking(timed=timed) as alice:
        alice.begins()
        alice.says(1, 2)
        await alice.heard("1", "2")
        alice.stops()
        await alice.final()
        alice.begins()
        alice.says(3)
        await alice.heard("3")
        alice.breaks()
        await alice.opened(2)
        await alice.heard("3")
        alice.stops()
        assert await alice.final() == ["1 2", "3"]


async def test_a_stream_that_says_how_far_its_words_reach_loses_nothing_of_a_sentence_that_goes_on() -> None:
    """Final words come for the first half of it; the second half is being spoken when the stream breaks."""
    async with speaking(timed=True) as alice:
        alice.begins()
        alice.says(*range(1, 21))
        await alice.heard(*map(str, range(1, 21)))
        await alice.final()
        alice.says(21, 22)
        await alice.heard("21", "22")
        alice.breaks()
        await alice.opened(2)
        await alice.heard("21", "22")


async def test_a_service_that_is_started_anew_costs_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens at its address for a moment; one that is away for good is told of, once."""
    monkeypatch.setattr("mcp_voice.speech.persistence.STARTING_PAUSES", (0.05, 0.05, 0.05))
    away = APIConnectionError("away")
    away.__cause__ = aiohttp.ClientConnectorError(None, OSError("refused"))  # type: ignore[arg-type]
    async with speaking() as alice:
        alice.begins()
        alice.says(1)
        await alice.heard("1")
        alice.engine.refusing = [away, away]
        alice.breaks()
        await alice.opened(4)
        await alice.heard("1")
        assert await alice.final() == ["1"]
        alice.says(2)
        await alice.heard("2")
        alice.engine.refusing = [away] * 4
        alice.breaks()
        await until(lambda: bool(alice.troubles), limit=LIMIT)
        assert len(alice.troubles) == 1


async def test_a_refusal_is_told_after_one_more_try_and_what_is_said_later_is_read() -> None:
    """It was told at once, and again with each try."""
    async with speaking() as alice:
        alice.begins()
        alice.says(1)
        await alice.heard("1")
        alice.engine.refusing = [APIStatusError("no", status_code=401)] * 2
        alice.breaks()
        await until(lambda: bool(alice.troubles), limit=LIMIT)
        await alice.opened(4)
        alice.begins()
        alice.says(2)
        await alice.heard("2")
        assert await alice.final() == ["2"]
        assert len(alice.troubles) == 1


async def test_a_provider_that_times_out_at_every_stream_is_told_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was asked again at once and for ever, with all of the sound each time."""
    monkeypatch.setattr("mcp_voice.room.streaming.DUE_SECONDS", 1.0)
    async with speaking() as alice:
        alice.begins()
        alice.says(1)
        await alice.heard("1")
        alice.engine.refusing = [APITimeoutError()] * 1000
        alice.breaks()
        await until(lambda: bool(alice.troubles), limit=LIMIT)
        assert any(isinstance(each, Reading) for each in alice.told)
        assert len(alice.engine.streams) < 10


@pytest.mark.parametrize("recovers", [True, False], ids=["recovers", "stays away"])
async def test_words_before_a_long_silence_without_any_stream_are_read_or_told_as_lost(
    monkeypatch: pytest.MonkeyPatch,
    recovers: bool,  # noqa: FBT001
) -> None:
    """A provider that is away for longer than a sound is remembered lost them, and nobody was told."""
    monkeypatch.setattr("mcp_voice.room.unread_audio.FORGOTTEN_SECONDS", 0.1)
    monkeypatch.setattr("mcp_voice.room.unread_audio.AGAIN_SECONDS", 0.1)
    monkeypatch.setattr("mcp_voice.room.streaming.DUE_SECONDS", 5.0 if recovers else 1.0)
    async with speaking() as alice:
        alice.begins()
        alice.says(1)
        await alice.heard("1")
        alice.stops()
        alice.engine.refusing = [APITimeoutError()] * (3 if recovers else 1000)
        alice.breaks()
        await alice.opened(4)
        alice.says(0)
        if recovers:
            await alice.heard("1")
            assert await alice.final() == ["1"]
        else:
            await until(lambda: bool(alice.troubles), limit=LIMIT)


async def test_a_speech_of_which_the_beginning_cannot_be_read_again_is_told_of_and_the_rest_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The beginning was dropped, and nobody was told."""
    monkeypatch.setattr("mcp_voice.room.unread_audio.MOST_SECONDS", 0.25)
    async with speaking() as alice:
        alice.begins()
        alice.says(1, 2, 3)
        await alice.heard("1", "2", "3")
        alice.breaks()
        await alice.opened(2)
        await alice.heard("2", "3")
        assert len(alice.troubles) == 1


async def test_last_words_that_a_provider_does_not_give_are_told_as_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps the connection open and says nothing; whoever spoke has hung up."""
    monkeypatch.setattr("mcp_voice.room.streaming.LAST_WORDS_SECONDS", 0.2)
    async with speaking() as alice:
        alice.engine.deaf = True
        alice.begins()
        alice.says(1)
        alice.stops()
        await asyncio.wait_for(alice.listening.finish(), LIMIT)
        assert len(alice.troubles) == 1


async def test_a_stream_that_breaks_while_nobody_speaks_is_opened_again_and_nothing_is_told() -> None:
    """Providers end a stream after a silence."""
    async with speaking() as alice:
        alice.says(0, 0)
        alice.breaks()
        await alice.opened(2)
        assert not any(isinstance(each, Trouble | Reading) for each in alice.told)


async def test_the_last_words_of_somebody_who_hangs_up_survive_a_broken_stream() -> None:
    """It was not waited for, as there was no stream to wait for."""
    async with speaking() as alice:
        alice.begins()
        alice.says(1)
        await alice.heard("1")
        alice.breaks()
        await until(lambda: any(isinstance(each, Reading) for each in alice.told), limit=LIMIT)
        alice.says(2)
        alice.stops()
        await asyncio.wait_for(alice.listening.finish(), LIMIT)
        assert alice.finals == ["1 2"]
