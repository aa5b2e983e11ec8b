"""``mcp-voice invite``: who comes and goes, when there is a new link, and when it ends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import anyio
import pytest

from mcp_voice.cli import attending, invited
from mcp_voice.cli.attending import attend
from mcp_voice.errors import EmbeddedServerError, LiveKitError
from mcp_voice.participants import Participant
from mcp_voice.results import Invited
from mcp_voice.settings import Settings
from mcp_voice.tasks import owned_tasks
from mcp_voice.voice import Voice
from mcp_voice.voices.opening import voice_with
from testkit.fake_link import ALICE, COMPANION, FakeEngine
from testkit.fake_page import FakePage
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 20.0
RINGING = Participant("phone", "Ana", "phone", call="ringing")


@dataclass
class Seen:
    """What was shown, in order."""

    events: list[str] = field(default_factory=list)

    def link(self, invited: Invited, *, again: bool) -> None:
        """A link."""
        self.events.append(f"{'again ' if again else ''}{invited.link}")

    def joined(self, who: Participant) -> None:
        """Somebody came."""
        self.events.append(f"{who.name} in")

    def left(self, who: Participant) -> None:
        """Somebody went."""
        self.events.append(f"{who.name} out")

    def unreachable(self, error: LiveKitError) -> None:
        """It cannot be told."""
        self.events.append(error.what)

    def ended(self, reason: str) -> None:
        """The end."""
        self.events.append(reason)


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attending, "LOOK_SECONDS", 0)
    monkeypatch.setattr(attending, "BACK_SECONDS", 0)


@asynccontextmanager
async def attended(
    engine: FakeEngine, page: FakePage, *, is_running: Callable[[], bool] = lambda: True, autojoin: bool = False
) -> AsyncIterator[Seen]:
    """The command at work for room ``kitchen`` while the block lasts, or until it ends by itself."""
    seen = Seen()
    with anyio.fail_after(LIMIT):
        async with voice_with(Settings.model_construct(), engine, page=page) as voice, owned_tasks() as tasks:
            tasks.start_soon(
                partial(attend, voice, "kitchen", name="", autojoin=autojoin, shown=seen, is_running=is_running)
            )
            yield seen
            tasks.cancel_scope.cancel()


async def test_whoever_comes_and_goes_is_told_and_then_there_is_a_new_link() -> None:
    """A link is used by whoever came; the next one lets them, or somebody else, in again."""
    engine, page = FakeEngine(people={}), FakePage()
    async with attended(engine, page) as seen:
        await until(lambda: len(seen.events) == 1, limit=5)
        engine.people = {"kitchen": [COMPANION, RINGING], "other": [ALICE]}
        engine.people = {"kitchen": [COMPANION, ALICE]}
        await until(lambda: "Alice in" in seen.events, limit=5)
        engine.people = {"kitchen": [COMPANION]}
        await until(lambda: len(page.made_for) == 2, limit=5)
        await until(lambda: len(seen.events) == 4, limit=5)
    assert seen.events == [
        "http://127.0.0.1:7000/#00000-CDEFG",
        "Alice in",
        "Alice out",
        "again http://127.0.0.1:7000/#00001-CDEFG",
    ]


async def test_a_page_that_is_loaded_again_makes_no_new_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is away for a moment."""
    monkeypatch.setattr(attending, "BACK_SECONDS", 60)
    engine, page = FakeEngine(people={"kitchen": [ALICE]}), FakePage(valid_seconds=0)
    async with attended(engine, page) as seen:
        for people, told in ([], 3), ([ALICE], 4), ([], 5), ([ALICE], 6):
            await until(lambda: len(seen.events) >= told - 1, limit=5)  # noqa: B023  # at once
            engine.people = {"kitchen": list(people)}
            await until(lambda: len(seen.events) == told, limit=5)  # noqa: B023
    assert page.made_for == [("kitchen", "", "mcp-voice")]


async def test_it_ends_when_the_link_has_expired_and_nobody_is_there() -> None:
    """No forgotten terminal serves for ever; a phone that rings, and an agent, are nobody."""
    engine = FakeEngine(people={"kitchen": [COMPANION, RINGING]})
    async with attended(engine, FakePage(valid_seconds=0)) as seen:
        await until(lambda: seen.events[-1:] == [attending.EXPIRED], limit=5)


