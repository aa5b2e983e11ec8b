"""From what is heard to replies, without LiveKit: whose words answer what, and what is kept."""

from __future__ import annotations

import time
from dataclasses import replace

import anyio
import pytest

from mcp_voice.errors import EverybodyLeft, LinkLost, STTError
from mcp_voice.link import Keyed, Left, SegmentRead, SpeechStarted, SpeechStopped, Trouble, Typed, Words
from mcp_voice.participants import Target
from mcp_voice.tasks import owned_tasks
from mcp_voice.turns.listener import Listener
from mcp_voice.turns.transcript import Reply, Transcript
from testkit.fake_link import ALICE, BOB, FakeLink
from testkit.fake_playout import FakePlayout
from testkit.waiting import until
from tests.turns.conftest import QUICK

pytestmark = pytest.mark.anyio

LIMIT = 5.0


def says(link: FakeLink, identity: str, text: str, *, at: float | None = None) -> None:
    """One segment of speech, half a second long, as a batch recogniser reports it."""
    now = time.monotonic() if at is None else at
    link.hear(
        SpeechStarted(identity, now),
        SpeechStopped(identity, now + 0.01),
        Words(identity, text, final=False, at=now + 0.02),
        SegmentRead(identity, now + 0.02),
    )


async def kept(listener: Listener, count: int = 1) -> list[Reply]:
    """Wait for so many turns that answer nothing."""
    await until(lambda: len(listener.transcript.unclaimed) >= count, limit=LIMIT)
    return list(listener.transcript.unclaimed)


async def test_the_first_to_be_done_answers_and_the_other_is_kept(link: FakeLink, listener: Listener) -> None:
    """Both are whole, and each is who they are."""
    with listener.expect() as expected:
        listener.open(expected, since=0)
        says(link, "alice", "I would like the")
        says(link, "bob", "yes")
        with anyio.fail_after(LIMIT):
            reply = await expected.reply
    assert (reply.participant, reply.text, reply.channel) == (BOB, "yes", "speech")
    assert [(each.participant, each.text) for each in await kept(listener)] == [(ALICE, "I would like the")]


async def test_an_agent_is_never_listened_to(link: FakeLink, listener: Listener) -> None:
    """Neither its voice nor its messages become a reply, and nothing of them is kept."""
    with listener.expect() as expected:
        listener.open(expected, since=0)
        says(link, "companion", "yes")
        link.hear(Typed("companion", "yes", time.monotonic()), Typed("alice", "no", time.monotonic()))
        with anyio.fail_after(LIMIT):
            assert (await expected.reply).participant == ALICE
    assert [line.identity for line in listener.transcript.lines] == ["alice"]


async def test_what_began_before_the_question_is_no_answer(link: FakeLink, listener: Listener) -> None:
    """It is kept, and the answer is what comes after."""
    with listener.expect() as expected:
        began = time.monotonic()
        link.hear(SpeechStarted("alice", began))
        await until(listener.somebody_speaks, limit=LIMIT)
        listener.open(expected, since=began + 0.01)
        link.hear(
            SpeechStopped("alice", began + 0.02),
            Words("alice", "good morning", final=False, at=began + 0.03),
            SegmentRead("alice", began + 0.03),
        )
        assert [each.text for each in await kept(listener)] == ["good morning"]
        says(link, "alice", "the second one")
        with anyio.fail_after(LIMIT):
            assert (await expected.reply).text == "the second one"


async def test_only_one_is_waited_for_when_one_is_named(link: FakeLink, listener: Listener) -> None:
    """Others neither answer nor silence the question."""
    playout = FakePlayout("What is it?")
    with listener.expect(Target("bob")) as expected, listener.interruptible(playout):
        listener.open(expected, since=0)
        says(link, "alice", "not you")
        await kept(listener)
        assert not playout.interrupted
        says(link, "bob", "yes")
        with anyio.fail_after(LIMIT):
            assert (await expected.reply).participant == BOB
        assert playout.interrupted


