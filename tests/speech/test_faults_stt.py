"""Ears that fail: one clear error in bounded time, and a room that can be used at once afterwards."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing

import anyio
import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions, APIError

from mcp_voice.people.human import Human
from mcp_voice.speech.faults import stt_fault
from mcp_voice.speech.openai_stt import ClosingSTT
from testkit import faults
from testkit.faults import Fault
from testkit.host import Host, ToolFault
from testkit.rig import Rig, after_the_question, voice_of
from tests.speech.test_faults_tts import BOUNDED_SECONDS, QUESTION, works

pytestmark = pytest.mark.anyio

FAULTS: dict[str, tuple[Fault, str]] = {
    "refused key": (faults.status(401), "rejected the key (401). Set OPENAI_API_KEY to a valid key"),
    "unknown model": (faults.status(404), "does not know the model or the path (404). Check MCP_VOICE_STT"),
    "too many requests": (faults.status(429), "too many requests"),
    "broken": (faults.status(500), "status 500"),
    "garbage": (faults.garbage, "its answer is not what such a provider sends. Check the base URL"),
    "an empty body": (faults.empty, "its answer is not what such a provider sends"),
    "a web page": (faults.wrong_type, "its answer is not what such a provider sends"),
    "a body that breaks off": (faults.dropped, "it closed the connection mid-answer"),
    "hang": (faults.hung, "did not answer in time"),
}
IN_A_ROOM = ("refused key", "garbage", "hang")
"""One that is told by a status, one by what is sent, and one by nothing; a room costs seconds."""


def heard() -> rtc.AudioFrame:
    """What somebody says."""
    pcm = voice_of("wait until tomorrow morning").resampled(16_000)
    return rtc.AudioFrame(pcm.samples.tobytes(), 16_000, 1, len(pcm.samples))


async def unread(host: Host, room: str, person: Human) -> None:
    """Ask, and have somebody answer."""
    async with host.asking(QUESTION, room_name=room) as call:
        await after_the_question(person, voice_of("wait until tomorrow morning"))
        await call.done(limit=BOUNDED_SECONDS)


@pytest.fixture(scope="module")
async def nora(rig: Rig) -> AsyncIterator[Human]:
    """Somebody who stays in one room while fault follows fault: each finds it as the one before has left it."""
    async with rig.person(f"faults-{uuid.uuid4().hex[:6]}", "nora") as person:
        yield person


def is_clear(error: Exception, why: str) -> None:
    """One sentence that says what failed and what to do."""
    text = str(error)
    assert text.startswith("STT (openai/whisper-1) failed, so what was said could not be transcribed: ")
    assert why in text
    assert "\n" not in text
    assert text.endswith(".")


@pytest.mark.parametrize("name", IN_A_ROOM)
async def test_failing_ears_are_one_clear_error(name: str, host: Host, rig: Rig, nora: Human) -> None:
    """Somebody answered and cannot be read: that is no silence, and the model must know it at once."""
    fault, why = FAULTS[name]
    with rig.speech.transcriptions.failing(fault), pytest.raises(ToolFault) as caught:
        await unread(host, nora.connection.name, nora)
    is_clear(caught.value, why)


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in IN_A_ROOM])
async def test_whatever_fails_a_recogniser_is_one_clear_error(name: str, rig: Rig) -> None:
    """As it is told to a room."""
    fault, why = FAULTS[name]
    with rig.speech.transcriptions.failing(fault):
        engine = ClosingSTT(
            model="whisper-1", language="en", base_url=rig.speech.base_url, api_key="none", seconds=BOUNDED_SECONDS
        )
        async with aclosing(engine):
            with pytest.raises(APIError) as caught:
                await engine.recognize(heard(), conn_options=APIConnectOptions(max_retry=0))
    is_clear(stt_fault(caught.value, provider="openai/whisper-1", key="OPENAI_API_KEY"), why)


@pytest.mark.parametrize("fault", [faults.status(401), faults.dropped], ids=["refused key", "breaks off"])
async def test_the_next_ask_works_as_if_nothing_had_been(fault: Fault, host: Host, rig: Rig, nora: Human) -> None:
    """The room is free and somebody is heard; what could not be read does not come up again."""
    with rig.speech.transcriptions.failing(fault), pytest.raises(ToolFault):
        await unread(host, nora.connection.name, nora)
    await works(host, nora.connection.name, nora)


async def test_listening_fails_as_clearly_as_asking(host: Host, rig: Rig, nora: Human) -> None:
    """Words that nobody can read are no silence there either; it is said once, and what comes next is heard."""
    room = nora.connection.name
    assert (await host.listen(room, wait_seconds=1)).status == "pending"
    with rig.speech.transcriptions.failing(faults.status(401)):
        await nora.speak(voice_of("wait until tomorrow morning"))
        with pytest.raises(ToolFault, match="OPENAI_API_KEY"):
            await host.listen(room, wait_seconds=BOUNDED_SECONDS)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(nora.speak, voice_of("the second option"))
        assert "second option" in ((await host.listen(room, wait_seconds=BOUNDED_SECONDS)).reply or "")
