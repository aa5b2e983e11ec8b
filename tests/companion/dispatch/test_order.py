"""Which of two companions in one room has come after the other, by what LiveKit's server says."""

from __future__ import annotations

import pytest
from livekit import api

from mcp_voice_agent.dispatch.order import Own, has_successor, places

RUNNING, ENDED = api.JobStatus.JS_RUNNING, api.JobStatus.JS_FAILED


def dispatches(written: str, *, status: api.JobStatus = RUNNING) -> list[api.AgentDispatch]:
    """As ``D1:a@5,b@0 D2:``: ids of dispatches, oldest first, with their jobs and when these were started."""
    made = []
    for each in written.split():
        name, _, jobs = each.partition(":")
        dispatch = api.AgentDispatch(id=name)
        for job in filter(None, jobs.split(",")):
            number, _, started_at = job.partition("@")
            state = api.JobState(participant_identity=f"agent-{number}", started_at=int(started_at or 0), status=status)
            dispatch.state.jobs.append(api.Job(id=number, state=state))
        made.append(dispatch)
    return made


@pytest.mark.parametrize(
    ("own", "there_are", "fellows", "later", "earlier"),
    [
        ("D1:a", "D1:a D2:b", "b", "b", ""),
        ("D2:b", "D1:a D2:b", "a", "", "a"),
        ("D1:a", "D2:b", "b", "b", ""),
        ("D2:b", "D2:b", "a", "", "a"),
        ("D1:a", "D1:a D2:b", "", "", ""),
        ("D1:a", "D2:b", "", "", ""),
        ("D1:a", "", "b", "", ""),
        ("D1:a", "D1:a,b", "b", "b", ""),
        ("D1:b", "D1:a,b", "a", "", "a"),
        ("D1:a", "D1:b@3,a@5", "b", "", "b"),
        ("D1:b", "D1:b@3,a@5", "a", "a", ""),
        ("D1:a", "D1:b@3,a", "b", "", "b"),
        ("D1:a", "D1:b@3", "b", "b", ""),
        ("D1:b", "D1:b@3", "a", "", "a"),
        ("D1:a", "D1:", "b", "", ""),
        ("D2:c", "D1:a D2:", "a b", "", "a"),
        ("D1:a", "D1:a D2:", "b", "", ""),
    ],
    ids=[
        "the newer dispatch has come later",
        "the older one earlier",
        "one's own was deleted",
        "the other's was deleted",
        "who is not in the room does not count",
        "also when one's own dispatch was deleted",
        "a server that was started anew knows of none, and nobody is taken for older than the other",
        "a second job of one dispatch has come later",
        "the first one earlier",
        "the server's clock decides about them",
        "for both alike",
        "one of which it is not known when it was started has only just come",
        "one that is not listed any more was replaced by the one that is",
        "for both alike, again",
        "where neither is listed nobody knows",
        "nor of one that may not be listed yet",
        "nor of one that may be of a newer dispatch",
    ],
)
def test_the_server_s_order_tells_who_has_come_later(
    own: str, there_are: str, fellows: str, later: str, earlier: str
) -> None:
    """For both alike, whatever their own clocks say."""
    dispatch, _, job = own.partition(":")
    found = places(Own(dispatch, job), dispatches(there_are))
    there = [f"agent-{each}" for each in fellows.split()]
    assert found.later(there) == [f"agent-{each}" for each in later.split()]
    assert found.earlier(there) == [f"agent-{each}" for each in earlier.split()]


@pytest.mark.parametrize("first", ["", "a", "a,b"])
@pytest.mark.parametrize("second", ["", "b", "a", "a@4,b@2"])
def test_two_companions_never_both_hold_the_other_for_earlier(first: str, second: str) -> None:
    """Each would take the other out of the room."""
    there_are = dispatches(f"D1:{first} D2:{second}")
    for mine in ("D1", "D2"):
        for theirs in ("D1", "D2"):
            ours, other = places(Own(mine, "a"), there_are), places(Own(theirs, "b"), there_are)
            assert not (ours.earlier(["agent-b"]) and other.earlier(["agent-a"]))


@pytest.mark.parametrize(
    ("jobs", "status", "has"),
    [
        ("a", RUNNING, False),
        ("a,b", RUNNING, True),
        ("a,b", ENDED, False),
        ("0,a", RUNNING, False),
        ("b", RUNNING, True),
    ],
    ids=["alone", "another came", "it has ended", "another was there before", "it is not listed itself any more"],
)
def test_a_dispatch_that_brought_another_companion_later_is_still_wanted(
    jobs: str, status: api.JobStatus, *, has: bool
) -> None:
    """Deleting it would end that one."""
    (dispatch,) = dispatches(f"D1:{jobs}", status=status)
    assert has_successor(Own("D1", "a"), dispatch) is has
