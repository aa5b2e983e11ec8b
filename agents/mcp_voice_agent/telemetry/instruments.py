"""The figures that an operator watches, under the same names over OTLP and on the Prometheus endpoint.

No instrument has a unit: exporters would make it part of the name (``voice_latency_total_ms_milliseconds``).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from opentelemetry.metrics import Meter
from prometheus_client import Counter, Gauge, Histogram

from mcp_voice_agent.models.faults import FailingPart

__all__ = [
    "BUCKETS_MS",
    "FAILURES",
    "PARTS",
    "SENT_AGAIN",
    "TOOL_CALLS",
    "TOOL_ERRORS",
    "WAITING",
    "DispatchInstruments",
    "Instruments",
    "Labels",
    "latency_name",
]

Part = Literal["vad", "stt", "llm", "tts", "total"]
PARTS: dict[Part, str] = {
    "vad": "End of the human's speech to the decision that the turn is over; includes the wait for the transcript.",
    "stt": "End of the human's speech to the final transcript.",
    "llm": "Request to the language model to its first token.",
    "tts": "First text to the first sound of the synthesized voice.",
    "total": "End of the human's speech to the first sound of the answer.",
}
TOOL_CALLS = "tool_calls_total"
TOOL_ERRORS = "tool_errors_total"
FAILURES = "provider_errors_total"
FAILURES_MEANING = "Failures of speech to text (stt), a language model (llm) or a voice (tts), after all attempts."
SENT_AGAIN = "companions_sent_again_total"
SENT_AGAIN_MEANING = "Companions that were sent to a room that had lost its own, or that no worker had taken."
WAITING = "rooms_without_companion"
WAITING_MEANING = "Rooms in which a human has waited for a companion for more than 5 s, as each worker sees them."
CALLS_MEANING = "Tools that the language model called."
ERRORS_MEANING = "Calls of tools that failed, or named none that there is."

BUCKETS_MS: tuple[float, ...] = (
    50, 75, 100, 150, 200, 250, 300, 400, 500, 600, 700, 800, 900, 1000, 1250, 1500, 2000, 3000, 4000, 5000,
)  # fmt: skip
"""Upper bounds: dense around 400 and 700 ms, the budget of P50 and P99, and at 800 ms, where the alert is."""


class Labels(NamedTuple):
    """Who did the work; a room is no label, there would be a series for each."""

    provider: str
    model: str


def latency_name(part: Part) -> str:
    """The name of a part's histogram."""
    return f"voice_latency_{part}_ms"


# Declared once, as loggers are: in a process with a Prometheus folder their values are in its files.
_LATENCIES = {
    part: Histogram(latency_name(part), meaning, ["provider", "model"], buckets=BUCKETS_MS)
    for part, meaning in PARTS.items()
}
_CALLS = Counter(TOOL_CALLS, CALLS_MEANING, ["provider", "model", "tool"])
_FAILURES = Counter(FAILURES, FAILURES_MEANING, ["provider", "model", "part"])
_ERRORS = Counter(TOOL_ERRORS, ERRORS_MEANING, ["provider", "model", "tool"])

_SENT_AGAIN = Counter(SENT_AGAIN, SENT_AGAIN_MEANING, ["agent_name"])
_WAITING = Gauge(WAITING, WAITING_MEANING, ["agent_name"], multiprocess_mode="max")


class DispatchInstruments:
    """The figures of one worker, about all rooms that ask for its companion."""

    def __init__(self, meter: Meter, agent_name: str) -> None:
        self._labels = {"agent_name": agent_name}
        self._sent_again = meter.create_counter(SENT_AGAIN, description=SENT_AGAIN_MEANING)
        self._waiting = meter.create_gauge(WAITING, description=WAITING_MEANING)
        # Begins at 0, else a first one would be no increase.
        self._sent_again.add(0, self._labels)
        _SENT_AGAIN.labels(**self._labels).inc(0)
        self.waiting(0)

    def sent_again(self) -> None:
        """Another companion was asked for."""
        self._sent_again.add(1, self._labels)
        _SENT_AGAIN.labels(**self._labels).inc()

    def waiting(self, rooms: int) -> None:
        """In so many rooms a human waits for a companion."""
        self._waiting.set(rooms, self._labels)
        _WAITING.labels(**self._labels).set(rooms)


class Instruments:
    """Writes each figure to an OpenTelemetry meter and to prometheus_client."""

    def __init__(self, meter: Meter) -> None:
        self._latencies = {
            part: meter.create_histogram(
                latency_name(part), description=meaning, explicit_bucket_boundaries_advisory=BUCKETS_MS
            )
            for part, meaning in PARTS.items()
        }
        self._calls = meter.create_counter(TOOL_CALLS, description=CALLS_MEANING)
        self._errors = meter.create_counter(TOOL_ERRORS, description=ERRORS_MEANING)
        self._failures = meter.create_counter(FAILURES, description=FAILURES_MEANING)

    def took(self, part: Part, seconds: float, labels: Labels) -> None:
        """One part of one turn took so long."""
        self._latencies[part].record(seconds * 1000, labels._asdict())
        _LATENCIES[part].labels(*labels).observe(seconds * 1000)

    def called(self, tool: str, labels: Labels) -> None:
        """A tool was called; its errors begin to be counted at 0, else a first one would be no increase."""
        self._calls.add(1, {**labels._asdict(), "tool": tool})
        self._errors.add(0, {**labels._asdict(), "tool": tool})
        _CALLS.labels(*labels, tool).inc()
        _ERRORS.labels(*labels, tool).inc(0)

    def failed(self, tool: str, labels: Labels) -> None:
        """A call that was counted has failed."""
        self._errors.add(1, {**labels._asdict(), "tool": tool})
        _ERRORS.labels(*labels, tool).inc()

    def broke(self, part: FailingPart, labels: Labels) -> None:
        """A provider has failed for good."""
        self._failures.add(1, {**labels._asdict(), "part": part})
        _FAILURES.labels(*labels, part).inc()

    def watched(self, part: FailingPart, labels: Labels) -> None:
        """Begin to count a part's failures at 0, else a first one would be no increase."""
        self._failures.add(0, {**labels._asdict(), "part": part})
        _FAILURES.labels(*labels, part).inc(0)
