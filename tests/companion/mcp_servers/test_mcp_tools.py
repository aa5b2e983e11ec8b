"""The tools of MCP servers in a conversation: what reads is called at once, what changes something after a yes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from livekit.agents import Agent, AgentSession, function_tool
from livekit.plugins import openai

from testkit.chat_model import Call
from testkit.clip_match import ClipMatch
from testkit.loudspeaker import Loudspeaker
from testkit.mcp_service import READS, McpService
from testkit.mcp_talk import LABEL, LOOK, WRITE, audit, grown, naming, offered
from testkit.openai_server import OpenAIServer
from testkit.realtime_server import realtime_server
from testkit.stubs import StubTTS
from testkit.tool_talk import LIMIT, Script, talk, talk_in
from testkit.waiting import until
from testkit.webhook_service import WebhookService, webhook_service
from tests.companion.mcp_servers.mcp_notes import CONFIRM, Converse, bare, converse, mcp, server, service

__all__ = ["bare", "converse", "mcp", "server", "service"]

pytestmark = pytest.mark.anyio


async def test_what_only_reads_is_called_at_once(converse: Converse, mcp: McpService) -> None:
    """Its result is for the model, as data."""
    async with converse() as talking:
        await offered(talking)
        await talking.hears("Where are the keys?", LOOK, "Under the mat.")
        assert talking.script.results == [f"{LABEL}keys: under the mat"]
    assert mcp.calls == [("look_up", {"text": "keys"})]


async def test_everything_else_is_read_back_and_done_after_a_yes(converse: Converse, mcp: McpService) -> None:
    """A server need not say that a tool changes something; it has to say that it does not."""
    async with converse() as talking:
        await offered(talking)
        await talking.hears("Note that", WRITE, CONFIRM)
        assert talking.said() == ["notes, write down: text: Buy milk; tags: home, food. Shall I do it?"]
        assert mcp.calls == []
        await talking.hears("Yes, please", CONFIRM, "Noted.")
        assert mcp.calls == [("write_down", {"text": "Buy milk", "tags": ["home", "food"]})]
        assert talking.said()[-1].strip() == "Noted."


async def test_a_no_leaves_everything_as_it_is(
    converse: Converse, mcp: McpService, caplog: pytest.LogCaptureFixture
) -> None:
    """By the same door as any other change."""
    async with converse() as talking:
        await offered(talking)
        await talking.hears("Note that", WRITE)
        await talking.hears("No, leave it", CONFIRM, "Fine.")
    assert mcp.calls == []
    assert ("notes__write_down", "declined") in audit(caplog)


@pytest.mark.parametrize(
    ("allowed", "wanted"),
    [
        (("notes__look_up",), {"notes__look_up"}),
        (("notes",), {"notes__look_up", "notes__write_down", "confirm_action"}),
        ("reading", {"notes__look_up"}),
        (("look_up", "send_email", "notes__"), set()),
    ],
)
async def test_a_rooms_list_holds_for_them_too(
    converse: Converse, allowed: Any, wanted: set[str], caplog: pytest.LogCaptureFixture
) -> None:
    """By the name of a tool, or of a server; a room without its configuration gets those that change nothing."""
    async with converse(allowed) as talking:
        await until(lambda: "the MCP server notes offers 2 tools" in caplog.text, limit=LIMIT)
        await grown(talking, *wanted)


async def test_a_webhooks_name_opens_no_server_of_that_name(
    server: OpenAIServer, service: WebhookService, mcp: McpService, tmp_path: Path
) -> None:
    """Whoever wrote the room's list meant the webhook."""
    settings = naming(tmp_path, {"send_email": {"url": mcp.url}, "notes": {"url": mcp.url}}, webhook_url=service.url)
    async with talk(settings, server, service, allowed=("send_email", "notes")) as talking:
        await grown(talking, "send_email", "confirm_action", "notes__look_up", "notes__write_down")