@pytest.mark.parametrize("taken_back", [True, False])
async def test_a_noise_that_is_read_as_thanks_silences_the_question_only_for_a_moment(
    link: FakeLink,
    listener: Listener,
    taken_back: bool,  # noqa: FBT001
) -> None:
    """It was silenced for good by what a provider wrote of a cough before it knew better, and answered by it."""
    playout = FakePlayout("What is it?")
    with listener.expect() as expected, listener.interruptible(playout):
        listener.open(expected, since=0)
        began = time.monotonic()
        link.hear(
            SpeechStarted("alice", began), Words("alice", "Thank you.", final=False, at=began + 0.1, doubtful=True)
        )
        await until(lambda: playout.paused, limit=LIMIT)
        link.hear(SpeechStopped("alice", time.monotonic()))
        if taken_back:
            now = time.monotonic()
            link.hear(Words("alice", "", final=False, at=now), SegmentRead("alice", now))
        await until(lambda: "resume" in playout.calls, limit=LIMIT)
        await until(lambda: not listener.turns.answering(expected), limit=LIMIT)
        assert (playout.interrupted, expected.replied) == (False, False)
        says(link, "alice", "the second one")
        with anyio.fail_after(LIMIT):
            assert (await expected.reply).text == "the second one"


async def test_thanks_that_are_final_silence_the_question_and_answer_it(link: FakeLink, listener: Listener) -> None:
    """A human may say so, and is heard."""
    playout = FakePlayout("What is it?")
    with listener.expect() as expected, listener.interruptible(playout):
        listener.open(expected, since=0)
        now = time.monotonic()
        link.hear(SpeechStarted("alice", now), Words("alice", "Thank you.", final=False, at=now, doubtful=True))
        link.hear(SpeechStopped("alice", now + 0.1), Words("alice", "Thank you.", final=True, at=now + 0.1))
        with anyio.fail_after(LIMIT):
            assert (await expected.reply).text == "Thank you."
    assert playout.interrupted


async def test_recognisers_are_told_of_choices_and_of_the_end_of_turns(link: FakeLink, listener: Listener) -> None:
    """Choices while they are expected; and what follows a turn is read apart from it."""
    with listener.expect(choices=("red", "green")) as expected:
        assert list(link.expected) == ["red", "green"]
        listener.open(expected, since=0)
        says(link, "alice", "green please")
        with anyio.fail_after(LIMIT):
            assert (await expected.reply).choice == "green"
    assert not link.expected
    assert link.turns_over == ["alice"]


async def test_keys_make_a_number_or_a_choice(link: FakeLink, listener: Listener) -> None:
    """The first key of a choice decides; without choices the pause does."""
    with listener.expect(choices=("red", "green")) as expected:
        listener.open(expected, since=0)
        link.hear(Keyed("bob", "2", time.monotonic()))
        with anyio.fail_after(LIMIT):
            reply = await expected.reply
    assert (reply.text, reply.choice, reply.channel) == ("2", "green", "keypad")
    link.hear(Keyed("bob", "1", time.monotonic()), Keyed("bob", "0", time.monotonic()))
    assert [each.text for each in await kept(listener)] == ["10"]


async def test_a_recogniser_that_fails_ends_the_wait(link: FakeLink, listener: Listener) -> None:
    """Somebody spoke and cannot be read: that is an error, not a silence."""
    with listener.expect(Target("alice")) as expected:
        listener.open(expected, since=0)
        link.hear(SpeechStarted("alice", time.monotonic()), Trouble("alice", STTError("STT failed.")))
        with pytest.raises(STTError), anyio.fail_after(LIMIT):
            await expected.reply


async def test_what_was_read_before_a_recogniser_failed_is_no_reply_and_not_lost(
    link: FakeLink, listener: Listener
) -> None:
    """The half that could not be read may have been the "not": the next result brings the other one."""
    now = time.monotonic()
    with listener.expect(Target("alice")) as expected:
        listener.open(expected, since=0)
        link.hear(
            SpeechStarted("alice", now),
            Words("alice", "deploy to staging", final=False, at=now),
            Trouble("alice", STTError("STT failed.")),
        )
        with pytest.raises(STTError), anyio.fail_after(LIMIT):
            await expected.reply
    assert [each.text for each in await kept(listener)] == ["deploy to staging"]


async def test_everybody_gone_ends_the_wait_and_the_question(link: FakeLink, listener: Listener) -> None:
    """After the time that a reload takes, and without playing the rest to nobody."""
    playout = FakePlayout("What is it?")
    with listener.expect() as expected, listener.interruptible(playout):
        listener.open(expected, since=0)
        link.hear(Left(ALICE), Left(BOB))
        with pytest.raises(EverybodyLeft), anyio.fail_after(10):
            await expected.reply
    assert playout.interrupted


