"""The figures that an operator watches, under the same names over OTLP and on the Prometheus endpoint.

No instrument has a unit: exporters would make it part of the name (``voice_latency_total_ms_milliseconds``).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from opentelemetry.metrics import Meter
from prometheus_client import Counter, Gauge, Histogram

from mcp_voice_agent.models.faults import FailingPart, FaultKind

__all__ = [
    "BUCKETS_MS",
    "COUNTERS",
    "PARTS",
    "SENT_AGAIN",
    "WAITING",
    "DispatchInstruments",
    "Instruments",
    "Labels",
    "Mode",
    "latency_name",
]

MeasuredPart = Literal["vad", "stt", "llm", "tts", "total"]
Mode = Literal["pipeline", "realtime"]
PARTS: dict[MeasuredPart, str] = {
    "vad": "End of the human's speech to the decision that the turn is over; includes the wait for the transcript.",
    "stt": "End of the human's speech to the final transcript.",
    "llm": "Request to the language model to its first token.",
    "tts": "First text to the first sound of the synthesized voice.",
    "total": "End of the human's speech to the first sound of the answer.",
}
SESSIONS = "sessions_total"
BROKEN = "sessions_broken_total"
ANSWERS = "answers_total"
TOOL_CALLS = "tool_calls_total"
TOOL_ERRORS = "tool_errors_total"
FAILURES = "provider_errors_total"
ATTEMPTS = "provider_attempt_errors_total"
FALLBACKS = "fallbacks_total"
REALTIME_FALLBACKS = "realtime_fallbacks_total"
SENT_AGAIN = "companions_sent_again_total"
SENT_AGAIN_MEANING = "Companions sent to rooms that had lost theirs, or that no worker had taken."
WAITING = "rooms_without_companion"
WAITING_MEANING = "Rooms in which a human has waited for a companion for more than 5 s, as each worker sees them."
WHO = ("provider", "model")


class Counted(NamedTuple):
    """What a counter counts, and by what."""

    meaning: str
    labels: tuple[str, ...]


COUNTERS = MappingProxyType(
    {
        SESSIONS: Counted("Conversations begun.", ("mode",)),
        BROKEN: Counted("Conversations that ended with an error.", ("mode",)),
        ANSWERS: Counted("The companion's answers that were spoken, in full or in part.", WHO),
        TOOL_CALLS: Counted("Tool calls of the language model.", (*WHO, "tool")),
        TOOL_ERRORS: Counted("Tool calls that failed, or named an unknown tool.", (*WHO, "tool")),
        FAILURES: Counted(
            "Failures of speech to text (stt), a language model (llm) or a voice (tts), after all attempts.",
            (*WHO, "part", "kind"),
        ),
        ATTEMPTS: Counted(
            "Failed requests to a provider, including those that a retry or a fallback made up for.",
            (*WHO, "part", "kind"),
        ),
        FALLBACKS: Counted("Fallbacks to the next provider of a part after a failure.", ("part", "from", "to")),
        REALTIME_FALLBACKS: Counted(
            "Conversations in which the pipeline stood in for a realtime model: before the first word, or during.",
            ("model", "when"),
        ),
    }
)

BUCKETS_MS: tuple[float, ...] = (
    50, 75, 100, 150, 200, 250, 300, 400, 500, 600, 700, 800, 900, 1000, 1250, 1500, 2000, 3000, 4000, 5000,
)  # fmt: skip
"""Upper bounds: dense around 400 and 700 ms, the budget of P50 and P99, and at 500, 600 and 800 ms of the alerts."""


class Labels(NamedTuple):
    """Who did the work; a room is no label, there would be a series for each."""

    provider: str
    model: str


def latency_name(part: MeasuredPart) -> str:
    """The name of a part's histogram."""
    return f"voice_latency_{part}_ms"


# Declared once, as loggers are: in a process with a Prometheus folder their values are in its files.
_LATENCIES = {
    part: Histogram(latency_name(part), meaning, ["provider", "model"], buckets=BUCKETS_MS)
    for part, meaning in PARTS.items()
}
_COUNTERS = {name: Counter(name, counted.meaning, counted.labels) for name, counted in COUNTERS.items()}

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
        self._counters = {
            name: meter.create_counter(name, description=counted.meaning) for name, counted in COUNTERS.items()
        }

    def took(self, part: MeasuredPart, seconds: float, labels: Labels) -> None:
        """One part of one turn took so long."""
        self._latencies[part].record(seconds * 1000, labels._asdict())
        _LATENCIES[part].labels(*labels).observe(seconds * 1000)

    def began(self, mode: Mode) -> None:
        """A conversation begins, in the mode that was asked for."""
        self._count(SESSIONS, mode)
        self._count(BROKEN, mode, by=0)

    def broke_off(self, mode: Mode) -> None:
        """A conversation that had begun has ended by an error."""
        self._count(BROKEN, mode)

    def answered(self, labels: Labels) -> None:
        """An answer has been spoken."""
        self._count(ANSWERS, *labels)

    def called(self, tool: str, labels: Labels) -> None:
        """A tool was called."""
        self._count(TOOL_CALLS, *labels, tool)
        self._count(TOOL_ERRORS, *labels, tool, by=0)

    def failed(self, tool: str, labels: Labels) -> None:
        """A call that was counted has failed."""
        self._count(TOOL_ERRORS, *labels, tool)

    def broke(self, part: FailingPart, kind: FaultKind, labels: Labels) -> None:
        """A provider has failed for good in a turn."""
        self._count(FAILURES, *labels, part, kind)

    def missed(self, part: FailingPart, kind: FaultKind, labels: Labels) -> None:
        """A request to a provider has failed; another may follow."""
        self._count(ATTEMPTS, *labels, part, kind)

    def watched(self, part: FailingPart, labels: Labels) -> None:
        """Begin to count a provider's failures."""
        for kind in get_args(FaultKind):
            self._count(FAILURES, *labels, part, kind, by=0)
            self._count(ATTEMPTS, *labels, part, kind, by=0)

    def fell_back(self, part: FailingPart, *, whence: str, whither: str, by: int = 1) -> None:
        """The next provider (``provider/model``) has taken over from one; ``by`` 0: it might do so."""
        self._count(FALLBACKS, part, whence, whither, by=by)

    def fell_back_from_realtime(self, model: str, *, when: Literal["before", "during"], by: int = 1) -> None:
        """The pipeline stands in for a realtime model."""
        self._count(REALTIME_FALLBACKS, model, when, by=by)

    def _count(self, name: str, *labels: str, by: int = 1) -> None:
        """Add to a counter; what may fail is first counted at 0, else its first failure would be no increase."""
        self._counters[name].add(by, dict(zip(COUNTERS[name].labels, labels, strict=True)))
        _COUNTERS[name].labels(*labels).inc(by)
