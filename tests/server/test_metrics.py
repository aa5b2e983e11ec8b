"""The figures for Prometheus: what is counted, who may read it, and that nothing private is in it."""

from __future__ import annotations

import subprocess
import sys

import httpx2
import pytest
from starlette.types import ASGIApp

from mcp_voice.asks.figures import CallFigures
from mcp_voice.errors import BadSettings, LiveKitError
from mcp_voice.results import Answer, Timing
from mcp_voice.server.address import HttpAddress
from mcp_voice.server.http import served
from mcp_voice.server.metrics_page import MetricsPage
from mcp_voice.settings import load
from testkit.authorization_server import free_port
from testkit.figures import figures_in

pytestmark = pytest.mark.anyio


async def read(page: ASGIApp, *, path: str = "/metrics", host: str = "127.0.0.1:8765") -> httpx2.Response:
    """What Prometheus gets."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=page), base_url="http://127.0.0.1") as http:
        return await http.get(path, headers={"Host": host})


async def test_asks_calls_and_refusals_are_counted_as_they_end() -> None:
    """By outcome, with how long each phase took, in Prometheus's own form."""
    figures = CallFigures()
    for _ in range(3):
        figures.ask_opened()
    timing = Timing(connect_ms=0, first_sound_ms=900, reply_ms=90)
    figures.ask_ended(Answer(status="answered", ask_id="ask-1", room_name="board", timing=timing))
    figures.ask_ended(LiveKitError("It broke.", code="connection-lost"))
    figures.called("ask_in_room", "answered")
    figures.called("", "error")
    figures.refused("rate")
    told = await read(MetricsPage(figures))
    assert told.headers["content-type"].startswith("text/plain")
    found = figures_in(told.text)
    assert found["mcp_voice_asks_total['answered']"] == found["mcp_voice_asks_total['connection-lost']"] == 1
    assert found["mcp_voice_asks_open[]"] == 1
    assert found["mcp_voice_ask_seconds_bucket['0.5', 'first_sound']"] == 0
    assert found["mcp_voice_ask_seconds_bucket['1.0', 'first_sound']"] == 1
    assert found["mcp_voice_ask_seconds_count['first_sound']"] == found["mcp_voice_ask_seconds_count['connect']"] == 1
    assert found["mcp_voice_ask_seconds_count['stt']"] == 0
    assert found["mcp_voice_ask_seconds_sum['reply']"] == pytest.approx(0.09)
    assert (
        found["mcp_voice_calls_total['answered', 'ask_in_room']"]
        == found["mcp_voice_calls_total['error', 'other']"]
        == 1
    )
    assert found["mcp_voice_refusals_total['rate']"] == 1
    assert found["process_resident_memory_bytes[]"] > 0 if sys.platform == "linux" else True
    assert "board" not in told.text


async def test_what_comes_from_outside_makes_no_series_of_its_own() -> None:
    """A code that is no row of ours would be one more for ever."""
    figures = CallFigures()
    figures.ask_ended(LiveKitError("It broke.", code="made-up"))
    figures.ask_ended(None)
    assert +figures.asks == {"other": 2}


async def test_a_page_of_another_site_reads_no_figures_through_somebodys_browser() -> None:
    """Its name may lead to the loopback; at an address of their own they are for whoever is in that network."""
    page = MetricsPage(CallFigures())
    for host in ("evil.example", "evil.example:8765", "127.0.0.1.evil.example", "[", ""):
        assert (await read(page.of_this_machine, host=host)).status_code == 421, host
    for host in ("localhost:8765", "[::1]:8765", "127.0.0.1"):
        assert (await read(page.of_this_machine, host=host)).status_code == 200
    alone = page.alone("/metrics")
    assert (await read(alone, host="mcp:9465")).status_code == 200
    assert (await read(alone, path="/mcp")).status_code == 404


def test_no_start_waits_for_the_library_of_the_figures() -> None:
    """It is loaded by the first who reads them."""
    program = "import sys, mcp_voice.server.http; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"


async def test_the_figures_have_a_port_of_their_own_wherever_mcp_is() -> None:
    """MCP's usual port is free for them where it has another one."""
    port = free_port()
    with pytest.raises(BadSettings, match="needs its own port"):
        async with served(load(http_metrics=f"127.0.0.1:{port}", _env_file=None), HttpAddress(port=port)):
            pass
    # No machine has that address.
    with pytest.raises(BadSettings, match=r"Cannot listen at 192\.0\.2\.1:8765"):
        async with served(load(http_metrics="192.0.2.1:8765", _env_file=None), HttpAddress(port=port)):
            pass
