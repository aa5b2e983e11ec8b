"""The settings of a worker, beside those that it shares with the MCP server."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mcp_voice.settings import Settings

__all__ = ["WorkerSettings"]


class WorkerSettings(Settings):
    """Everything that can be set, frozen."""

    worker_port: int = Field(8081, ge=0, le=65_535, description="Port of the worker's health check. 0: any.")
    worker_metrics_port: int | None = Field(
        None, ge=1, le=65_535, description="Port of its Prometheus endpoint, /metrics. Unset: none."
    )
    worker_host: str = Field("", max_length=255, description="Address for both. Unset: all addresses of this machine.")
    worker_drain_seconds: int = Field(
        120,
        ge=0,
        le=86_400,
        description="How long a stopping worker may finish its asks; then another worker continues them.",
    )
    worker_load: float = Field(
        0.7, gt=0, le=1, description="Machine load, from 0 to 1, at which it takes no more rooms. 1: no limit."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Log level, on stderr.")
