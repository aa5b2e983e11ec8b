"""What the day of a cluster calls wrong: figures of what was heard and what was made, each of which may err."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mcp_voice.people.recorder import Sound
from mcp_voice.results import Answer
from testkit.answering import Answering
from testkit.asking import Asker, Asking
from testkit.babble import CHARACTER_SECONDS
from testkit.cluster import Cluster
from testkit.cluster_day import Day

ROOM, QUESTION, WANTED = "room-purple", "What goes into the purple box in January?", "purple lemons"
AGAIN = f"Sorry, I was cut off. {QUESTION}"
ONCE, ONCE_MORE = len(QUESTION) * CHARACTER_SECONDS, len(AGAIN) * CHARACTER_SECONDS
STALL, LEASE = 2.0, 10.0
"""Seconds of silence: of a voice that stalls, and until another worker asks again."""


@dataclass
class FakeCluster:
    """Tells what was made."""

    made: list[str] = field(default_factory=list)

    def spoken(self, text: str) -> list[int]:
        """As ``Cluster.spoken``."""
        return [0 for each in self.made if text in each]


def judged(made: list[str], *heard: float) -> tuple[int, bool]:
    """How often it counts as begun, and whether that is wrong; ``heard``: seconds of sound, negative: of silence."""
    sounds, now = [], 100.0
    for seconds in heard:
        if seconds > 0:
            sounds.append(Sound("mcp-voice-1", now, now + seconds))
        now += abs(seconds)
    person: Any = SimpleNamespace(heard=SimpleNamespace(sounds=sounds))
    answer = Answer(status="answered", ask_id="ask-1", room_name=ROOM, reply=WANTED)
    asking = Asking(ROOM, QUESTION, WANTED, asked_at=99.0, ended_at=now + 1.0, answer=answer)
    day = Day(
        cast("Cluster", FakeCluster(made)),
        cast("Asker", None),
        lambda _, __: None,
        asked=[asking],
        people={ROOM: Answering(person, {}, lambda _: None)},
    )
    return day.spoken(asking), day.wrong() == [asking]


@pytest.mark.parametrize(
    ("made", "heard", "spoken"),
    [
        pytest.param([QUESTION], (ONCE,), 1, id="once"),
        pytest.param([QUESTION], (ONCE / 3, -STALL, ONCE / 3, -STALL, ONCE / 3), 1, id="by a voice that stalls"),
        pytest.param([QUESTION] * 3, (ONCE,), 1, id="by a voice whose requests fail"),
        pytest.param([QUESTION, AGAIN], (ONCE / 2, -LEASE, ONCE_MORE), 2, id="cut off, and once more"),
        pytest.param([QUESTION, AGAIN], (ONCE, -LEASE, ONCE_MORE / 2, -STALL, ONCE_MORE / 2), 2, id="and a stall"),
    ],
)
def test_what_may_happen_is_not_wrong(made: list[str], heard: tuple[float, ...], spoken: int) -> None:
    """Twice at most."""
    assert judged(made, *heard) == (spoken, False)


@pytest.mark.parametrize(
    ("made", "heard"),
    [
        pytest.param([QUESTION, AGAIN, AGAIN], (ONCE / 2, -LEASE, ONCE_MORE / 2, -LEASE, ONCE_MORE), id="made anew"),
        pytest.param(
            [QUESTION, AGAIN], (ONCE / 2, -LEASE, ONCE_MORE, -LEASE, ONCE_MORE), id="of a sound that was kept"
        ),
        pytest.param([QUESTION], (ONCE, -LEASE, ONCE, -LEASE, ONCE, -LEASE, ONCE), id="of one sound four times"),
        pytest.param([QUESTION], (), id="not at all"),
    ],
)
def test_three_times_is_wrong(made: list[str], heard: tuple[float, ...]) -> None:
    """However the sound was come by; and so is never."""
    assert judged(made, *heard)[1]
