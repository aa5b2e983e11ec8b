"""A collector of OpenTelemetry figures: OTLP over HTTP or gRPC, as the exporters send it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import grpc  # type: ignore[import-untyped]  # Its types are another package, which only this would need.
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import (
    MetricsServiceServicer,
    add_MetricsServiceServicer_to_server,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from testkit.serving import serving

__all__ = ["Collector", "Point", "grpc_collector", "http_collector"]

STOP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Point:
    """One series of a metric at its last export: a counter's value, or a histogram's count, sum and bounds."""

    name: str
    labels: dict[str, str]
    value: float
    sum: float = 0.0
    bounds: tuple[float, ...] = ()


class Collector:
    """What was received so far."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[ExportMetricsServiceRequest] = []
        self.hangs = False
        """Whether it answers no more, until it stops."""
        self.closing = anyio.Event()

    async def take(self, request: ExportMetricsServiceRequest) -> None:
        """Receive one export."""
        if self.hangs:
            await self.closing.wait()
        self.requests.append(request)

    def resources(self) -> list[dict[str, str]]:
        """Who has sent the exports: the attributes of each one's resource."""
        return [_plain(each.resource.attributes) for request in self.requests for each in request.resource_metrics]

    def metrics(self) -> list[Metric]:
        """The metrics of all exports, oldest first."""
        scopes = [
            scope for request in self.requests for each in request.resource_metrics for scope in each.scope_metrics
        ]
        return [metric for scope in scopes for metric in scope.metrics]

    def points(self, name: str, **labels: str) -> list[Point]:
        """The series of one metric that have at least these labels, as they are in the last export that has them."""
        series = {
            tuple(sorted(point.labels.items())): point
            for metric in self.metrics()
            if metric.name == name
            for point in _points(metric)
        }
        return [point for point in series.values() if labels.items() <= point.labels.items()]


def _plain(attributes: Iterable[KeyValue]) -> dict[str, str]:
    return {each.key: each.value.string_value for each in attributes}


def _points(metric: Metric) -> Iterator[Point]:
    for counted in metric.sum.data_points:
        yield Point(metric.name, _plain(counted.attributes), counted.as_int or counted.as_double)
    for spread in metric.histogram.data_points:
        yield Point(metric.name, _plain(spread.attributes), spread.count, spread.sum, tuple(spread.explicit_bounds))


@asynccontextmanager
async def http_collector() -> AsyncIterator[Collector]:
    """Receive OTLP over HTTP on the loopback; ``url`` is what OTEL_EXPORTER_OTLP_ENDPOINT is set to."""
    collector = Collector()

    async def export(request: Request) -> Response:
        await collector.take(ExportMetricsServiceRequest.FromString(await request.body()))
        return Response(ExportMetricsServiceResponse().SerializeToString(), media_type="application/x-protobuf")

    async with serving(Starlette(routes=[Route("/v1/metrics", export, methods=["POST"])])) as port:
        collector.url = f"http://127.0.0.1:{port}"
        try:
            yield collector
        finally:
            collector.closing.set()


class _Service(MetricsServiceServicer):
    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    async def Export(  # noqa: N802 - the service's own name.
        self, request: ExportMetricsServiceRequest, context: object
    ) -> ExportMetricsServiceResponse:
        await self._collector.take(request)
        return ExportMetricsServiceResponse()


@asynccontextmanager
async def grpc_collector() -> AsyncIterator[Collector]:
    """Receive OTLP over gRPC on the loopback."""
    collector = Collector()
    server = grpc.aio.server()
    add_MetricsServiceServicer_to_server(_Service(collector), server)  # type: ignore[no-untyped-call]
    collector.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield collector
    finally:
        collector.closing.set()
        await server.stop(STOP_SECONDS)
