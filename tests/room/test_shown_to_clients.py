"""What any client in a real room is shown: the open question with its choices, and captions of both sides."""

from __future__ import annotations

import json
import time

import pytest
from livekit import rtc

from mcp_voice.floor_protocol import ANSWERED_ATTRIBUTE, ASK_ATTRIBUTE
from mcp_voice.people.human import Human
from testkit.host import Host
from testkit.rig import LIMIT, Rig, after_the_question, ours, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

FINAL = "lk.transcription_final"
QUESTION = "What shall we do?"
WORDS = "that is a good idea"
ODD = ("🚀 Ship it!!", "¡Nö, später…", "x" * 100, "3) C++ & <b>", "yes")


async def test_a_client_is_shown_question_choices_and_captions_and_answers_by_a_tap(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """Captions stand in the name of who said it; a tap is a text on lk.chat that equals a choice, however odd."""
    headers: list[tuple[str, dict[str, str]]] = []

    def note(reader: rtc.TextStreamReader, identity: str) -> None:
        headers.append((identity, dict(reader.info.attributes or {})))

    async with rig.person(room, "bob") as bob:
        bob.connection.unregister_text_stream_handler("lk.transcription")
        bob.connection.register_text_stream_handler("lk.transcription", note)
        async with host.asking(QUESTION, room_name=room) as call:
            await after_the_question(alice, voice_of(WORDS))
        assert call.answer.reply == WORDS
        await until(lambda: WORDS in [each.text for each in alice.captions.all], limit=LIMIT)
        said = [(each.identity.startswith("mcp-voice-"), each.text.strip()) for each in alice.captions.all]
        assert said == [(True, QUESTION), (False, WORDS)]
        (heard,) = [attributes for who, attributes in headers if who == "alice" and attributes[FINAL] == "true"]
        assert heard["lk.transcribed_track_id"] in bob.connection.remote_participants["alice"].track_publications
        assert heard["lk.segment_id"]
        for number, choice in enumerate(ODD[:2]):
            asked_at = time.time()
            async with host.asking(f"{QUESTION} {number}", room_name=room, choices=ODD) as call:
                shown = await until(lambda: ours(alice)[0].attributes.get(ASK_ATTRIBUTE), limit=LIMIT)
                await alice.type(choice)
            assert (call.answer.reply, call.answer.choice, call.answer.channel) == (choice, choice, "chat")
            told = json.loads(shown or "")
            assert (told["question"], told["choices"]) == (f"{QUESTION} {number}", list(ODD))
            assert asked_at + 890 < told["deadline"] < time.time() + 910
            await until(lambda: not ours(alice)[0].attributes.get(ASK_ATTRIBUTE), limit=LIMIT)
            assert ours(alice)[0].attributes[ANSWERED_ATTRIBUTE] == told["id"]
