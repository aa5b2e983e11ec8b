"""The benchmarks: each measurement once in its smallest form, several at a time, and what is made of the results."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from benchmarks import barge_in, companion, cost, growth, pauses, recognition, replies, rooms, start, streaming, voices
from benchmarks.exchange import ask_and_answer, same_words
from benchmarks.models import teach
from benchmarks.sentences import Sentence, interrupted_sentences, whole_answers, yes_and_no
from benchmarks.stage import Stage, room_name, stage, warmed
from mcp_voice.audio import Pcm, pink_noise, silence
from mcp_voice.tasks import owned_tasks
from mcp_voice.words import unfinished
from testkit.clip_match import ClipMatch
from testkit.host import Host

# The first of them takes all measurements, which is 100 s on two busy cores.
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300), pytest.mark.long]

LIMIT = 30.0
RATE = 16_000


@dataclass
class OneServer(Stage):
    """A stage on which all measurements share one server of ours, which is loaded once."""

    shared: list[Host] = field(default_factory=list)

    @asynccontextmanager
    async def host(self, kind: str, *arguments: str, **changed: str) -> AsyncIterator[Host]:
        """The shared server, but a new one of the other kinds."""
        if kind in ("ours", "counted"):
            yield self.shared[0]
        else:
            async with super().host(kind, *arguments, **changed) as started:
                yield started


@pytest.fixture(scope="module")
async def taken(anyio_backend: str) -> dict[str, Any]:
    """The results of one sample each, taken side by side."""
    found: dict[str, Any] = {}

    async def keep(name: str, measuring: Any) -> None:
        found[name] = await measuring

    async with stage(lambda _: None) as real:
        one = OneServer(real.server, real.models, real.folder, real.progress)
        counted = str(real.folder / growth.COUNTS.format("one_room"))
        async with real.host("counted", counted, MCP_VOICE_MOST_ROOMS="100") as server:
            one.shared.append(await warmed(server))
            async with owned_tasks() as tasks:
                tasks.start_soon(keep, "companion", companion.measure(one, samples=1, kinds=("naive",)))
                tasks.start_soon(keep, "streaming", streaming.measure(one, samples=1, kinds=("ours",)))
                await keep("start", start.measure(one, samples=1))
                async with owned_tasks() as pair:
                    pair.start_soon(keep, "replies", replies.measure(one, samples=1, kinds=("ours",)))
                    pair.start_soon(keep, "growth", growth.measure(one, samples=1, kinds=("one_room",)))
                await keep("naive", _naive(one))
                async with owned_tasks() as pair:
                    pair.start_soon(keep, "barge_in", barge_in.measure(one, samples=1, kinds=("ours",)))
                    pair.start_soon(keep, "pauses", _pauses(one))
                async with owned_tasks() as pair:
                    pair.start_soon(
                        keep,
                        "recognition",
                        recognition.measure(one, samples=1, recognisers=("default",), conditions=("clean",), most=1),
                    )
                    pair.start_soon(keep, "voices", voices.measure(one, samples=1, voices=("offline",), most=1))
                    pair.start_soon(keep, "rooms", rooms.measure(one, samples=1, most=1))
                    pair.start_soon(keep, "cost", cost.measure(one, samples=1, kinds=("floor",), microphones=("none",)))
    return found


async def _pauses(one: Stage) -> Any:
    return await pauses.measure(one, samples=1, pauses=(1.0,), stories=(1.0,), kinds=("ours",))


async def _naive(one: Stage) -> bool:
    answer = whole_answers()[0]
    room = room_name()
    async with one.host("naive") as host, one.person(room) as person:
        done = await ask_and_answer(host, person, room, answer.sounds(), limit=LIMIT)
    return done.right(answer.text)


async def test_both_servers_start(taken: dict[str, Any]) -> None:
    """Ours and the bare one answer ``tools/list``."""
    samples = taken["start"]["start_ms"]
    assert [len(samples[kind]) for kind in ("ours", "bare")] == [1, 1]
    assert all(values[0] > 0 for values in samples.values())


async def test_a_reply_is_split_into_parts_that_make_up_all_of_it(taken: dict[str, Any]) -> None:
    """Pause, recognition, waiting and the rest add up to what was measured outside."""
    ours = taken["replies"]["ours"]
    assert any(ours["complete_right"])
    assert [len(ours[f"{name}_first_sound_ms"]) for name in ("cold", "warm")] == [1, 2]
    for parts, whole in zip(ours["complete_parts_ms"], ours["complete_reply_ms"], strict=True):
        assert whole is None or sum(parts.values()) == pytest.approx(whole)


async def test_voices_are_timed_by_themselves(taken: dict[str, Any]) -> None:
    """What the stub voice and the offline voice need before their first sound is known apart."""
    assert all(values[0] > 0 for values in taken["replies"]["tts_first_byte_ms"].values())


async def test_speech_over_the_question_is_timed(taken: dict[str, Any]) -> None:
    """The voice goes silent some time after the human has begun."""
    ours = taken["barge_in"]["ours"]
    assert len(ours["right"]) == 1
    assert ours["silence_ms"][0] > 0


async def test_every_pause_has_a_verdict(taken: dict[str, Any]) -> None:
    """Two answers with a pause inside, one with a pause between sentences and a story, each heard in some way."""
    trials = taken["pauses"]["trials"]
    assert sorted(trial["where"] for trial in trials) == ["after", "inside", "inside", "story"]
    assert any(trial["reply"] for trial in trials)


async def test_rooms_are_counted(taken: dict[str, Any]) -> None:
    """Each question of each round is right, wrong or lost, and the server's costs are known."""
    one = taken["rooms"]["levels"]["1"]
    assert one["right"] + one["lost"] + len(one["wrong"]) == one["rounds"]
    assert one["cpu_seconds"] > 0
    assert one["rss_mb"] > 0


