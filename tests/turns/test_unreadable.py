"""A recogniser that fails one of several people ends nobody else's answer, and whose words are lost is told."""

from __future__ import annotations

import time
from dataclasses import replace

import anyio
import pytest

from mcp_voice.errors import EverybodyLeft, STTError
from mcp_voice.link import Left, MicrophoneChanged, SpeechStarted, Trouble
from mcp_voice.participants import EVERYBODY, Target
from mcp_voice.turns.listener import Listener
from testkit.fake_link import ALICE, BOB, FakeLink
from testkit.waiting import until
from tests.turns.test_listener import says

pytestmark = pytest.mark.anyio

LIMIT = 5.0
MUTED = replace(ALICE, cannot_be_heard="muted")


def fails(link: FakeLink, identity: str) -> None:
    """Somebody says something that cannot be read."""
    link.hear(SpeechStarted(identity, time.monotonic()), Trouble(identity, STTError("STT failed.")))


async def test_a_bystander_whose_recogniser_fails_does_not_end_the_question_to_everybody(
    link: FakeLink, listener: Listener
) -> None:
    """It did, though the other one was about to answer; whose words were lost is said meanwhile, and afterwards."""
    with listener.expect() as expected:
        listener.open(expected, since=0)
        fails(link, "bob")
        await until(expected.unreadable, limit=LIMIT)
        assert expected.unreadable() == (
            " What 'bob' said could not be transcribed: STT failed. Others can still answer."
        )
        says(link, "alice", "the second one")
        with anyio.fail_after(LIMIT):
            assert (await expected.reply).text == "the second one"
    with pytest.raises(STTError, match=r"STT failed\. It was said by 'bob'\."):
        listener.transcript.complain(EVERYBODY)


async def test_somebody_who_can_be_read_again_is_no_longer_named(link: FakeLink, listener: Listener) -> None:
    """One sentence of theirs was lost, not they."""
    with listener.expect(Target("")) as expected:
        fails(link, "bob")
        await until(expected.unreadable, limit=LIMIT)
        says(link, "bob", "hello again")
        await until(lambda: not expected.unreadable(), limit=LIMIT)


@pytest.mark.parametrize("named", ["bob", ""])
async def test_a_question_to_one_whose_recogniser_fails_ends(named: str, link: FakeLink, listener: Listener) -> None:
    """Named, or the only one who can be heard."""
    if not named:
        link.hear(MicrophoneChanged(MUTED))
        await until(lambda: MUTED in listener.presence.here(), limit=LIMIT)
    with listener.expect(Target(named)) as expected:
        fails(link, "bob")
        with pytest.raises(STTError, match="It was said by 'bob'"), anyio.fail_after(LIMIT):
            await expected.reply


async def test_a_question_ends_once_nobody_can_be_read(link: FakeLink, listener: Listener) -> None:
    """The error names all of them."""
    with listener.expect() as expected:
        fails(link, "bob")
        fails(link, "alice")
        with pytest.raises(STTError, match="It was said by 'bob', 'alice'"), anyio.fail_after(LIMIT):
            await expected.reply


async def test_a_question_ends_when_those_leave_who_could_have_been_read(link: FakeLink, listener: Listener) -> None:
    """Whoever is left has answered already, as far as they know."""
    with listener.expect() as expected:
        fails(link, "bob")
        await until(expected.unreadable, limit=LIMIT)
        link.hear(Left(ALICE))
        with pytest.raises(STTError, match="It was said by 'bob'"), anyio.fail_after(LIMIT):
            await expected.reply


async def test_everybody_gone_is_told_as_that_though_somebody_could_not_be_read(
    link: FakeLink, listener: Listener
) -> None:
    """There is nobody to be asked again."""
    with listener.expect() as expected:
        fails(link, "bob")
        await until(expected.unreadable, limit=LIMIT)
        link.hear(Left(BOB), Left(ALICE))
        with pytest.raises(EverybodyLeft), anyio.fail_after(10):
            await expected.reply