async def test_whoever_goes_for_a_moment_is_waited_for_though_an_earlier_question_was_left(
    link: FakeLink, listener: Listener
) -> None:
    """The absence of then counted on: the first reload of a page ended the next question."""
    with listener.expect() as expected:
        listener.open(expected, since=0)
        link.leaves(ALICE)
        link.leaves(BOB)
        await until(lambda: listener.presence._absent_since is not None, limit=LIMIT)
    listener.presence._absent_since = time.monotonic() - 3600  # that was an hour ago
    link.joins(ALICE)
    await until(lambda: listener.presence.is_here("alice"), limit=LIMIT)
    with listener.expect() as expected:
        listener.open(expected, since=0)
        link.leaves(ALICE)
        await until(lambda: not listener.presence.is_here("alice"), limit=LIMIT)
        link.joins(ALICE)
        says(link, "alice", "yes")
        with anyio.fail_after(LIMIT):
            assert (await expected.reply).text == "yes"


async def test_a_lost_link_ends_the_listening_and_keeps_what_was_said(link: FakeLink, listener: Listener) -> None:
    """The next link goes on with the same turns."""
    other = Listener(QUICK, "en", Transcript())
    lost, again = FakeLink("kitchen", [ALICE]), FakeLink("kitchen", [ALICE])
    with other.expect() as expected:
        other.open(expected, since=0)
        says(lost, "alice", "I would like the")
        lost.lose()
        with pytest.raises(LinkLost), anyio.fail_after(LIMIT):
            await other.run(lost)
        with pytest.raises(LinkLost):
            expected.reply.result()
    async with owned_tasks() as tasks:
        tasks.start_soon(other.run, again)
        says(again, "alice", "red one")
        assert [each.text for each in await kept(other)] == ["I would like the red one"]
        tasks.cancel_scope.cancel()
    for each in (lost, again):
        each.close()


async def test_a_turn_under_way_has_the_patience_of_the_question_that_is_open_now(
    link: FakeLink, listener: Listener
) -> None:
    """Begun before the question or after it, and no longer once the question is over."""
    story = replace(QUICK, story=2.0)
    listener.patience = listener.turns.patience = story
    began = time.monotonic()
    with listener.expect(open_ended=True) as expected:
        listener.open(expected, since=began)
        says(link, "alice", "The disk was full.")
        says(link, "bob", "Then it broke.")
        await until(lambda: listener.turns.words_so_far(Target("bob")), limit=LIMIT)
        assert {turn.expected.open_ended for _, turn in listener.turns.all()} == {True}
        assert expected.waiting
    assert {reply.text for reply in await kept(listener, 2)} == {"The disk was full.", "Then it broke."}


@pytest.mark.parametrize("noticed", ["before the question", "after its first sound", "when its words come"])
async def test_an_answer_is_not_added_to_what_was_said_before_the_question(
    link: FakeLink, listener: Listener, noticed: str
) -> None:
    """An afterthought to the last answer that ends like an unfinished sentence has patience, and swallows nothing."""
    listener.patience = listener.turns.patience = replace(QUICK, unfinished=LIMIT)
    with listener.expect() as expected:
        began = time.monotonic()
        if noticed == "before the question":
            link.hear(SpeechStarted("alice", began))
            await until(listener.somebody_speaks, limit=LIMIT)
            listener.open(expected, since=began + 0.01)
        else:  # on a busy machine voice activity detection lags behind, and so does the recogniser
            listener.open(expected, since=began + 0.05)
        if noticed == "after its first sound":
            link.hear(SpeechStarted("alice", began))
        if noticed != "when its words come":
            link.hear(SpeechStopped("alice", began + 0.02))
        words = Words("alice", "and not the", final=False, at=began + 0.1, began_at=began, ended_at=began + 0.02)
        link.hear(words, SegmentRead("alice", began + 0.1))
        await until(lambda: listener.turns.words_so_far(Target("alice")), limit=LIMIT)
        says(link, "alice", "yes please", at=began + 0.2)
        with anyio.fail_after(LIMIT / 2):
            assert (await expected.reply).text == "yes please"
    assert [each.text for each in await kept(listener)] == ["and not the"]
