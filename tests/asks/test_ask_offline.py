"""The same without any provider: espeak-ng asks, Moonshine understands the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcp_voice.audio import Pcm
from mcp_voice.people.human import Human
from testkit.host import Host
from testkit.rig import Rig, after_the_question, voice_of
from tests.speech.offline_audio import words

pytestmark = pytest.mark.anyio


CLIPS = Path(__file__).parents[1] / "speech" / "offline" / "clips"
BUTTON = CLIPS / "kokoro-michael__use_the_blue_button_and_put_it_on_the_left_side.flac"
AFTER_AND = 2.19
"""Seconds, between "and" and "put": tightly cut words of a voice without character are read as others."""


@pytest.fixture(scope="module")
async def offline(rig: Rig) -> AsyncIterator[Host]:
    """A server without keys."""
    async with rig.host(OPENAI_BASE_URL="", MCP_VOICE_STT="offline", MCP_VOICE_TTS="offline") as started:
        yield started


async def test_an_open_question_is_answered_offline(offline: Host, room: str, alice: Human) -> None:
    """A clear voice and a sentence that the recogniser is known to understand."""
    async with offline.asking("What shall we do about the report?", room_name=room) as call:
        await after_the_question(alice, voice_of("make a copy of the report"))
    assert call.answer.reply is not None
    assert words(call.answer.reply) == "make a copy of the report"


async def test_a_choice_is_understood_offline(offline: Host, room: str, alice: Human) -> None:
    """With choices the recogniser listens for them."""
    choices = ["the first option", "the second option"]
    async with offline.asking("The first option, or the second?", room_name=room, choices=choices) as call:
        await after_the_question(alice, voice_of("the second option"))
    assert call.answer.choice == "the second option"


async def test_an_answer_over_the_question_is_whole_offline(offline: Host, room: str, alice: Human) -> None:
    """A streaming recogniser hears from the first word on while we still speak."""
    async with offline.asking("This is a long question about many things. " * 4, room_name=room) as call:
        await alice.hears_sound(limit=20)
        await alice.speak(Pcm.load(CLIPS / "kokoro-michael__tell_me_more_about_it.flac"))
    assert call.answer.reply is not None
    assert words(call.answer.reply) == "tell me more about it"
    assert call.answer.interrupted


async def test_words_before_hanging_up_are_heard_offline(offline: Host, rig: Rig, room: str) -> None:
    """A streaming recogniser, too, is heard out when the microphone goes."""
    async with rig.person(room, "carol") as carol, offline.asking("What shall we do?", room_name=room) as call:
        await after_the_question(carol, Pcm.load(CLIPS / "kokoro-michael__make_a_copy_of_the_report.flac"))
        await carol.connection.disconnect()
    assert call.answer.reply is not None
    assert words(call.answer.reply) == "make a copy of the report"


async def test_an_unfinished_sentence_is_waited_for_offline(offline: Host, room: str, alice: Human) -> None:
    """A pause of 1.5 s after words that cannot be all does not end the turn."""
    whole = Pcm.load(BUTTON)
    async with offline.asking("What shall we do?", room_name=room) as call:
        await after_the_question(alice, whole.cut(0, AFTER_AND), 1.5, whole.cut(AFTER_AND, whole.seconds))
    assert call.answer.reply is not None
    assert words(call.answer.reply).startswith("use the blue button")
    assert words(call.answer.reply).endswith("left side")
