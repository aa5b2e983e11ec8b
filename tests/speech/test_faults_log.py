"""What the log says when providers fail: never a key, a token, or what people said."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mcp_voice.people.human import Human
from testkit import faults
from testkit.faults import Fault
from testkit.host import Host, ToolFault
from testkit.rig import Rig, after_the_question, voice_of
from tests.speech.test_faults_tts import fails

pytestmark = pytest.mark.anyio

KEY = "sk-test-0123456789-do-not-log"
QUESTION = "Shall the secret project begin?"
FAULTS: tuple[Fault, ...] = (faults.status(401), faults.empty, faults.dropped)


@pytest.fixture(scope="module")
async def own(rig: Rig) -> AsyncIterator[Host]:
    """A server with a key, whose log is at its loudest level."""
    async with rig.host(OPENAI_API_KEY=KEY, MCP_VOICE_LOG_LEVEL="DEBUG") as host:
        yield host


async def test_the_log_holds_no_key_no_token_and_no_speech(own: Host, rig: Rig, room: str, alice: Human) -> None:
    """It may be sent to somebody who helps; at DEBUG too, unless MCP_VOICE_LOG_SPEECH allows it."""
    for fault in FAULTS:
        with rig.speech.speech.failing(fault):
            assert KEY not in await fails(own, room, QUESTION)
    with rig.speech.transcriptions.failing(faults.status(500)), pytest.raises(ToolFault):
        await answered(own, room, alice)
    await answered(own, room, alice)
    assert rig.speech.speech.asked[-1].authorization == f"Bearer {KEY}"
    logs = [path.read_text() for path in rig.folder.glob("*/stderr.log")]
    assert any(logs)
    for log in logs:
        for private in (KEY, rig.server.api_secret, "eyJ", QUESTION, "secret project", "the second option"):
            assert private not in log


async def answered(host: Host, room: str, person: Human) -> None:
    """Ask, and have somebody answer."""
    async with host.asking(QUESTION, room_name=room):
        await after_the_question(person, voice_of("the second option"))
