"""Which failures a human is told of, and when; and what becomes of a session that has closed by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from livekit import rtc
from livekit.agents import (
    AgentStateChangedEvent,
    CloseEvent,
    CloseReason,
    ErrorEvent,
    SpeechCreatedEvent,
    UserStateChangedEvent,
    llm,
    stt,
)
from livekit.agents.voice import SpeechHandle

from mcp_voice_agent.conversation.conversation import _Conversation
from mcp_voice_agent.conversation.failures import YIELD_SECONDS, apologizing
from testkit.agent_settings import bare_environment, given
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 20.0
SORRY = "Not now."


class Session(rtc.EventEmitter[str]):
    """What is said of a session, and what it is told to say."""

    def __init__(self) -> None:
        super().__init__()
        self.current_speech = None
        self.said: list[str] = []

    def say(self, text: str, *, audio: AsyncIterator[rtc.AudioFrame], add_to_chat_ctx: bool) -> None:
        """Take down what is said; the sound has been made."""
        assert hasattr(audio, "__anext__")
        assert not add_to_chat_ctx
        self.said.append(text)

    def speaks(self) -> None:
        """A human begins to speak."""
        self.emit("user_state_changed", UserStateChangedEvent(old_state="listening", new_state="speaking"))

    def word(self) -> None:
        """We say something of our own."""
        handle = SpeechHandle.create()
        event = SpeechCreatedEvent(user_initiated=True, source="say", speech_handle=handle)
        self.emit("speech_created", event)

    def fails(self, kind: Any = stt.STTError, *, recoverable: bool = False) -> None:
        """A provider fails."""
        error = kind(timestamp=0.0, label="", error=ValueError(), recoverable=recoverable)
        self.emit("error", ErrorEvent(error=error, source=None))


@pytest.fixture
def floor() -> SimpleNamespace:
    """Nobody else has it."""
    return SimpleNamespace(held=False)


@pytest.fixture
async def session(monkeypatch: pytest.MonkeyPatch, floor: Any) -> AsyncIterator[Session]:
    """A session that has said its greeting, in the voice of espeak-ng."""
    bare_environment(monkeypatch)
    started: Any = Session()
    async with apologizing(started, floor, given(tts="offline", stt="offline", agent_failure_message=SORRY)):
        started.emit("agent_state_changed", AgentStateChangedEvent(old_state="speaking", new_state="listening"))
        yield started


async def told_of_one(session: Session) -> None:
    """Have a turn fail, and wait until it is told of; from then on the sentence is ready."""
    before = len(session.said)
    session.speaks()
    session.fails()
    await until(lambda: len(session.said) == before + 1, limit=LIMIT)


async def test_a_failure_that_nobody_waits_for_is_not_told_of(session: Session) -> None:
    """A recogniser that fails in silence, and one that is tried again."""
    session.word()
    session.fails()
    session.speaks()
    session.fails(recoverable=True)
    await told_of_one(session)
    assert session.said == [SORRY]


async def test_a_turn_is_told_of_once(session: Session) -> None:
    """However many parts fail in it; the next one is told of again."""
    for told in (1, 2):
        session.speaks()
        session.fails()
        session.fails()
        await until(lambda told=told: len(session.said) == told, limit=LIMIT)  # type: ignore[misc]
        session.fails(llm.LLMError)
        with anyio.move_on_after(2 * YIELD_SECONDS):
            await until(lambda told=told: len(session.said) > told, limit=LIMIT)  # type: ignore[misc]
        assert len(session.said) == told


async def test_a_turn_that_the_floor_was_taken_in_is_not_told_of(session: Session, floor: SimpleNamespace) -> None:
    """The human has turned to whoever asks."""
    await told_of_one(session)
    floor.held = True
    session.speaks()
    session.fails()
    with pytest.raises(TimeoutError):
        await until(lambda: len(session.said) > 1, limit=3 * YIELD_SECONDS)
    floor.held = False
    await told_of_one(session)
    assert len(session.said) == 2


async def test_another_word_about_the_failure_comes_first(session: Session) -> None:
    """Such as a tool's, which knows what has failed."""
    await told_of_one(session)
    session.speaks()
    session.fails()
    session.word()
    with pytest.raises(TimeoutError):
        await until(lambda: len(session.said) > 1, limit=3 * YIELD_SECONDS)


async def test_a_session_that_closes_by_an_error_ends_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would hear the human any more; a job that is told to end has its reason already."""
    bare_environment(monkeypatch)
    reasons: list[str] = []
    job: Any = SimpleNamespace(shutdown=reasons.append, room=None)
    human: Any = SimpleNamespace(identity="alice")
    session: Any = Session()
    conversation = _Conversation(job, session, human, given())
    for reason in (CloseReason.JOB_SHUTDOWN, CloseReason.USER_INITIATED, CloseReason.ERROR):
        conversation.on_close(CloseEvent(reason=reason))
    assert reasons == ["the session has closed by an error"]
