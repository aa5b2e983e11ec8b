"""Each subject's calls: no more a minute than are theirs, and a line of the audit log for each, without content."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mcp_voice.asks.figures import CallFigures
from mcp_voice.bounds.rate_limit import Limit, RateLimit
from mcp_voice.callers.rates import rate_of, too_many_calls
from mcp_voice.callers.subjects import Subject
from mcp_voice.errors import VoiceError
from mcp_voice.logs.audit import ask_id_in, tell_call
from mcp_voice.server.subject import current_subject

__all__ = ["Accounts"]


@dataclass(slots=True)
class CallOutcome:
    """How a call ended, as its result says."""

    room_name: str = ""
    ask_id: str = ""
    status: str = ""

    def read(self, result: Any) -> None:
        """From a result's structured content."""
        if isinstance(result, dict):
            self.room_name = str(result.get("room_name") or self.room_name)
            self.ask_id = ask_id_in(result.get("ask_id")) or self.ask_id
            self.status = str(result.get("status") or "done")


@dataclass(slots=True, eq=False)
class Accounts:
    """Those of one server."""

    figures: CallFigures = field(default_factory=CallFigures)
    tools: frozenset[str] = frozenset()
    """The names that tools have."""
    _rates: dict[Limit, RateLimit] = field(default_factory=dict)
    """One for each rate that is set; it forgets whoever has not called for a while."""

    @asynccontextmanager
    async def call(self, tool: str, arguments: dict[str, Any]) -> AsyncIterator[CallOutcome]:
        """One call of a tool; on stdio there is nobody to tell apart. Raises BadInput where there are too many."""
        subject = current_subject()
        if subject is None:
            yield CallOutcome()
            return
        outcome = CallOutcome(str(arguments.get("room_name") or ""), ask_id_in(arguments.get("ask_id")))
        counted, began = tool if tool in self.tools else "", time.monotonic()
        self.figures.call_began(counted)
        try:
            self._charge(subject, began)
            yield outcome
        except VoiceError as error:
            outcome.status = f"error {error.code}"
            raise
        except Exception:
            outcome.status = "failed"
            raise
        finally:
            self.figures.called(counted, _counted(outcome.status))
            tell_call(
                subject=subject.name,
                tool=tool,
                room_name=outcome.room_name,
                ask_id=outcome.ask_id,
                outcome=outcome.status or "broken off",
                seconds=time.monotonic() - began,
            )

    def _charge(self, subject: Subject, now: float) -> None:
        limit = rate_of(subject)
        rate = self._rates.setdefault(limit, RateLimit(limit))
        if not rate.allows(subject.name, now):
            self.figures.refused("rate")
            raise too_many_calls(subject, rate.opens_in(subject.name, now))


def _counted(status: str) -> str:
    """An outcome without its error's code: few words, so that few series are kept of them."""
    return status.partition(" ")[0] or "broken_off"
