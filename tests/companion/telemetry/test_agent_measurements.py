"""What a session measures, as an operator gets it: over OTLP, on Prometheus, and in one line of the log."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from livekit.agents import Agent, AgentSession, RunContext, ToolError, function_tool
from livekit.plugins import openai
from opentelemetry.metrics import NoOpMeter
from prometheus_client import REGISTRY

from mcp_voice_agent.telemetry.instruments import BUCKETS_MS, Instruments, Labels
from mcp_voice_agent.telemetry.measurements import measured
from mcp_voice_agent.telemetry.otlp import FLUSH_SECONDS, adopt_variables, exported
from testkit.chat_model import Call, Message, text_of
from testkit.collector import Collector, grpc_collector, http_collector
from testkit.openai_server import OpenAIServer, openai_server

pytestmark = pytest.mark.anyio

MODEL = "gpt-4.1-mini"
SLOW_SECONDS = 0.12
LIMIT = 10.0


class Clerk(Agent):
    """Has a tool that works, one that fails, and one that fails after it has reported progress."""

    def __init__(self) -> None:
        super().__init__(instructions="You are a clerk.")

    @function_tool
    async def look_up(self) -> str:
        """Look it up."""
        return "It is in drawer seven."

    @function_tool
    async def send(self) -> str:
        """Send it."""
        raise ToolError("The post office is closed.")

    @function_tool
    async def dig(self, context: RunContext[None]) -> str:
        """Dig for it."""
        await context.update("Digging.")
        raise ToolError("There is only sand.")

    @function_tool(name="notes__read")
    async def read(self) -> str:
        """Read a note, as on an MCP server."""
        return "Buy milk."

    @function_tool(name="notes__write")
    async def write(self, context: RunContext[None]) -> str:
        """Write a note there."""
        await context.update("Writing.")
        raise ToolError("The disk is full.")


def reply(messages: list[Message]) -> str | Call:
    """Call the tool that the human names, then say that it is done."""
    last = messages[-1]
    if last["role"] == "user":
        return Call(text_of(last))
    return "Done with the secret matter."


@pytest.fixture
async def provider() -> AsyncIterator[OpenAIServer]:
    """A language model that calls the tools it is told to."""
    async with openai_server() as server:
        server.reply = reply
        server.chat.delay = SLOW_SECONDS
        yield server


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """A collector that the environment names."""
    async with http_collector() as started:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", started.url)
        yield started


async def converse(provider: OpenAIServer, *said: str) -> None:
    """A measured session in writing."""
    model = openai.LLM(model=MODEL, base_url=provider.base_url, api_key="none")
    try:
        session = AgentSession[None](llm=model)
        async with exported("AJ_test") as meter, measured(session, Instruments(meter)), session:
            await session.start(Clerk())
            for text in said:
                await session.run(user_input=text)
    finally:
        await model.aclose()


def values(collector: Collector, name: str) -> dict[str, float]:
    """A counter's value for each tool."""
    return {point.labels["tool"]: point.value for point in collector.points(name)}


