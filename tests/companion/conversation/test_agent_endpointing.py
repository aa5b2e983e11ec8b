"""How long the companion waits: LiveKit's model tells of the sound, and we of the words."""

from __future__ import annotations

import pytest
from livekit.agents import AgentSession, ConversationItemAddedEvent, UserInputTranscribedEvent, llm

from mcp_voice.turns.turn import Patience
from mcp_voice_agent.conversation.endpointing import LIKELY_SECONDS, UNLIKELY_SECONDS, WordsSoFar, endpointing
from testkit.agent_settings import bare_environment, given

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the test only."""
    bare_environment(monkeypatch)


def final(text: str) -> UserInputTranscribedEvent:
    """What the recogniser is sure of."""
    return UserInputTranscribedEvent(transcript=text, is_final=True)


def interim(text: str) -> UserInputTranscribedEvent:
    """What it may still change."""
    return UserInputTranscribedEvent(transcript=text, is_final=False)


@pytest.mark.parametrize("said", ["I want to change the color to", "no because", "um", "wait until"])
async def test_unfinished_sentences_are_waited_for(said: str) -> None:
    """Whatever the model takes a pause for, such words cannot be all of it."""
    assert endpointing(given(), said, modelled=True) == {"min_delay": 2.5, "max_delay": 2.5}


@pytest.mark.parametrize("said", ["", "yes please go ahead", "what time is it"])
async def test_whole_sentences_are_left_to_the_model(said: str) -> None:
    """Answers come at once where it is likely that the human is done, and little later where only the model doubts."""
    waits = endpointing(given(), said, modelled=True)
    assert waits == {"min_delay": LIKELY_SECONDS, "max_delay": Patience().complete}


async def test_a_language_without_words_of_ours_is_left_to_the_model_alone() -> None:
    """Nothing else tells there that somebody only stops to think."""
    waits = endpointing(given(language="ja"), "はい", modelled=True)
    assert waits == {"min_delay": LIKELY_SECONDS, "max_delay": UNLIKELY_SECONDS}


async def test_patience_scales_every_silence() -> None:
    """``MCP_VOICE_PATIENCE`` is for people who speak slowly, with the companion as in an ask."""
    patient = given(patience=2.0)
    assert endpointing(patient, "yes", modelled=True) == {"min_delay": 0.6, "max_delay": 1.0}
    assert endpointing(patient, "I would like the", modelled=True)["min_delay"] == 5.0


async def test_without_a_model_a_whole_sentence_is_given_a_little_more_time() -> None:
    """Where silence alone decides, it must not be as short."""
    assert endpointing(given(), "yes", modelled=False) == {"min_delay": 0.5, "max_delay": 0.5}


async def test_a_session_follows_the_words_of_each_turn() -> None:
    """The segments of a turn are read together, and the next turn begins anew."""
    async with AgentSession[None]() as session:
        WordsSoFar(session, given(), modelled=True).follow()

        def waits() -> float:
            return session.options.endpointing["min_delay"]

        session.emit("user_input_transcribed", final("I would like the"))
        assert waits() == 2.5
        session.emit("user_input_transcribed", final("red one"))
        assert waits() == LIKELY_SECONDS
        session.emit("user_input_transcribed", final("because"))
        assert waits() == 2.5
        over = llm.ChatMessage(role="user", content=["I would like the red one because"])
        session.emit("conversation_item_added", ConversationItemAddedEvent(item=over))
        session.emit("user_input_transcribed", final("yes"))
        assert waits() == LIKELY_SECONDS


async def test_words_that_are_not_final_hold_a_turn_open_until_they_are() -> None:
    """A recogniser that is slower than the silence would otherwise lose the end of what was said."""
    async with AgentSession[None]() as session:
        WordsSoFar(session, given(), modelled=True).follow()

        def waits() -> float:
            return session.options.endpointing["min_delay"]

        session.emit("user_input_transcribed", final("I want to change the color"))
        session.emit("user_input_transcribed", interim("of it"))
        assert waits() == Patience().unconfirmed
        session.emit("user_input_transcribed", interim("of it to"))
        assert waits() == Patience().unfinished
        session.emit("user_input_transcribed", interim(""))
        assert waits() == LIKELY_SECONDS
        session.emit("user_input_transcribed", interim("of it"))
        session.emit("user_input_transcribed", final("of it"))
        assert waits() == LIKELY_SECONDS


async def test_no_answer_is_prepared_to_words_that_cannot_be_all_of_it() -> None:
    """Each would be paid for, and be void as soon as the human goes on."""
    async with AgentSession[None]() as session:
        WordsSoFar(session, given(), modelled=True).follow()

        def prepares() -> bool:
            return session.options.preemptive_generation["enabled"]

        session.emit("user_input_transcribed", final("I would like the"))
        assert not prepares()
        session.emit("user_input_transcribed", interim("red one"))
        assert prepares()
        session.emit("user_input_transcribed", final("red one"))
        assert prepares()


async def test_no_answer_is_prepared_where_the_settings_forbid_it() -> None:
    """``MCP_VOICE_AGENT_PREEMPTIVE`` holds whatever is said."""
    async with AgentSession[None](turn_handling={"preemptive_generation": {"enabled": False}}) as session:
        WordsSoFar(session, given(agent_preemptive=False), modelled=True).follow()
        session.emit("user_input_transcribed", final("what time is it"))
        assert not session.options.preemptive_generation["enabled"]
