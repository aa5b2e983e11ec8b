"""Ending a conversation after a goodbye: LiveKit's session and its plugins, and a job that takes down what is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, Literal

import aiohttp
import anyio
import pytest
from livekit import api, rtc
from livekit.agents import Agent, AgentSession, llm
from livekit.agents.voice.run_result import RunResult
from livekit.plugins import openai

from mcp_voice_agent.conversation.end_call import ending
from mcp_voice_agent.settings import AgentSettings
from testkit.agent_settings import bare_environment, given
from testkit.chat_model import Call
from testkit.clip_match import ClipMatch
from testkit.loudspeaker import Loudspeaker
from testkit.openai_server import openai_server
from testkit.realtime_server import realtime_server
from testkit.stubs import StubTTS
from testkit.tool_talk import LIMIT, Script
from testkit.waiting import until

pytestmark = pytest.mark.anyio

END = Call("end_call")
BYE = "Goodbye, and have a nice day."
STANDARD, SIP = rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD, rtc.ParticipantKind.PARTICIPANT_KIND_SIP
AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the test only."""
    bare_environment(monkeypatch)


class Job:
    """LiveKit's job, as far as it matters, and all that is done with it."""

    def __init__(self, *people: str) -> None:
        there = {each: SimpleNamespace(kind=SIP if each == "phone" else STANDARD) for each in people}
        there["asker"] = SimpleNamespace(kind=AGENT)
        self.room = SimpleNamespace(name="lobby", remote_participants=there)
        self.job = SimpleNamespace(id="AJ_1", dispatch_id="AD_1", agent_name="", room=SimpleNamespace(name="lobby"))
        self.api = SimpleNamespace(
            room=SimpleNamespace(remove_participant=self._remove),
            agent_dispatch=SimpleNamespace(delete_dispatch=self._delete, list_dispatch=self._dispatches),
        )
        self.done: list[str] = []
        self.fault: Exception | None = None
        self.answers = anyio.Event()
        self.answers.set()
        """LiveKit's server, or else it keeps everybody waiting."""

    async def _remove(self, whom: api.RoomParticipantIdentity) -> None:
        await self.answers.wait()
        self.done.append(f"removed {whom.identity} from {whom.room}")
        if self.fault:
            raise self.fault

    async def _dispatches(self, room: str) -> list[api.AgentDispatch]:
        await self.answers.wait()
        return [api.AgentDispatch(id="AD_1", room=room)]

    async def _delete(self, dispatch: str, room: str) -> None:
        self.done.append(f"took back {dispatch} of {room}")

    async def step_back(self) -> None:
        """The session hears nothing any more."""
        self.done.append("stepped back")

    def shutdown(self, _: str) -> None:
        """The companion leaves."""
        self.done.append("left")


class Talk:
    """The conversation while it lasts."""

    def __init__(self, session: AgentSession[None], job: Job, script: Script, loudspeaker: Loudspeaker) -> None:
        self.session, self.job, self.script, self.loudspeaker = session, job, script, loudspeaker

    async def hears(self, text: str, *then: str | Call) -> None:
        """Have the human say this, upon which the model says that."""
        self.script.then(*then)
        with anyio.fail_after(LIMIT):
            await self.session.run(user_input=text)

    async def ends(self) -> list[str]:
        """Wait until the companion has left, and all is put in order; gives what was done."""
        await until(lambda: "took back AD_1 of lobby" in self.job.done, limit=LIMIT)
        return self.job.done

    def said(self) -> list[str]:
        """What the human has heard."""
        messages = [item for item in self.session.history.items if item.type == "message"]
        return [(message.text_content or "").strip() for message in messages if message.role == "assistant"]


@asynccontextmanager
async def talk(
    *,
    mode: Literal["pipeline", "realtime"] = "pipeline",
    settings: AgentSettings | None = None,
    allowed: tuple[str, ...] | Literal["reading"] | None = None,
    partner: str = "alice",
    others: tuple[str, ...] = (),
) -> AsyncIterator[Talk]:
    """Converse, spoken, while the block lasts."""
    script, loudspeaker, job = Script(), Loudspeaker(), Job(partner, *others)
    whole: Any = job
    tools: list[llm.Tool | llm.Toolset] = []
    async with (
        openai_server() as chat,
        realtime_server(ClipMatch()) as realtime,
        aiohttp.ClientSession() as http,
        ending(whole, settings or given(), tools, allowed=allowed, partner=lambda: partner, step_back=job.step_back),
    ):
        chat.reply = realtime.reply = script
        model = openai.LLM(model="gpt-4.1-mini", base_url=chat.base_url, api_key="made-up", max_retries=0)
        hearing = openai.realtime.RealtimeModel(
            base_url=realtime.base_url, api_key="made-up", turn_detection=None, http_session=http
        )
        session = AgentSession[None](llm=hearing if mode == "realtime" else model, tts=StubTTS())
        session.output.audio = loudspeaker
        async with session:
            await session.start(Agent(instructions="Use the tools.", tools=tools))
            yield Talk(session, job, script, loudspeaker)
        await model.aclose()


