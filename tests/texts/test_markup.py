"""Markup stays for the eye: a voice gets the words, and nothing of the marks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mcp_voice.people.human import Human
from mcp_voice.texts.markup import spoken_form
from mcp_voice_agent.models.spoken_text import LONGEST_WORD, without_marks
from testkit.blockbuster import HELD_SECONDS, least_cost
from testkit.host import Host
from testkit.nasty import TEXTS
from testkit.rig import LIMIT, Rig, after_the_question, voice_of

TAKEN = 20_000
"""Characters; ten times what our tools take."""
SPOKEN = {
    "**Deploy** to *staging* or __production__?": "Deploy to staging or production?",
    "## Plan\n\nWe do it.": "Plan.\nWe do it.",
    "Run `make test` now?": "Run make test now?",
    "```python\nrun_all()\n```\nOk?": "run all().\nOk?",
    "See [the docs](https://example.com/a?b=c#d).": "See the docs.",
    "![a red cat](cat.png)": "a red cat",
    "Is https://www.example.com/docs/?utm=1 right?": "Is example.com/docs right?",
    "<https://example.com>": "example.com",
    f"https://example.com/{'x' * 50}": "example.com",
    "(www.example.com).": "(example.com).",
    "http://[bad": "",
    "Done ✅, great 🚀! 👨‍👩‍👧": "Done, great!",
    "Press 1️⃣ now": "Press 1 now",
    "Deploy🚀now": "Deploy now",
    "- one\n- two\n  * three": "one.\ntwo.\nthree.",
    "• one\n• two!": "one.\ntwo!",
    "1. Deploy\n2. Wait": "1. Deploy.\n2. Wait.",
    "- [ ] open\n- [x] done": "open.\ndone.",
    "| Name | Cost |\n|---|---|\n| A | 1 |\n| B |  |": "Name, Cost.\nA, 1.\nB.",
    "Set max_retry_count of __init__ to 1_000": "Set max retry count of init to 1000",
    "> They said no.\n\n---\n\nOk?": "They said no.\nOk?",
    "~~old~~ new": "old new",
    "A <b>bold</b> word<br>and a < b, <y z>": "A bold word and a < b, <y z>",
    "**not closed": "not closed",
    "##Heading": "Heading",
}
UNCHANGED = (
    "Shall I deploy?",
    "2 * 3 is 6, 2*3*4 is 24, 2**8 is 256.",
    "It costs 5-10 % -- or so, for AT&T: C++ or C#, #12?",
    "Write to anna_b@example.com.",
    "Ça va ? Ja, natürlich… нет. はい。",
    "one line\nand another",
    "Is it right if a<b and c>d?",
    "I'd say: \"yes\" (or 'no') / maybe; it's 20° & © 2026.",
)


@pytest.mark.parametrize("text", SPOKEN)
def test_the_words_of_a_marked_text_are_spoken_without_its_marks(text: str) -> None:
    """Stars, hashes, addresses and emoji were read out one by one."""
    assert spoken_form(text) == SPOKEN[text]


@pytest.mark.parametrize("text", UNCHANGED)
def test_a_text_without_marks_is_spoken_as_it_is(text: str) -> None:
    """Signs that mean something to a listener stay."""
    assert spoken_form(text) == text


@pytest.mark.parametrize("text", ["🎉", "**", "---", "```\n```", "- ", "_ _"])
def test_marks_alone_leave_nothing_to_speak(text: str) -> None:
    """Then the caller is told, rather than a room kept waiting for silence."""
    assert spoken_form(text) == ""


def test_no_text_takes_long_to_be_stripped_of_its_marks() -> None:
    """Brackets, stars and pipes by the thousand."""
    signs = ("[", "*a", "`", "_", "<a ", "|", "> ", "![](", "🚀 ", "a\n|-|\n", "- ", "# ")

    def slow(text: str) -> bool:
        return least_cost(lambda: spoken_form(text)) > HELD_SECONDS

    texts = [
        *(text for text in TEXTS if len(text) <= TAKEN),
        *(sign * count for sign in signs for count in (50, 99, 399, 999)),
    ]
    assert [(text[:10], len(text)) for text in texts if slow(text)] == []


async def _pieces(text: str, size: int) -> AsyncIterator[str]:
    for at in range(0, len(text), size):
        yield text[at : at + size]


@pytest.mark.anyio
@pytest.mark.parametrize("size", [1, 3, 7, 1000])
async def test_an_answer_in_pieces_loses_the_same_marks_word_by_word(size: int) -> None:
    """A language model's answer is spoken while it is still being written."""
    text = "Set max_size, see https://www.example.com/docs?x=1 and | a | b |\n|---|---|\nnow."
    said = "".join([piece async for piece in without_marks(_pieces(text, size))])
    assert said.split() == ["Set", "max", "size,", "see", "example.com/docs", "and", "a", "b", "now."]
    long = "x" * LONGEST_WORD + "y"
    assert "".join([piece async for piece in without_marks(_pieces(long, size))]) == long


@pytest.mark.anyio
async def test_a_marked_question_is_spoken_plainly_and_shown_as_it_was_asked(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """The voice gets words; captions and `spoken` keep what the model wrote."""
    question = f"**Deploy** `{room}_x` 🚀? See [docs](https://example.com)."
    async with host.asking(question, room_name=room) as call:
        await rig.synthesized(f"Deploy {room} x? See docs.")
        await after_the_question(alice, voice_of("yes please go ahead"))
    assert (call.answer.reply, call.answer.spoken) == ("yes please go ahead", question)
    assert (await alice.captions.next(limit=LIMIT)).text == question


@pytest.mark.anyio
async def test_a_marked_message_is_spoken_plainly_and_reported_as_it_was_given(
    host: Host, rig: Rig, room: str, alice: Human
) -> None:
    """``say_in_room`` is no different."""
    message = f"- {room} is **done**"
    said = await host.say(message, room)
    await rig.synthesized(f"{room} is done.")
    assert (said.status, said.spoken) == ("said", message)


@pytest.mark.anyio
async def test_a_marked_question_that_is_spoken_over_reports_a_beginning_of_what_was_asked(
    host: Host, room: str, alice: Human
) -> None:
    """What was really played is told in the words and marks of the question."""
    question = "## Report\n\n" + "The **build** of `the_server` is done, and there is much more to say about it. " * 4
    async with host.asking(question, room_name=room) as call:
        await alice.hears_sound(limit=LIMIT)
        await alice.speak(voice_of("yes please go ahead"))
    assert call.answer.interrupted
    assert call.answer.spoken
    assert question.startswith(call.answer.spoken)
    assert len(call.answer.spoken) < len(question) - 1
