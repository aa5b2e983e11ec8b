"""A question in the local voice: a real Piper voice, a real room, and a recogniser that reads what was heard there."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest

from mcp_voice.people.human import Human
from mcp_voice.settings import Settings
from mcp_voice.speech.catalogue import SPEECH_TO_TEXT, choose, make_stt
from testkit.piper_voices import joe
from testkit.rig import Rig, after_the_question, voice_of
from tests.speech.offline_audio import room as in_a_room
from tests.speech.offline_audio import words

pytestmark = pytest.mark.anyio

QUESTION = "Shall we go ahead with the first option?"
UNDERSTOOD = 0.7
"""Of its words, in their order: on a busy machine a packet that comes late is a gap in what is heard."""


async def test_a_question_in_a_piper_voice_is_understood_in_a_room(rig: Rig, room: str, alice: Human) -> None:
    """What reaches a human's loudspeaker through WebRTC is the question, and the answer to it comes back."""
    async with rig.host(MCP_VOICE_TTS=f"local/{joe()}") as host:
        async with host.asking(QUESTION, room_name=room) as call:
            await after_the_question(alice, voice_of("yes please go ahead"))
        assert call.answer.reply == "yes please go ahead"
        assert call.answer.spoken == QUESTION
    question = alice.heard.recording()
    question = question.cut(*question.voiced())
    settings = Settings.model_construct(stt="offline")
    recogniser = make_stt(settings, choose(settings, "stt"))
    SPEECH_TO_TEXT.offers["offline"].expect(recogniser, [QUESTION])
    try:
        event = await recogniser.recognize(in_a_room(question.samples, rate=question.rate))
    finally:
        await recogniser.aclose()
    read = words(event.alternatives[0].text).split()
    understood = SequenceMatcher(None, words(QUESTION).split(), read, autojunk=False).ratio()
    assert understood >= UNDERSTOOD, f"read {' '.join(read)!r}"
