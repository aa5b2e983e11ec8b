"""What a worker counts, for Prometheus: beside LiveKit's own jobs, processes and load."""

from __future__ import annotations

from prometheus_client import Counter

from mcp_voice.error_codes import CODES

__all__ = ["count_request"]

OUTCOMES = frozenset({"answered", "left", "cancelled", "said", "interrupted", "done", "failed", "lost", "given-back"})
OTHER = "other"

# Declared once, as loggers are: in a process with a Prometheus folder their values are in its files.
_REQUESTS = Counter(
    "mcp_voice_worker_requests",
    "What was carried out in rooms, by kind (ask, say, listen, chat, meanwhile) and by what came of it.",
    ["kind", "outcome"],
)


def count_request(kind: str, outcome: str) -> None:
    """One is over; ``outcome`` is a result's status, an error's code, lost, or given-back."""
    known = outcome in OUTCOMES or outcome in CODES
    _REQUESTS.labels(kind=kind, outcome=outcome if known else OTHER).inc()
