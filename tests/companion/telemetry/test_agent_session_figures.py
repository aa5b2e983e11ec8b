"""Conversations that begin, break off, or have to do without their realtime model, as the operator counts them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import AgentSession, CloseEvent, CloseReason
from opentelemetry.metrics import NoOpMeter
from prometheus_client import REGISTRY

from mcp_voice_agent.conversation import conversation
from mcp_voice_agent.telemetry.instruments import Instruments
from mcp_voice_agent.telemetry.measurements import measured
from mcp_voice_agent.telemetry.observed import counted
from testkit.agent_settings import bare_environment, given

pytestmark = pytest.mark.anyio

JOB: Any = SimpleNamespace(job=SimpleNamespace(id="AJ_test"), room=None)


def gained(name: str, **labels: str) -> Callable[[], float]:
    """By how much a counter has grown from now on."""

    def value() -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    before = value()
    return lambda: value() - before


async def test_a_conversation_that_breaks_off_is_counted_and_one_that_ends_is_not() -> None:
    """Whatever it was that broke: settings that cannot be used count as well."""
    begun = gained("sessions_total", mode="pipeline")
    broken = gained("sessions_broken_total", mode="pipeline")
    async with counted(JOB, "pipeline"):
        assert REGISTRY.get_sample_value("sessions_broken_total", {"mode": "pipeline"}) is not None
    assert (begun(), broken()) == (1, 0)
    with pytest.raises(ValueError, match="bad"):
        async with counted(JOB, "pipeline"):
            raise ValueError("bad")
    assert (begun(), broken()) == (2, 1)


async def test_a_session_that_closes_by_an_error_is_a_conversation_that_broke_off() -> None:
    """LiveKit closes it by itself, and nothing is raised."""
    broken = gained("sessions_broken_total", mode="realtime")
    session = AgentSession[None]()
    async with measured(session, Instruments(NoOpMeter("none")), mode="realtime"):
        session.emit("close", CloseEvent(error=None, reason=CloseReason.USER_INITIATED))
        assert broken() == 0
        session.emit("close", CloseEvent(error=None, reason=CloseReason.ERROR))
    assert broken() == 1


@pytest.mark.parametrize(("mode", "has_model", "increase"), [("realtime", False, 1), ("realtime", True, 0)])
async def test_a_realtime_model_that_cannot_be_had_is_counted(
    mode: str, increase: int, monkeypatch: pytest.MonkeyPatch, *, has_model: bool
) -> None:
    """From the first such conversation on there is a series for a break in mid-call, too."""
    bare_environment(monkeypatch)
    settings = given(agent_mode=mode, agent_realtime_model="gpt-realtime-test")
    before = gained("realtime_fallbacks_total", model="gpt-realtime-test", when="before")
    conversation._count_realtime(Instruments(NoOpMeter("none")), settings, has_model=has_model)
    assert before() == increase
    during = {"model": "gpt-realtime-test", "when": "during"}
    assert REGISTRY.get_sample_value("realtime_fallbacks_total", during) is not None