async def test_it_stays_while_somebody_is_there_and_ends_when_the_server_does() -> None:
    """Though the link has long expired."""
    runs = [True] * 5
    engine = FakeEngine(people={"kitchen": [ALICE]})
    async with attended(engine, FakePage(valid_seconds=0), is_running=lambda: bool(runs and runs.pop())) as seen:
        await until(lambda: attending.STOPPED in seen.events, limit=5)
    assert seen.events[1:] == ["Alice in", attending.STOPPED]


async def test_a_server_that_cannot_be_reached_for_a_while_sends_nobody_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was there is taken to be there still."""
    engine, page = FakeEngine(people={"kitchen": [ALICE]}), FakePage()
    async with attended(engine, page) as seen:
        await until(lambda: "Alice in" in seen.events, limit=5)
        with monkeypatch.context() as broken:
            broken.setattr(Voice, "people", _fails)
            await until(lambda: "LiveKit is away." in seen.events, limit=5)
    assert "Alice out" not in seen.events


async def _fails(_voice: Voice, _room_name: str) -> None:
    raise LiveKitError("LiveKit is away.")


async def test_a_link_for_a_meeting_bot_says_autojoin() -> None:
    """Its page joins by itself."""
    async with attended(FakeEngine(people={}), FakePage(), autojoin=True) as seen:
        await until(lambda: seen.events == ["http://127.0.0.1:7000/#00000-CDEFG&autojoin"], limit=5)


def test_as_json_each_thing_that_happens_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A program reads them as they come."""
    events = invited.Events()
    link = Invited(room_name="kitchen", link="http://127.0.0.1:8080/#A", code="A", valid_seconds=600, next="")
    events.link(link, again=False)
    events.joined(ALICE)
    events.unreachable(LiveKitError("LiveKit is away."))
    events.left(Participant("eve", "\x1b[2JEve\n", "human"))
    events.ended("over")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        {"event": "link", **link.model_dump()},
        {"event": "joined", "identity": "alice", "name": "Alice", "kind": "human"},
        {"event": "unreachable", "code": "livekit", "reason": "LiveKit is away."},
        {"event": "left", "identity": "eve", "name": "\ufffd[2JEve", "kind": "human"},
        {"event": "ended", "reason": "over"},
    ]


def test_a_script_gets_the_link_alone_and_names_steer_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """One line on stdout; the rest is on stderr, and LiveKit's trouble is told once."""
    lines = invited.Lines()
    link = Invited(room_name="kitchen", link="http://127.0.0.1:8080/#A", code="A", valid_seconds=600, next="")
    lines.link(link, again=False)
    lines.joined(Participant("eve", "\x1b[2JEve\n", "human"))
    for _ in range(3):
        lines.unreachable(LiveKitError("LiveKit is away."))
    written = capsys.readouterr()
    assert written.out == "http://127.0.0.1:8080/#A\n"
    assert "lets one person in, within 10 minutes" in written.err
    assert "\ufffd[2JEve is in." in written.err
    assert written.err.count("LiveKit is away.") == 1


def test_the_command_for_a_phone_names_the_room(capsys: pytest.CaptureFixture[str]) -> None:
    """Without it the link would lead into the usual room."""
    link = Invited(room_name="stand up", link="http://127.0.0.1:8080/#A", code="A", valid_seconds=600, next="")
    invited.Terminal().link(link, again=False)
    assert "`mcp-voice invite 'stand up' --lan`" in capsys.readouterr().err


@pytest.mark.parametrize("kind", [invited.Lines, invited.Terminal])
def test_a_server_that_is_away_again_after_somebody_came_is_told_of_again(
    kind: type[invited.Lines], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever came shows that it was there in between."""
    shown = kind()
    for change in (shown.joined, shown.left):
        shown.unreachable(LiveKitError("LiveKit is away."))
        change(ALICE)
    assert capsys.readouterr().err.count("LiveKit is away.") == 2


async def test_a_server_that_cannot_be_looked_at_for_a_moment_ends_nothing() -> None:
    """Such as for want of file descriptors."""
    engine, looks = FakeEngine(people={"kitchen": [ALICE]}), 0

    def is_running() -> bool:
        nonlocal looks
        looks += 1
        if looks < 3:
            raise EmbeddedServerError("Too many open files.", code="server-folder")
        return True

    async with attended(engine, FakePage(), is_running=is_running) as seen:
        await until(lambda: any("Alice" in each for each in seen.events) and looks > 2, limit=10)
        assert not any("stopped" in each for each in seen.events)
