"""``/metrics``: the figures of this process as Prometheus reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_voice.asks.figures import BOUNDS, WAITED_FOR, CallFigures
from mcp_voice.process.loopback import is_loopback
from mcp_voice.server.app import VoiceServer
from mcp_voice.server.open_calls import OpenCalls

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

__all__ = ["MetricsPage"]

PREFIX = "mcp_voice"


class MetricsPage:
    """An ASGI application; Prometheus's library is loaded by the first who reads it, so that no start waits for it."""

    def __init__(self, figures: CallFigures) -> None:
        self._figures = figures
        self._calls: OpenCalls | None = None
        self._server: VoiceServer | None = None
        self._registry: CollectorRegistry | None = None

    def watch(self, calls: OpenCalls, server: VoiceServer) -> None:
        """Also tell how much is open in these."""
        self._calls, self._server = calls, server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with all of it."""
        if scope["type"] == "http":
            await (await self._written())(scope, receive, send)

    async def of_this_machine(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The same; not under another's name, through somebody's browser."""
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        if is_loopback(_hostname(host)):
            await self(scope, receive, send)
        else:
            await PlainTextResponse("foreign host", 421)(scope, receive, send)

    def alone(self, path: str) -> ASGIApp:
        """The same, at an address where there is nothing else."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return
            is_read = scope["path"] == path and scope["method"] in ("GET", "HEAD")
            await (self if is_read else PlainTextResponse("not found", 404))(scope, receive, send)

        return answer

    async def _written(self) -> Response:
        # 0.1 s, once.
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest  # noqa: PLC0415

        if self._registry is None:
            self._registry = await anyio.to_thread.run_sync(self._collected)
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

    def _collected(self) -> CollectorRegistry:
        from prometheus_client import CollectorRegistry, ProcessCollector  # noqa: PLC0415

        # One of our own: libraries that we load count in the usual one.
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        ProcessCollector(registry=registry)
        return registry

    def collect(self) -> Iterator[Metric]:
        """All figures, as they are now."""
        yield from self._of_asks()
        yield from self._of_calls()
        yield from self._open()

    def _of_asks(self) -> Iterator[Metric]:
        from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily  # noqa: PLC0415

        asks = CounterMetricFamily(f"{PREFIX}_asks", "Finished asks, by outcome.", labels=["outcome"])
        for outcome, number in self._figures.asks.items():
            asks.add_metric([outcome], number)
        yield asks
        phases = HistogramMetricFamily(
            f"{PREFIX}_ask_seconds", "Duration of the phases of finished asks.", labels=["phase"]
        )
        bounds = [*map(str, BOUNDS), "+Inf"]
        for phase, spread in self._figures.phases.items():
            phases.add_metric([phase], list(zip(bounds, accumulate(spread.buckets), strict=True)), spread.seconds)
        yield phases

    def _of_calls(self) -> Iterator[Metric]:
        from prometheus_client.metrics_core import CounterMetricFamily  # noqa: PLC0415

        calls = CounterMetricFamily(
            f"{PREFIX}_calls", "Finished tool calls and resource reads.", labels=["tool", "outcome"]
        )
        for (tool, outcome), number in self._figures.calls.items():
            calls.add_metric([tool, outcome], number)
        yield calls
        refusals = CounterMetricFamily(f"{PREFIX}_refusals", "Rejected requests and calls.", labels=["reason"])
        for reason, number in self._figures.refusals.items():
            refusals.add_metric([reason], number)
        yield refusals

    def _open(self) -> Iterator[Metric]:
        from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415

        held = self._server.held if self._server else ()
        waiting = sum((each.asks_waiting() for each in held), Counter[str]())
        is_draining = bool(self._calls and self._calls.is_draining)
        yield GaugeMetricFamily(f"{PREFIX}_asks_open", "Open asks.", self._figures.asks_open)
        asks = GaugeMetricFamily(f"{PREFIX}_asks_waiting", "Open asks, by what they wait for.", labels=["waiting_for"])
        for what in WAITED_FOR:
            asks.add_metric([what], waiting[what])
        yield asks
        calls = GaugeMetricFamily(f"{PREFIX}_calls_open", "Tool calls that have not returned.", labels=["tool"])
        for tool, number in self._figures.calls_open.items():
            calls.add_metric([tool], number)
        yield calls
        requests = self._calls.open if self._calls else 0
        yield GaugeMetricFamily(f"{PREFIX}_requests_open", "Requests being answered.", requests)
        if not any(each.settings.workers for each in held):
            # Workers have them otherwise, and tell how many.
            rooms = sum(each.rooms_entered() for each in held)
            yield GaugeMetricFamily(f"{PREFIX}_rooms", "Rooms entered, counted once per subject.", rooms)
        if self._figures.without_worker is not None:
            places = self._figures.without_worker()
            yield GaugeMetricFamily(f"{PREFIX}_places_without_worker", "Rooms without a free worker.", places)
        yield GaugeMetricFamily(f"{PREFIX}_draining", "1 while shutting down.", int(is_draining))


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
