"""Numbers, spelled letters and addresses come in groups, and the pauses between these end no turn."""

from __future__ import annotations

import pytest

from mcp_voice.people.human import Human
from mcp_voice.turns.turn import Patience, Turn
from mcp_voice.turns.verdict import ExpectedAnswer
from mcp_voice.words import unfinished
from mcp_voice_agent.conversation.endpointing import endpointing
from testkit.agent_settings import given
from testkit.host import Host
from testkit.rig import Rig, after_the_question

PATIENCE = Patience()
PAUSE_SECONDS = 1.2
DICTATED = {
    "en": (
        "four nine one|4 9 1|4, 9, 1.|491|It's 491.|0171|oh one seven|double five|my number is four nine one|555-1234"
        "|27 11|A B|D E 4 4|D-E-4-4|A. N. N. A.|the code is A B|DE44|DE44 5001 0517|anna at|anna dot|anna underscore"
        "|anna@example|one two three four"
    ),
    "de": "vier neun eins|null eins sieben|0171 23|D E 4 4|DE44|anna punkt|Anna ät|anna klammeraffe",
    "es": "cuatro nueve uno|ana arroba|ana punto",
    "fr": "quatre neuf un|06 12|anna arobase|anna point",
    "it": "quattro nove uno|anna chiocciola|anna punto",
    "nl": "vier negen een|anna apenstaartje|anna punt",
    "pt": "quatro nove um|meia sete|ana arroba|ana ponto",
    "fi": "49 1 22|491",
}
WHOLE = {
    "en": (
        "two|five|42|forty two|100|150|1000|2026|one hundred and five|two or three|between 5 and 10|2.5|10,000|10:30"
        "|12/05/2026|2026-11-27|27 11 2026|May 12 2026|option two|version 2.5|line forty two|port 8080|the port is 8081"
        "|B|option B|give it a 5|the dot|anna@example.com|SHA256|the second one"
    ),
    "de": "zwei|42|um acht|3,5|10.000|12.05.2026|Option B|auf den Punkt|anna@example.de|die zwei",
    "es": "dos|42|el punto",
    "fr": "deux|42|3,5|à quel point",
    "it": "due|42",
    "nl": "twee|42",
    "pt": "dois|42",
    "fi": "42|kaksi|a i o|a b",
}


@pytest.mark.parametrize("language", DICTATED)
def test_groups_and_addresses_that_break_off_are_unfinished(language: str) -> None:
    """A pause of a second within a telephone number cost the rest of it."""
    said = DICTATED[language].split("|")
    assert [text for text in said if not unfinished(text, language=language)] == []


@pytest.mark.parametrize("language", WHOLE)
def test_one_number_one_letter_a_date_and_a_whole_address_are_answers(language: str) -> None:
    """"How many?" is answered as quickly as ever."""  # fmt: skip
    said = WHOLE[language].split("|")
    assert [text for text in said if unfinished(text, language=language)] == []


def _turn(text: str, *choices: str) -> Turn:
    turn = Turn(PATIENCE, "en", ExpectedAnswer(tuple(choices)))
    turn.speech_started(1.0)
    turn.speech_stopped(2.0)
    turn.heard(text, final=True, at=2.1)
    return turn


def test_a_dictation_has_the_patience_of_an_unfinished_sentence() -> None:
    """In an ask, and in a conversation with the companion."""
    assert _turn("four nine one").ends_at() == 2.0 + PATIENCE.unfinished
    assert _turn("five").ends_at() == 2.0 + PATIENCE.complete
    settings = given()
    assert endpointing(settings, "four nine one", modelled=True)["max_delay"] == PATIENCE.unfinished
    assert endpointing(settings, "four nine one", modelled=True)["min_delay"] == PATIENCE.unfinished


@pytest.mark.parametrize("text", ["1", "two", "10", "ten"])
def test_a_number_among_the_choices_ends_the_turn_at_once(text: str) -> None:
    """Nothing is dictated where numbers are offered."""
    assert _turn(text, "1", "2", "10").ends_at() == 2.0 + PATIENCE.choice


@pytest.mark.anyio
async def test_a_number_dictated_with_pauses_is_one_reply(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """Three groups with 1.2 s between them, over real WebRTC."""
    groups = ("four nine one", "seven seven two", "oh five")
    sounds = [await rig.say(group) for group in groups]
    async with host.asking("What is the number?", room_name=room) as call:
        await after_the_question(alice, sounds[0], PAUSE_SECONDS, sounds[1], PAUSE_SECONDS, sounds[2])
    assert call.answer.reply == " ".join(groups)


@pytest.mark.anyio
async def test_an_address_dictated_with_pauses_is_one_reply(host: Host, rig: Rig, room: str, alice: Human) -> None:
    """Somebody spells their name, and stops after "at" and "dot"."""
    parts = ("A N N A at", "example dot", "com")
    sounds = [await rig.say(part) for part in parts]
    async with host.asking("What is your address?", room_name=room) as call:
        await after_the_question(alice, sounds[0], PAUSE_SECONDS, sounds[1], PAUSE_SECONDS, sounds[2])
    assert call.answer.reply == " ".join(parts)
