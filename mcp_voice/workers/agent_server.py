"""LiveKit's worker, which tells its health and has its figures on one Prometheus endpoint."""

from __future__ import annotations

from typing import Any

from livekit.agents import AgentServer
from livekit.agents.utils.http_server import HttpServer
from livekit.protocol.agent import WorkerStatus

from mcp_voice.workers.health import answer_for_health

__all__ = ["HealthyServer"]

UNREGISTERED = "unregistered"
"""LiveKit's id of a worker that has never been registered."""


class HealthyServer(AgentServer):
    """A worker that says at ``/`` and ``/health`` whether rooms should be sent to it.

    The attributes with an underscore are those of ``AgentServer`` in livekit-agents 1.8.9, which has no other way to
    add a path to its HTTP server.
    """

    def __init__(self, **options: Any) -> None:
        """With the options of ``AgentServer``."""
        self._health_server: HttpServer | None = None
        self._needs_registration = True
        super().__init__(**options)

    @property
    def takes_rooms(self) -> bool:
        """Whether LiveKit's server would send a room here now, by what this worker has last told it."""
        told = self._previous_status == WorkerStatus.WS_AVAILABLE  # quirk: worker-access
        return not self.trouble and told and self._is_available()  # quirk: worker-access

    @property
    def _http_server(self) -> HttpServer | None:  # quirk: worker-health
        return self._health_server

    @_http_server.setter
    def _http_server(self, server: HttpServer | None) -> None:
        # Set by LiveKit between making and starting it.
        self._health_server = server
        if server is not None:  # quirk: worker-health
            answer_for_health(server, lambda: self.trouble)

    @property
    def trouble(self) -> str:
        """Why no room should be sent here now; empty: one may."""
        if self.draining:
            return "draining"
        if self._connection_failed:  # quirk: worker-health
            return "LiveKit could not be reached"
        if self._needs_registration and (self._connecting or self.id == UNREGISTERED):
            return "not registered with LiveKit"
        if self._inference_executor and not self._inference_executor.is_alive():
            return "the inference process is not running"
        return ""
