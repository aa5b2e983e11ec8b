"""``query_database``: a question, with what narrows it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from livekit.agents import llm

from mcp_voice_agent.webhooks.database import _arguments
from testkit.agent_settings import bare_environment, given
from testkit.chat_model import Call
from testkit.openai_server import openai_server
from testkit.tool_talk import Talk, talk
from testkit.webhook_service import webhook_service

pytestmark = pytest.mark.anyio
ASKED = "When does the lake open?"


@pytest.fixture
async def conversation(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Talk]:
    """A conversation with the tools."""
    bare_environment(monkeypatch)
    caplog.set_level(logging.INFO)
    async with (
        webhook_service() as service,
        openai_server() as server,
        talk(given(webhook_url=service.url), server, service) as started,
    ):
        yield started


async def test_filters_and_the_number_of_results_are_sent_with_the_question(conversation: Talk) -> None:
    """As they are, for the workflow to use."""
    filters = {"city": "Bern", "open": True, "kinds": ["lake", "pool"], "depth": 2.5}
    await conversation.hears(
        "When?", Call("query_database", {"query": ASKED, "filters": filters, "max_results": 3}), "At nine."
    )
    assert conversation.service.received[0].body == {"query": ASKED, "filters": filters, "max_results": 3}


async def test_a_model_may_name_any_filter(conversation: Talk) -> None:
    """An object with free names survives the way to the model: a strict schema would leave none."""
    (tool,) = [each for each in conversation.session.current_agent.tools if each.id == "query_database"]
    schemas: Any = llm.ToolContext([tool]).parse_function_tools("openai")
    parameters = schemas[0]["function"]["parameters"]
    assert parameters["properties"]["filters"]["additionalProperties"] is True
    assert parameters["required"] == ["query"]


@pytest.mark.parametrize(
    ("given_arguments", "sent"),
    [
        ({"query": f" {ASKED} "}, {"query": ASKED}),
        ({"query": ASKED, "filters": {}, "max_results": None}, {"query": ASKED}),
        ({"query": ASKED, "filters": None, "more": 1}, {"query": ASKED}),
        ({"query": ASKED, "max_results": "50"}, {"query": ASKED, "max_results": 50}),
        ({"query": ASKED, "max_results": 1.0}, {"query": ASKED, "max_results": 1}),
    ],
)
def test_what_a_model_fills_in_needlessly_is_left_out(given_arguments: dict[str, Any], sent: dict[str, Any]) -> None:
    """A workflow of before knows the question only."""
    assert _arguments(given_arguments) == sent


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"query": ""}, "1 to 2000 characters"),
        ({"query": "x" * 2001}, "1 to 2000 characters"),
        ({"query": ["x"]}, "1 to 2000 characters"),
        ({"max_results": 0}, "whole number from 1 to 50"),
        ({"max_results": 51}, "whole number from 1 to 50"),
        ({"max_results": 2.5}, "whole number from 1 to 50"),
        ({"max_results": True}, "whole number from 1 to 50"),
        ({"max_results": "many"}, "whole number from 1 to 50"),
        ({"max_results": "9" * 5000}, "whole number from 1 to 50"),
        ({"filters": "city=Bern"}, "an object with at most 20 fields"),
        ({"filters": {f"f{n}": n for n in range(21)}}, "an object with at most 20 fields"),
        ({"filters": {"": 1}}, "the name of a filter"),
        ({"filters": {"x" * 65: 1}}, "the name of a filter"),
        ({"filters": {"city": {"$ne": None}}}, "must be text, a number"),
        ({"filters": {"city": [["Bern"]]}}, "must be text, a number"),
        ({"filters": {"city": float("nan")}}, "must be text, a number"),
        ({"filters": {"city": "x" * 4000}}, "longer than 4000 characters"),
    ],
)
async def test_what_is_too_much_or_of_another_kind_is_asked_of_nobody(
    conversation: Talk, changed: dict[str, Any], told: str
) -> None:
    """The model is told what is wrong; what a database would take for a command is no value."""
    await conversation.hears("When?", Call("query_database", {"query": ASKED} | changed), "Sorry?")
    assert told in conversation.script.results[-1]
    assert conversation.service.received == []