async def test_people_and_natural_voices_are_heard_by_a_real_recogniser(taken: dict[str, Any]) -> None:
    """A person, a reply, a choice and another reply, each counted once, with what they took."""
    (clean,) = taken["recognition"]["default"].values()
    assert [len(kind["words"]) for kind in clean["free"].values()] == [1, 1]
    assert [len(facts) for facts in clean["named"].values()] == [1, 1, 1]
    assert clean["cpu_seconds"] > 0
    assert any(clean["stt_ms"])


async def test_voices_are_heard_by_a_recogniser(taken: dict[str, Any]) -> None:
    """One that needs no key says one reply, clean and on a telephone line."""
    voice = taken["voices"]["offline"]
    assert voice["first_sound_ms"][0] > 0
    assert voice["speech_seconds"] > 0
    assert {name: heard["words"] for name, heard in voice["heard"].items()} == {"clean": [1], "phone": [1]}


async def test_growth_is_counted_after_each_question(taken: dict[str, Any]) -> None:
    """Memory, file descriptors, threads and tasks, five times."""
    series = taken["growth"]["one_room"]
    assert len(series["right"]) == 5
    assert all(len(series[name]) == 5 and min(series[name]) > 0 for name in growth.COUNTED)


async def test_a_room_is_measured_beside_the_sdk_alone(taken: dict[str, Any]) -> None:
    """A process that only connects to rooms takes something for each, and so does the LiveKit server."""
    assert taken["cost"]["floor"]["warm_none"] > 0
    assert set(taken["cost"]["server"]) == {"people_none"}


@pytest.mark.parametrize(
    ("name", "kind", "pauses"), [("companion", "naive", 1), ("streaming", "ours", 2)], ids=["whole", "streaming"]
)
async def test_an_answer_is_split_into_parts_that_make_up_all_of_it(
    taken: dict[str, Any], name: str, kind: str, pauses: int
) -> None:
    """Each worker answers, and hearing, the models and the ways between them add up to what was measured outside."""
    talk = taken[name][kind]
    assert any(talk["right"])
    assert len(talk["cut"]) == pauses
    for parts, whole in zip(talk["parts_ms"], talk["total_ms"], strict=True):
        assert sum(parts.values()) == pytest.approx(whole, abs=1.0)
        assert parts["llm"] >= companion.DELAYS.llm * 1000


async def test_the_naive_server_is_asked_in_the_same_way(taken: dict[str, Any]) -> None:
    """It understands a plain answer, so that its figures mean something."""
    assert taken["naive"]


async def test_the_stand_in_reads_every_answer_with_and_without_a_pause() -> None:
    """What it does not know would count as a word that the product lost."""
    match = ClipMatch()
    teach(match)
    for sentence in [*whole_answers(), *interrupted_sentences(), *yes_and_no()]:
        for pause in (0.0, 0.5):
            assert same_words(match.words(_spoken(sentence, pause)), sentence.text), (sentence.text, pause)


def _spoken(sentence: Sentence, pause: float) -> Pcm:
    """As a microphone hears it: with room noise."""
    sounds = (
        silence(each, rate=RATE) if isinstance(each, float) else each.resampled(RATE) for each in sentence.sounds(pause)
    )
    spoken = silence(0.3, rate=RATE).joined(*sounds, silence(0.5, rate=RATE))
    return spoken.over(pink_noise(spoken.seconds, rate=RATE))


async def test_sentences_stop_where_they_cannot_be_over() -> None:
    """Three voices, whose first parts are no whole answers."""
    inside = interrupted_sentences()
    assert {sentence.voice for sentence in inside} == {"flite-slt", "flite-rms", "flite-awb"}
    assert all(unfinished(sentence.parts[0][0]) for sentence in inside)
    assert {sentence.text for sentence in yes_and_no()} == {"yes", "no"}