@pytest.mark.parametrize("mode", ["pipeline", "realtime"])
async def test_after_a_goodbye_the_companion_says_its_own_and_leaves(mode: Literal["pipeline", "realtime"]) -> None:
    """It alone: nobody is thrown out, and no other companion is sent in its place."""
    async with talk(mode=mode) as talking:
        await talking.hears("Hello", "Hello.")
        assert talking.job.done == []
        await talking.hears("Goodbye", END, BYE)
        assert await talking.ends() == ["stepped back", "left", "took back AD_1 of lobby"]
        assert talking.said()[-1] == BYE


async def test_nobody_is_heard_or_kept_after_the_goodbye_while_livekit_does_not_answer() -> None:
    """Whoever began anew in these seconds would be cut off; what is to be put in order outlasts the conversation."""
    async with talk(partner="phone") as talking:
        talking.job.answers = anyio.Event()
        await talking.hears("Goodbye", END, BYE)
        await until(lambda: talking.job.done == ["stepped back", "left"], limit=LIMIT)
        answers = talking.job.answers
        asyncio.get_running_loop().call_soon(answers.set)
    assert set(talking.job.done[2:]) == {"removed phone from lobby", "took back AD_1 of lobby"}


async def test_a_telephone_is_hung_up() -> None:
    """Whoever calls hears no silence until they hang up themselves."""
    async with talk(partner="phone") as talking:
        await talking.hears("Goodbye", END, BYE)
        assert "removed phone from lobby" in await talking.ends()


async def test_one_guest_s_goodbye_takes_the_companion_from_nobody_else() -> None:
    """They are told goodbye, a telephone is hung up, and the others go on; with the last of them it leaves."""
    async with talk(partner="phone", others=("alice",)) as talking:
        await talking.hears("Goodbye", END, BYE)
        await until(lambda: talking.job.done, limit=LIMIT)
        del talking.job.room.remote_participants["phone"]
        await talking.hears("I am still here", "So am I.")
        assert talking.job.done == ["removed phone from lobby"]
        assert talking.said()[-2:] == [BYE, "So am I."]
        await talking.hears("Goodbye", END, BYE)
        assert (await talking.ends())[1:] == ["stepped back", "left", "took back AD_1 of lobby"]


async def test_a_telephone_that_cannot_be_hung_up_keeps_nobody() -> None:
    """LiveKit may be away, or the caller may have hung up first."""
    async with talk(partner="phone") as talking:
        talking.job.fault = api.TwirpError("not_found", "participant does not exist", status=404)
        await talking.hears("Goodbye", END, BYE)
        assert "left" in await talking.ends()


async def test_who_interrupts_the_goodbye_is_listened_to() -> None:
    """They want one thing more; the next goodbye ends the conversation."""
    async with talk() as talking:
        talking.loudspeaker.cut_after = "Goodbye, and"
        talking.script.then(END, BYE)
        run: RunResult[Any] = talking.session.run(user_input="Bye")
        with anyio.fail_after(LIMIT):
            await talking.loudspeaker.playing.wait()
            await talking.session.interrupt()
            await run
        await talking.hears("One more thing", "Yes?")
        assert talking.job.done == []
        await talking.hears("Bye then", END, BYE)
        assert "left" in await talking.ends()


@pytest.mark.parametrize(
    ("allowed", "has"),
    [
        (None, True),
        ("reading", True),
        (("query_database", "end_call"), True),
        (("query_database",), False),
        ((), False),
    ],
)
async def test_a_room_that_lists_its_tools_has_it_if_it_is_in_the_list(allowed: Any, has: bool) -> None:  # noqa: FBT001
    """It changes nothing but the conversation, so that it is among those for reading."""
    job: Any = Job()
    tools: list[llm.Tool | llm.Toolset] = []
    async with ending(job, given(), tools, allowed=allowed, partner=str, step_back=job.step_back):
        assert (len(tools) == 1) is has


async def test_it_can_be_switched_off() -> None:
    """For models that end what should go on, or know no tools."""
    job: Any = Job()
    tools: list[llm.Tool | llm.Toolset] = []
    async with ending(job, given(agent_end_call=False), tools, allowed=None, partner=str, step_back=job.step_back):
        assert tools == []
