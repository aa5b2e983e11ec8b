"""Which tracks of a human are heard, in every order in which they can come and go; the ears are the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import permutations
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_voice.bounds.rate_limit import Limit, RateLimit
from mcp_voice.errors import STTError
from mcp_voice.link import Trouble
from mcp_voice.room import microphones
from mcp_voice.room.microphones import Microphones
from mcp_voice.room.track_choice import MOST_TRACKS, TrackChoice
from mcp_voice.tasks import owned_tasks
from testkit.waiting import settled, until

pytestmark = pytest.mark.anyio

Step = tuple[str, str, bool]
"""``came`` or ``went``, the id of a track, and whether it is a microphone."""


class FakeEar:
    """Hears until it is hung up."""

    def __init__(self, identity: str, *_: object) -> None:
        self.identity = identity
        self.track: Any = None
        self.open = True
        self.muted = False
        self.fault: Exception | None = None
        self._hung_up = anyio.Event()

    def hang_up(self) -> None:
        """The track is gone."""
        assert self.open or self.fault, "an ear was closed twice"
        self.open = False
        self._hung_up.set()

    def fail(self) -> None:
        """Something breaks that ears count on."""
        self.fault = RuntimeError("it broke")
        self.open = False
        self._hung_up.set()

    def turn_over(self) -> None:
        """Nothing to do."""

    def mute(self, *, muted: bool) -> None:
        """Nothing need come of it."""
        self.muted = muted

    async def run(self, track: Any) -> None:
        """Hear."""
        self.track = track
        await self._hung_up.wait()
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> list[FakeEar]:
    """Every ear that was opened, in that order."""
    opened: list[FakeEar] = []

    def ear(*arguments: Any) -> FakeEar:
        opened.append(FakeEar(*arguments))
        return opened[-1]

    monkeypatch.setattr(microphones, "Ear", ear)
    return opened


@pytest.fixture
async def room(ears: list[FakeEar]) -> AsyncIterator[Microphones]:
    """A room in which nobody is heard yet."""
    del ears

    async def aclose() -> None:
        """Nothing to close."""

    recognisers: Any = SimpleNamespace(
        make=lambda: SimpleNamespace(aclose=aclose), expect=lambda *_: None, fault=lambda error: STTError(str(error))
    )
    async with owned_tasks() as tasks:
        yield Microphones(SimpleNamespace(), recognisers, [].append, tasks, readable=lambda _: True)  # type: ignore[arg-type]
        tasks.cancel_scope.cancel()


def track(sid: str) -> Any:
    """A track of that id."""
    return SimpleNamespace(sid=sid)


async def heard(ears: list[FakeEar]) -> set[str]:
    """The tracks that are being heard."""
    await settled()
    return {each.track.sid for each in ears if each.open}


def take(room: Microphones, step: Step) -> None:
    """Let a track come or go."""
    what, sid, is_microphone = step
    if what == "came":
        room.hear("carol", track(sid), is_microphone=is_microphone)
    else:
        room.deafen("carol", sid)


def possible(steps: tuple[Step, ...]) -> bool:
    """Whether nothing goes before it has come."""
    return all(
        ("came", sid, is_microphone) in steps[:place]
        for place, (what, sid, is_microphone) in enumerate(steps)
        if what == "went"
    )


def orders(*steps: Step) -> Iterator[tuple[Step, ...]]:
    """Every order that is possible."""
    return (order for order in permutations(steps) if possible(order))


async def test_a_microphone_is_heard_from_its_coming_to_its_going_whatever_else_comes_and_goes(
    room: Microphones, ears: list[FakeEar]
) -> None:
    """A new headset, the old one, and music, in every order: each ear is opened once and ends with its own track."""
    tried = 0
    for order in orders(
        ("came", "old", True), ("went", "old", True), ("came", "new", True), ("came", "music", False),
        ("went", "music", False),
    ):  # fmt: skip
        ears.clear()
        room._opened = RateLimit(microphones.NEW_EARS)
        here: dict[str, bool] = {}
        for step in order:
            take(room, step)
            here = {**here, step[1]: step[2]} if step[0] == "came" else {s: m for s, m in here.items() if s != step[1]}
            wanted = {sid for sid, is_microphone in here.items() if is_microphone} or set(here)
            assert await heard(ears) == wanted, (order, step)
        for sid in ("old", "new"):
            assert len([each for each in ears if each.track.sid == sid]) == 1, order
        assert await heard(ears) == {"new"}
        room.left("carol")
        assert await heard(ears) == set()
        tried += 1
    assert tried == 30
    assert not room._people


async def test_music_is_heard_again_when_the_only_microphone_goes(room: Microphones, ears: list[FakeEar]) -> None:
    """A track of an unknown source may be a microphone too, so nobody is deaf for whoever shows no other."""
    for step in (("came", "music", False), ("came", "new", True), ("went", "new", True)):
        take(room, step)
        await settled()
    assert [each.track.sid for each in ears] == ["music", "new", "music"]
    assert await heard(ears) == {"music"}


async def test_a_track_that_is_subscribed_to_anew_is_heard_anew(room: Microphones, ears: list[FakeEar]) -> None:
    """Its id is the same and its sound comes another way."""
    for _ in range(2):
        take(room, ("came", "old", True))
        await settled()
    assert [each.open for each in ears] == [False, True]


async def test_a_microphone_whose_ear_has_failed_is_heard_by_another_one(
    room: Microphones, ears: list[FakeEar], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told once, and then nothing was heard of it for as long as we stayed in the room."""
    monkeypatch.setattr(microphones, "AGAIN_SECONDS", 0.0)
    take(room, ("came", "old", True))
    assert await heard(ears) == {"old"}
    ears[0].fail()
    await until(lambda: len(ears) == 2)
    assert await heard(ears) == {"old"}
    ears[1].fail()
    room.left("carol")
    assert await heard(ears) == set()
    await until(lambda: not room._people)
    assert len(ears) == 2