async def test_a_session_is_measured_and_summed_up_in_one_line(
    provider: OpenAIServer, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator sees which model is slow and which tool fails, and never what was said."""
    caplog.set_level(logging.INFO, logger="mcp_voice_agent.telemetry.measurements")
    await converse(provider, "look_up", "send", "dig", "make_coffee")
    who = {"provider": provider.base_url.removeprefix("http://").removesuffix("/v1"), "model": MODEL}

    assert values(collector, "tool_calls_total") == {"look_up": 1, "send": 1, "dig": 1, "unknown": 1}
    assert values(collector, "tool_errors_total") == {"look_up": 0, "send": 1, "dig": 1, "unknown": 1}
    assert all(who.items() <= point.labels.items() for point in collector.points("tool_calls_total"))
    (llm,) = collector.points("voice_latency_llm_ms", **who)
    assert llm.bounds == BUCKETS_MS
    assert llm.sum / llm.value > SLOW_SECONDS * 1000
    assert {metric.unit for metric in collector.metrics()} == {""}
    assert collector.resources()[-1].items() >= {
        "service.name": "mcp-voice-agent", "service.instance.id": "AJ_test",
    }.items()  # fmt: skip

    failed = REGISTRY.get_sample_value("tool_errors_total", {**who, "tool": "send"})
    quick = REGISTRY.get_sample_value("voice_latency_llm_ms_bucket", {**who, "le": "5000.0"})
    assert (failed, quick) == (1, llm.value)

    line = next(record for record in reversed(caplog.records) if record.getMessage() == "session ended")
    told: dict[str, Any] = vars(line)
    assert (told["turns"], told["interruptions"], told["tool_calls"], told["tool_errors"]) == (4, 0, 4, 3)
    assert told["seconds"] > 4 * SLOW_SECONDS
    (usage,) = told["usage"]
    assert usage.items() >= {"type": "llm_usage", **who}.items()
    assert usage["input_tokens"] > 0
    assert "secret" not in str(told)


async def test_the_tools_of_an_mcp_server_are_counted_as_one(provider: OpenAIServer, collector: Collector) -> None:
    """It may give them new names at any time, and each would be a series for ever."""
    await converse(provider, "notes__read", "notes__write")
    assert values(collector, "tool_calls_total") == {"notes__*": 2}
    assert values(collector, "tool_errors_total") == {"notes__*": 1}


async def test_a_session_that_never_began_is_summed_up_too(caplog: pytest.LogCaptureFixture) -> None:
    """A job may end before its human has come, and its end must not fail for want of figures."""
    caplog.set_level(logging.INFO, logger="mcp_voice_agent.telemetry.measurements")
    async with measured(AgentSession[None](), Instruments(NoOpMeter("none"))):
        assert not caplog.records
    assert vars(caplog.records[-1])["turns"] == 0


async def test_without_an_endpoint_nothing_is_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenTelemetry's default would be a collector on this machine, and an error in the log every minute."""
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    async with exported("AJ_test") as meter:
        assert isinstance(meter, NoOpMeter)


async def test_grpc_and_a_service_name_are_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard variables decide, as in every other service of the operator."""
    async with grpc_collector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "reception")
        async with exported("AJ_test") as meter:
            Instruments(meter).took("total", 0.42, Labels("openai", MODEL))
        (total,) = collector.points("voice_latency_total_ms", provider="openai", model=MODEL)
        assert total.sum == pytest.approx(420)
        assert collector.resources()[-1]["service.name"] == "reception"


@pytest.mark.parametrize("hangs", [True, False], ids=["hangs", "is gone"])
async def test_a_dead_collector_delays_the_end_of_a_job_for_a_moment_at_most(
    monkeypatch: pytest.MonkeyPatch, *, hangs: bool
) -> None:
    """LiveKit kills a job that does not end, and with it whatever else was to be put in order."""
    async with http_collector() as collector:
        collector.hangs = hangs
        port = collector.url if hangs else "http://127.0.0.1:9"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", port)
        with anyio.fail_after(FLUSH_SECONDS + LIMIT):
            async with exported("AJ_test") as meter:
                Instruments(meter).called("look_up", Labels("openai", MODEL))
                ended = anyio.current_time()
        assert anyio.current_time() - ended < FLUSH_SECONDS + 1


def test_variables_of_the_env_file_reach_the_sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All other settings may stand in ``.env``, so these may, too; the environment comes before it."""
    for name in ("OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_HEADERS", "UNRELATED"):
        monkeypatch.setenv(name, "set")
        monkeypatch.delenv(name)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "reception")
    file = tmp_path / ".env"
    file.write_text("OTEL_SERVICE_NAME=other\nOTEL_EXPORTER_OTLP_HEADERS=api-key=1\nUNRELATED=1\n")
    adopt_variables(file)
    assert os.environ["OTEL_SERVICE_NAME"] == "reception"
    assert os.environ["OTEL_EXPORTER_OTLP_HEADERS"] == "api-key=1"
    assert "UNRELATED" not in os.environ
