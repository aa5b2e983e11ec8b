"""A voice that fails: one clear error in bounded time, and a room that can be used at once afterwards."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from mcp_voice.people.human import Human
from testkit import faults
from testkit.faults import Fault
from testkit.host import Host, ToolFault
from testkit.rig import Rig, after_the_question, voice_of

pytestmark = pytest.mark.anyio

BOUNDED_SECONDS = 30.0
QUESTION = "Which one?"
FAULTS: dict[str, tuple[Fault, str]] = {
    "refused key": (faults.status(401), "rejected the key (401). Set OPENAI_API_KEY to a valid key"),
    "unknown model": (faults.status(404), "does not know the model or the path (404). Check MCP_VOICE_TTS"),
    "too many requests": (faults.status(429), "too many requests"),
    "broken": (faults.status(500), "status 500"),
    "no audio": (faults.empty, "no audio"),
    "a web page": (faults.wrong_type, "web page instead of audio. Check the base URL"),
    "a body that breaks off": (faults.dropped, "closed the connection mid-answer"),
    "hang": (faults.hung, "did not answer in time"),
}


@pytest.fixture(scope="module")
async def nora(rig: Rig) -> AsyncIterator[Human]:
    """Somebody who stays in one room while fault follows fault: each finds it as the one before has left it."""
    async with rig.person(f"faults-{uuid.uuid4().hex[:6]}", "nora") as person:
        yield person


async def fails(host: Host, room: str, question: str = QUESTION) -> str:
    """Ask; the one clear error there must be."""
    with pytest.raises(ToolFault) as caught:
        async with host.asking(question, room_name=room) as call:
            await call.done(limit=BOUNDED_SECONDS)
    text = str(caught.value)
    assert text.startswith("TTS ")
    assert "\n" not in text
    assert text.endswith(".")
    return text


async def works(host: Host, room: str, person: Human) -> None:
    """The next question is asked and answered as if nothing had been."""
    async with host.asking(QUESTION, room_name=room) as call:
        await after_the_question(person, voice_of("the second option"))
    assert call.answer.status == "answered"
    assert "second option" in (call.answer.reply or "")


@pytest.mark.parametrize(("fault", "why"), FAULTS.values(), ids=FAULTS.keys())
async def test_a_failing_voice_is_one_clear_error(fault: Fault, why: str, host: Host, rig: Rig, nora: Human) -> None:
    """It names the part and the fix, and says it before a host gives up."""
    with rig.speech.speech.failing(fault):
        assert why in await fails(host, nora.connection.name)


async def test_noise_instead_of_speech_ends_with_the_question(host: Host, rig: Rig, nora: Human) -> None:
    """Samples of a voice's length that are garbage cannot be told from one; but the ask can be taken back."""
    with rig.speech.speech.failing(faults.instead(faults.GARBAGE * 60, "audio/pcm")):
        answer = await host.ask(QUESTION, room_name=nora.connection.name, wait_seconds=2)
    assert answer.status == "pending"
    assert (await host.cancel(answer.ask_id)).status == "cancelled"


@pytest.mark.parametrize("fault", [faults.status(401), faults.dropped], ids=["refused key", "breaks off"])
async def test_the_next_ask_works_as_if_nothing_had_been(fault: Fault, host: Host, rig: Rig, nora: Human) -> None:
    """The room is free, the voice is there, and somebody is heard."""
    with rig.speech.speech.failing(fault):
        await fails(host, nora.connection.name)
    await works(host, nora.connection.name, nora)


async def test_a_voice_that_cannot_be_reached_is_one_clear_error(rig: Rig, room: str, alice: Human) -> None:
    """The local server is not running, or the URL is wrong; waiting for the reply tells the same again."""
    async with rig.host(MCP_VOICE_TTS_BASE_URL="http://127.0.0.1:9/v1") as own:
        text = await fails(own, room)
    assert "cannot be reached" in text
    assert "base URL" in text


async def test_saying_something_fails_as_clearly_as_asking(host: Host, rig: Rig, nora: Human) -> None:
    """There is no reply that would show it."""
    with rig.speech.speech.failing(faults.status(401)), pytest.raises(ToolFault, match="OPENAI_API_KEY"):
        await host.say("Ready.", nora.connection.name)
    assert (await host.say("Ready.", nora.connection.name)).status == "said"
