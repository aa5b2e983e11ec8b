"""What the room is told of the companion as data."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession, inference
from livekit.agents.voice.room_io import RoomOptions

from mcp_voice.link.packets import LARGEST_PACKET
from mcp_voice.people.human import Human
from mcp_voice.room.access import token
from mcp_voice.room.connection import connect
from mcp_voice_agent.models.pipeline import pipeline
from mcp_voice_agent.telemetry.room_data import AGENT_TOPIC, STATE_TOPIC, USER_TOPIC, packets, room_data
from testkit.agent_settings import given
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

GREETING = "Good morning. How can I help?"
COMPANION = "agent-under-test"


@asynccontextmanager
async def companion(rig: Rig, room: str, human: str) -> AsyncIterator[AgentSession[None]]:
    """An agent in the room that is linked to a human, and tells the room of itself."""
    settings = given(
        openai_base_url=rig.speech.base_url, stt="openai/whisper-1", tts="openai/tts-1:alloy", agent_llm="openai"
    )
    connection = rtc.Room()
    jwt = token(rig.access, room_name=room, identity=COMPANION, name="Companion", kind="agent")
    vad = inference.VAD()
    async with connect(rig.access, connection, jwt), pipeline(settings, vad) as parts:
        session = AgentSession[None](
            stt=parts.stt,
            llm=parts.llm,
            tts=parts.tts,
            vad=vad,
            turn_handling={"turn_detection": "vad", "interruption": {"mode": "vad"}},
            aec_warmup_duration=None,
            session_close_transcript_timeout=0.0,
        )
        async with room_data(session, connection), session:
            await session.start(
                Agent(instructions="Be short."),
                room=connection,
                room_options=RoomOptions(participant_identity=human, close_on_disconnect=False),
                session_host=False,
                record=False,
            )
            yield session


def told(person: Human, topic: str) -> list[dict[str, Any]]:
    """What somebody in the room has received on a topic, oldest first."""
    return [json.loads(packet.data) for packet in person.packets.all if packet.topic == topic]


def states(person: Human) -> list[str]:
    """The companion's states, as somebody in the room was told them."""
    return [message["state"] for message in told(person, STATE_TOPIC)]


async def test_the_room_is_told_of_states_and_of_what_was_said(rig: Rig, room: str, alice: Human) -> None:
    """A page can draw the conversation from it, for whoever comes, and sees that nobody is linked any more."""
    async with companion(rig, room, "alice") as session:
        await until(lambda: states(alice)[-1:] == ["listening"], limit=LIMIT)
        session.say(GREETING)
        await until(lambda: told(alice, AGENT_TOPIC), limit=LIMIT)
        assert "speaking" in states(alice)
        async with rig.person(room, "bob") as bob:
            await until(lambda: states(bob)[-1:] == ["listening"], limit=LIMIT)
            await alice.speak(voice_of("what time is it"))
            await until(lambda: len(told(alice, AGENT_TOPIC)) > 1, limit=LIMIT)
            await until(lambda: states(bob)[-1:] == ["listening"], limit=LIMIT)
            assert [state for state in states(bob) if state != "listening"][-2:] == ["thinking", "speaking"]
            await alice.connection.disconnect()
            await until(lambda: states(bob)[-1:] == ["idle"], limit=LIMIT)
            (heard,) = told(bob, USER_TOPIC)
    assert (heard["type"], heard["role"], heard["identity"]) == ("transcript", "user", "alice")
    assert heard["text"].lower().strip(".?! ") == "what time is it"
    greeted, answered = told(alice, AGENT_TOPIC)
    assert (greeted["text"], greeted["role"], greeted["identity"]) == (GREETING, "agent", COMPANION)
    assert not greeted["interrupted"]
    assert "what time is it" in answered["text"]
    assert greeted["timestamp"] < heard["timestamp"] < answered["timestamp"]
    state = told(alice, STATE_TOPIC)[-1]
    assert state.keys() == {"type", "state", "previous", "failing", "timestamp"}
    assert (state["type"], state["failing"]) == ("agent_state", [])
    assert {packet.kind for packet in alice.packets.all} == {rtc.DataPacketKind.KIND_RELIABLE}


async def test_news_that_cannot_be_sent_break_nothing(rig: Rig, room: str, caplog: pytest.LogCaptureFixture) -> None:
    """The connection may go before the session does."""
    caplog.set_level(logging.DEBUG, logger="mcp_voice_agent.telemetry.room_data")
    connection = rtc.Room()
    jwt = token(rig.access, room_name=room, identity=COMPANION, name="Companion", kind="agent")
    async with connect(rig.access, connection, jwt):
        pass
    session = AgentSession[None](vad=None)
    async with room_data(session, connection), session:
        await session.start(Agent(instructions="Be silent."))
    (line,) = [record for record in caplog.records if record.name == "mcp_voice_agent.telemetry.room_data"]
    assert (line.levelname, line.getMessage()) == ("DEBUG", "data for the room not sent: PublishDataError")


@pytest.mark.parametrize("text", ["word " * 9000, "ü" * 20_000, '"' * 20_000], ids=["words", "letters", "escapes"])
def test_a_long_text_is_sent_in_parts_that_every_client_takes(text: str) -> None:
    """A reliable packet of more than 15 KiB is lost on some clients; no word may be."""
    message = {"type": "transcript", "role": "agent", "text": text, "identity": COMPANION, "timestamp": 1.0}
    sent = packets(AGENT_TOPIC, message)
    assert max(len(payload) + len(AGENT_TOPIC) for payload in sent) <= LARGEST_PACKET
    parts = [json.loads(payload) for payload in sent]
    assert "".join(part["text"] for part in parts) == text
    assert [part.get("continues", False) for part in parts] == [True] * (len(parts) - 1) + [False]