async def test_the_headers_go_to_the_server_and_to_no_log(
    converse: Converse, mcp: McpService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """They are its key."""
    caplog.set_level(logging.DEBUG, "mcp_voice_agent")
    monkeypatch.setenv("NOTES_KEY", "made-up-key-77")
    async with converse(entry={"headers": {"Authorization": "Bearer ${NOTES_KEY}"}}) as talking:
        await offered(talking)
        await talking.hears("Where are the keys?", LOOK, "There.")
    assert {each.get("authorization") for each in mcp.requests} == {"Bearer made-up-key-77"}
    assert "made-up-key-77" not in caplog.text
    assert mcp.url not in caplog.text


async def test_arguments_that_do_not_fit_are_sent_nowhere(converse: Converse, mcp: McpService) -> None:
    """Nobody is asked for a yes to what the server would refuse."""
    async with converse() as talking:
        await offered(talking)
        await talking.hears("Note that", Call("notes__write_down", {"text": 5}), "What exactly?")
        assert "tags is missing; text must be of type string" in talking.script.results[-1]
        assert talking.said()[-1].strip() == "What exactly?"
    assert mcp.calls == []


async def test_tools_that_come_and_go_are_followed(converse: Converse, mcp: McpService) -> None:
    """Some servers have other tools once somebody has logged in."""
    async with converse() as talking:
        await offered(talking)
        mcp.mcp.add_tool(_sing, name="sing", annotations=READS)
        mcp.mcp.remove_tool("write_down")
        await mcp.changed()
        await grown(talking, "notes__look_up", "notes__sing")
        await talking.hears("Sing", Call("notes__sing"), "La la.")
        assert talking.script.results == [f"{LABEL}la la"]


async def _sing() -> str:
    return "la la"


async def test_a_tool_that_comes_later_is_not_taken_for_one_of_a_server_of_its_name(
    mcp: McpService, server: OpenAIServer, service: WebhookService, tmp_path: Path
) -> None:
    """`end_call` is given to the agent after all others."""

    @function_tool
    async def end_call() -> str:
        """Ends."""
        return "ended"

    settings = naming(tmp_path, {"end_call": {"url": mcp.url}})
    async with talk(settings, server, service, allowed="reading") as talking:
        agent = talking.session.current_agent
        await agent.update_tools([*agent.tools, end_call])
        await grown(talking, "end_call", "end_call__look_up")


async def test_an_agent_that_takes_over_has_them_too(converse: Converse, mcp: McpService) -> None:
    """One takes over when a realtime model breaks; it may be made just before a server has other tools."""
    async with converse("reading") as talking:
        await grown(talking, "notes__look_up")
        mcp.mcp.add_tool(_sing, name="sing", annotations=READS)
        before = talking.session.current_agent
        await mcp.changed()
        talking.session.update_agent(Agent(instructions="Use the tools.", tools=before.tools))
        await until(lambda: talking.session.current_agent is not before, limit=LIMIT)
        await grown(talking, "notes__look_up", "notes__sing")
        await talking.hears("Sing", Call("notes__sing"), "La la.")
        assert talking.script.results == [f"{LABEL}la la"]


async def test_what_else_an_agent_has_stays(converse: Converse) -> None:
    """Other parts give it tools of their own."""

    @function_tool
    async def wave() -> str:
        """Waves."""
        return "waved"

    async with converse("reading") as talking:
        agent = talking.session.current_agent
        await agent.update_tools([*agent.tools, wave])
        await grown(talking, "wave", "notes__look_up")


async def test_a_realtime_model_gets_them_in_the_middle_of_the_conversation(mcp: McpService, tmp_path: Path) -> None:
    """It is told of new tools by an event of its own."""
    script = Script()
    async with realtime_server(ClipMatch()) as server, webhook_service() as service, aiohttp.ClientSession() as http:
        server.reply = script
        model = openai.realtime.RealtimeModel(
            base_url=server.base_url, api_key="made-up", turn_detection=None, http_session=http
        )
        session = AgentSession[None](llm=model, tts=StubTTS())
        session.output.audio = Loudspeaker()
        settings = naming(tmp_path, {"notes": {"url": mcp.url}})
        async with talk_in(session, settings, script, service) as talking:
            await offered(talking)
            await talking.hears("Where are the keys?", LOOK, "Under the mat.")
            await talking.hears("Note that", WRITE)
            await talking.hears("Yes, please", CONFIRM, "Noted.")
    assert [name for name, _ in mcp.calls] == ["look_up", "write_down"]
