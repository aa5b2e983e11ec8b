"""Which of several companions of one name has come after which, by what LiveKit's server says of all of them alike.

Usually each has a dispatch of its own. But a server may send another job for the same dispatch, as when it takes the
first one for lost; and a job may not be listed yet, or no more.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from livekit import api

__all__ = ["Own", "has_successor", "places"]


ENDED = (api.JobStatus.JS_SUCCESS, api.JobStatus.JS_FAILED, api.JobStatus.JS_CANCELLED)


class Own(NamedTuple):
    """What a companion knows of itself."""

    dispatch: str
    """The id of what asked for it."""
    job: str
    """The id of its job."""


class _Place(NamedTuple):
    """Later ones are greater."""

    dispatch: int
    """Its number among those there are, the oldest 0; -1 for one that was deleted."""
    started_at: int
    job: str


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the companions of one name stand."""

    listed: dict[str, _Place]
    """By their identities."""
    mine: _Place
    newest_bare: int
    """The number of the newest dispatch that lists no companion, or -1."""

    def later(self, fellows: Sequence[str]) -> list[str]:
        """Those that have come after us."""
        return [each for each in fellows if each in self.listed and self.listed[each] > self.mine]

    def earlier(self, fellows: Sequence[str]) -> list[str]:
        """Those that surely came before us.

        One that is not listed had a dispatch that was deleted; unless the server does not list us either, or lists a
        newer dispatch without its companion.
        """
        sure = self.mine in self.listed.values() and self.mine.dispatch >= self.newest_bare
        return [each for each in fellows if (self.listed[each] < self.mine if each in self.listed else sure)]


def _started_at(job: api.Job) -> int:
    """Of LiveKit's server's clock; a job of which it is not known has only just come."""
    return job.state.started_at or sys.maxsize


def places(own: Own, ours: Sequence[api.AgentDispatch]) -> _Places:
    """Put in order all companions of ``ours``, the dispatches of their name in one room, oldest first."""
    listed = {
        job.state.participant_identity: _Place(number, _started_at(job), job.id)
        for number, each in enumerate(ours)
        for job in each.state.jobs
    }
    number = next((number for number, each in enumerate(ours) if each.id == own.dispatch), -1)
    # One that is not listed was taken from the list, or is not in it yet: whoever is listed may stay.
    unlisted = _Place(number, -1, own.job)
    return _Places(
        listed=listed,
        mine=next((place for place in listed.values() if place.job == own.job), unlisted),
        newest_bare=max((number for number, each in enumerate(ours) if not each.state.jobs), default=-1),
    )


def has_successor(own: Own, dispatch: api.AgentDispatch) -> bool:
    """Whether a dispatch of ours has brought a later companion, which has not ended yet and would end with it."""
    running = [job.state.participant_identity for job in dispatch.state.jobs if not _is_over(job)]
    return bool(places(own, [dispatch]).later(running))


def _is_over(job: api.Job) -> bool:
    return bool(job.state.ended_at) or job.state.status in ENDED
