"""Export of our figures over OTLP, by OpenTelemetry's own ``OTEL_`` variables; without an endpoint nothing is sent."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
from opentelemetry.metrics import Meter, NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource

from mcp_voice.settings import env_file

__all__ = ["PREFIX", "adopt_variables", "exported"]

log = logging.getLogger(__name__)

SCOPE = "mcp_voice.agents"
SERVICE = "mcp-voice-agent"
PREFIX = "OTEL_"
ENDPOINTS = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
HTTP = "http/protobuf"
FLUSH_SECONDS = 2.0
"""LiveKit kills a job's process 10 s after it was told to end."""


def adopt_variables(file: Path | None) -> None:
    """Put the ``OTEL_`` variables of the settings' file into the environment, where OpenTelemetry's SDK reads them."""
    for name, value in (env_file.values(file) if file is not None else {}).items():
        if name.startswith(PREFIX) and value:
            os.environ.setdefault(name, value)


def _first(variables: tuple[str, ...]) -> str:
    return next((value for name in variables if (value := os.environ.get(name, "").strip())), "")


def _resource(instance: str) -> Resource:
    resource = Resource.create({SERVICE_INSTANCE_ID: instance})
    # The specification's default, where neither OTEL_SERVICE_NAME nor OTEL_RESOURCE_ATTRIBUTES names one.
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: SERVICE}))
    return resource


# An exporter costs 0.1 to 0.3 s to import, and most workers have none.
def _exporter() -> MetricExporter:
    protocol = _first(PROTOCOLS) or HTTP
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as Grpc  # noqa: PLC0415

        return Grpc()
    if protocol != HTTP:
        log.warning("%s is not grpc or %s: using %s", PROTOCOLS[1], HTTP, HTTP)
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as Http  # noqa: PLC0415

    return Http()


@asynccontextmanager
async def exported(instance: str) -> AsyncIterator[Meter]:
    """A meter whose figures are exported while the block lasts and, within 2 s, at its end.

    ``instance`` tells this process from all others that report: without, a collector would mix their counters up.
    """
    if not _first(ENDPOINTS):
        yield NoOpMeterProvider().get_meter(SCOPE)
        return
    reader = PeriodicExportingMetricReader(_exporter())
    provider = MeterProvider([reader], _resource(instance), shutdown_on_exit=False)
    try:
        yield provider.get_meter(SCOPE)
    finally:
        # It exports what is left, and is done within the limit whether somebody listens or not.
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(partial(provider.shutdown, timeout_millis=FLUSH_SECONDS * 1000))
