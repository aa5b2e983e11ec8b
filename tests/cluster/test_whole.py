"""All that a team runs, with people in eight rooms, while one part after the other is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from testkit.cluster import cluster
from testkit.cluster_day import ASKS, FAULTS, ROOMS, day

pytestmark = [pytest.mark.anyio, pytest.mark.long, pytest.mark.alone, pytest.mark.timeout(900)]


async def test_forty_questions_in_eight_rooms_are_answered_while_each_part_of_a_cluster_is_killed(
    tmp_path: Path,
) -> None:
    """None is lost, none gets another one's answer, and none is spoken three times."""
    happened: list[str] = []
    async with (
        cluster(tmp_path) as running,
        day(running, told=lambda who, what: happened.append(f"{who}: {what}")) as done,
    ):
        assert len(done.asked) == len(ROOMS) * len(ASKS) == 40
        assert len([each for each in happened if each.startswith("fault: kill -9")]) == len(FAULTS)
        assert [(each, done.spoken(each), done.sounded(each)) for each in done.wrong()] == []
        # Nothing was asked twice but what may have been cut off: three at a time, by a worker's end and by LiveKit's.
        assert sum(done.spoken(each) == 2 for each in done.asked) <= 2 * 3