async def test_an_ear_that_fails_again_and_again_is_logged_once_a_minute(
    room: Microphones, ears: list[FakeEar], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It was one error every two seconds, for as long as somebody stayed in the room."""
    monkeypatch.setattr(microphones, "AGAIN_SECONDS", 0.0)
    take(room, ("came", "broken", True))
    for number in range(5):
        await until(lambda wanted=number: len(ears) == wanted + 1)  # type: ignore[misc]
        assert await heard(ears) == {"broken"}
        ears[number].fail()
    await until(lambda: len(ears) == 6)
    assert [each.message.partition(":")[0] for each in caplog.records] == ["hearing a microphone failed"]


async def test_whoever_shows_too_many_microphones_has_the_later_ones_heard_later(
    room: Microphones, ears: list[FakeEar]
) -> None:
    """Some at once are heard at once, one after the other goes; and none is forgotten."""
    room._opened = RateLimit(Limit(burst=2, per_second=10))
    for number in range(MOST_TRACKS + 1):
        take(room, ("came", str(number), True))
    assert await heard(ears) == {"0", "1"}
    await until(lambda: len(ears) == MOST_TRACKS)
    take(room, ("went", "0", True))
    await until(lambda: len(ears) == MOST_TRACKS + 1)
    assert await heard(ears) == {"1", "2", "3", "4"}


async def test_of_too_many_microphones_those_are_heard_that_are_not_muted(
    room: Microphones, ears: list[FakeEar]
) -> None:
    """The fifth was deaf while four were muted."""
    for sid in "abcd":
        room.hear("carol", track(sid), is_microphone=True, muted=True)
    assert await heard(ears) == {*"abcd"}
    take(room, ("came", "e", True))
    assert await heard(ears) == {*"abce"}
    room.mute("carol", "d", muted=False)
    assert await heard(ears) == {*"abde"}
    room.mute("carol", "e", muted=True)
    room.mute("carol", "c", muted=False)
    assert await heard(ears) == {*"abcd"}
    room.mute("carol", "gone", muted=True)
    room.mute("dave", "a", muted=True)
    assert await heard(ears) == {*"abcd"}


async def test_up_to_four_microphones_are_heard_on_whether_they_are_muted_or_not(
    room: Microphones, ears: list[FakeEar]
) -> None:
    """Each ear that is closed and opened again costs the first sound of a word."""
    for sid in "abcd":
        take(room, ("came", sid, True))
    for muted in (True, False):
        room.mute("carol", "b", muted=muted)
        assert await heard(ears) == {*"abcd"}
    assert len(ears) == MOST_TRACKS


async def test_a_microphone_for_which_no_recogniser_can_be_made_is_told_of_and_heard_once_one_can(
    ears: list[FakeEar], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ear that had failed was followed by one that could not be made, and the whole room ended."""
    monkeypatch.setattr(microphones, "AGAIN_SECONDS", 0.0)
    failing, told = [OSError("too many open files")], list[Any]()

    async def aclose() -> None:
        """Nothing to close."""

    def make() -> Any:
        if len(ears) > 1 and failing:
            raise failing.pop()
        return SimpleNamespace(aclose=aclose)

    recognisers: Any = SimpleNamespace(make=make, expect=lambda *_: None, fault=lambda error: STTError(str(error)))
    async with owned_tasks() as tasks:
        hearing: Any = SimpleNamespace()
        room = Microphones(hearing, recognisers, told.append, tasks, readable=lambda _: True)
        take(room, ("came", "a", True))
        room.hear("bob", track("b"), is_microphone=True)
        assert await heard(ears) == {"a", "b"}
        ears[0].fail()
        await until(lambda: len(ears) > 2, limit=5)
        assert await heard(ears) == {"a", "b"}
        assert not failing
        assert "too many open files" in [each.error.what for each in told if isinstance(each, Trouble)]
        tasks.cancel_scope.cancel()


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcdefg"), st.booleans()), max_size=30))
def test_all_microphones_are_chosen_or_else_all_other_tracks_but_never_too_many(
    steps: list[tuple[bool, str, bool]],
) -> None:
    """After any history at all, and the oldest first."""
    choice = TrackChoice()
    here: list[tuple[str, bool]] = []
    for comes, sid, is_microphone in steps:
        if comes and sid not in dict(here):
            choice.came(sid, is_microphone=is_microphone)
            here.append((sid, is_microphone))
        elif not comes:
            choice.went(sid)
            here = [each for each in here if each[0] != sid]
        sure = [sid for sid, is_microphone in here if is_microphone]
        assert choice.heard() == (sure or [sid for sid, _ in here])[:MOST_TRACKS]
