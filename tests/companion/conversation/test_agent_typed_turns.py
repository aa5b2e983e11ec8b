"""When it is time for what somebody has typed, while the companion is busy with somebody else."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from livekit import rtc
from livekit.agents.voice import SpeechHandle

from mcp_voice.link import Typed
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.conversation.conversation import _Conversation
from mcp_voice_agent.conversation.handover import Handover
from mcp_voice_agent.conversation.partner import MOST_SECONDS
from mcp_voice_agent.conversation.typed import Typing
from mcp_voice_agent.conversation.typed_turns import LONGEST_TURN, MOST_WAITING, TypedTurns
from testkit.agent_settings import bare_environment, given
from testkit.waiting import settled


def test_whoever_types_one_line_after_the_other_interrupts_nobody_else() -> None:
    """All of it is one turn, after the answer to the partner."""
    turns = TypedTurns()
    for number in range(5):
        assert turns.put("bob", f"line {number}", 2.0 * number)
        assert turns.take(2.0 * number, partner="alice", busy=True) is None
    assert turns.take(9.0, partner="alice", busy=False) == ("bob", "line 0\nline 1\nline 2\nline 3\nline 4")
    assert not turns


def test_nobody_waits_for_the_partner_for_ever() -> None:
    """It may be the noise of an open microphone, or an answer without an end."""
    turns = TypedTurns()
    turns.put("bob", "hello", 1.0)
    assert turns.take(1.0 + MOST_SECONDS - 0.1, partner="alice", busy=True) is None
    assert turns.take(1.0 + MOST_SECONDS, partner="alice", busy=True) == ("bob", "hello")


def test_the_partner_interrupts_their_own_answer_unless_somebody_else_waits() -> None:
    """Else whoever types without an end would have the companion to themselves."""
    turns = TypedTurns()
    turns.put("bob", "no, wait", 0.0)
    assert turns.take(0.0, partner="bob", busy=True) == ("bob", "no, wait")
    turns.put("carol", "and me?", 1.0)
    turns.put("bob", "more", 2.0)
    assert turns.take(2.0, partner="bob", busy=True) is None
    assert turns.take(3.0, partner="bob", busy=False) == ("carol", "and me?")
    assert turns.take(3.0, partner="carol", busy=True) is None
    assert turns.take(4.0, partner="carol", busy=False) == ("bob", "more")


def test_long_messages_are_turns_of_their_own_and_all_that_waits_is_bounded() -> None:
    """None of them is cut, and whoever floods takes nobody else's place."""
    turns = TypedTurns()
    long = "x" * (LONGEST_TURN - 1)
    kept = sum(turns.put("bob", long, 0.0) for _ in range(100))
    assert turns.put("carol", "short", 0.0)
    taken = [turns.take(0.0, partner="", busy=False) for _ in range(kept + 1)]
    assert taken[:2] == [("bob", long), ("carol", "short")]
    assert taken[2:] == [("bob", long)] * (kept - 1)
    people = sum(turns.put(f"guest {number}", "hello", 0.0) for number in range(100))
    assert people == MOST_WAITING


@pytest.mark.anyio
async def test_words_that_wait_when_another_agent_takes_the_floor_are_taken_after_it() -> None:
    """They were for the companion; what is typed meanwhile is for the other one."""
    human = SimpleNamespace(identity="bob", kind=rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD)
    room: Any = SimpleNamespace(remote_participants={"bob": human})
    busy, muted, turns, taken = True, False, list[str](), anyio.Event()

    async def take(_: str, words: str) -> None:
        turns.append(words)
        taken.set()

    async with owned_tasks() as tasks:
        typing = Typing(room, tasks, muted=lambda: muted)
        tasks.start_soon(typing.take_all, take, lambda: ("alice", busy))
        typing.on_message(Typed("bob", "for the companion", time.monotonic()))
        await settled()
        busy, muted = False, True
        typing.on_message(Typed("bob", "for the other one", time.monotonic()))
        await settled()
        assert turns == []
        muted = False
        with anyio.fail_after(2.0):
            await taken.wait()
        tasks.cancel_scope.cancel()
    assert turns == ["for the companion"]


@pytest.mark.anyio
async def test_words_that_wait_are_taken_once_the_companion_is_free() -> None:
    """Nobody has to type again for that."""
    human = SimpleNamespace(identity="bob", kind=rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD)
    room: Any = SimpleNamespace(remote_participants={"bob": human})
    busy, turns, taken = True, list[str](), anyio.Event()

    async def take(_: str, words: str) -> None:
        turns.append(words)
        taken.set()

    async with owned_tasks() as tasks:
        typing = Typing(room, tasks)
        tasks.start_soon(typing.take_all, take, lambda: ("alice", busy))
        for words in ("one", "two"):
            typing.on_message(Typed("bob", words, time.monotonic()))
            await settled()
        assert turns == []
        busy = False
        with anyio.fail_after(2.0):
            await taken.wait()
        tasks.cancel_scope.cancel()
    assert turns == ["one\ntwo"]


@pytest.mark.anyio
async def test_what_is_typed_during_an_answer_that_nobody_may_interrupt_is_answered_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As ``MCP_VOICE_AGENT_INTERRUPTIONS`` has it."""
    bare_environment(monkeypatch)
    asked: list[str | None] = []
    answering = SpeechHandle.create(allow_interruptions=False)
    session: Any = rtc.EventEmitter[str]()
    session.interrupt = answering.interrupt
    session.generate_reply = lambda *, user_input: asked.append(user_input.text_content)
    job: Any = SimpleNamespace(room=SimpleNamespace(remote_participants={}))
    bob: Any = SimpleNamespace(identity="bob")
    listeners: Any = SimpleNamespace(known=anyio.lowlevel.checkpoint)
    talk = _Conversation(job, session, bob, given(agent_interruptions=False))
    await talk.on_typed(listeners, Handover(), "bob", "wait a moment")
    assert asked == ["wait a moment"]
    assert not answering.interrupted
