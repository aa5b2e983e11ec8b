"""What every test may use."""

from __future__ import annotations

import os
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest

from mcp_voice.embedded import embedded_server
from mcp_voice.people.human import Human
from mcp_voice.settings import load
from testkit.alone import turn
from testkit.gate import gate
from testkit.host import Host
from testkit.loop_guard import LoopGuard, guarded_loop
from testkit.openai_server import openai_server
from testkit.rig import Rig


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests and fixtures on asyncio, which LiveKit needs."""
    return "asyncio"


@pytest.fixture(scope="session")
async def rig(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """A real LiveKit server and the tests' own speech provider, shared by all tests."""
    folder = tmp_path_factory.mktemp("rig")
    settings = load(state_dir=folder / "state", _env_file=None)
    async with (
        embedded_server(settings, grace=0.3) as server,
        gate(server.url) as opened,
        openai_server() as speech,
    ):
        yield Rig(server, opened, speech, folder)


@pytest.fixture(scope="session")
async def host(rig: Rig) -> AsyncIterator[Host]:
    """The MCP server as a child process, shared by all tests that leave it as it was."""
    async with rig.host() as started:
        yield started


@pytest.fixture
def room() -> str:
    """The name of a room that nobody else uses."""
    return f"room-{uuid.uuid4().hex[:6]}"


@pytest.fixture
async def alice(rig: Rig, room: str) -> AsyncIterator[Human]:
    """A human in that room."""
    async with rig.person(room, "alice") as person:
        yield person


@pytest.fixture(scope="session", autouse=True)
def loop_guard(request: pytest.FixtureRequest) -> Iterator[LoopGuard | None]:
    """Looks at the event loop of all tests; not where coverage is measured, which triples the time of plain code."""
    if request.config.getoption("cov_source", default=None):
        yield None
        return
    with guarded_loop() as guard:
        yield guard


HELD = "held the event loop"


@pytest.fixture(autouse=True)
def loop_is_free(loop_guard: LoopGuard | None, request: pytest.FixtureRequest) -> Iterator[None]:
    """In CI fails the test in which code of ours held the event loop for over 100 ms; elsewhere the run's end tells."""
    yield
    held = loop_guard.taken() if loop_guard else []
    request.node.user_properties.extend((HELD, each) for each in held)
    assert not held or os.environ.get("CI") != "true", "\n".join(held)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end of a run what has held the event loop, and in which test."""
    reports = [
        each for kind in terminalreporter.stats.values() for each in kind if getattr(each, "when", "") == "teardown"
    ]
    for report in reports:
        for name, what in report.user_properties:
            if name == HELD:
                terminalreporter.write_line(f"{what}, in {report.nodeid}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run single tests marked ``alone`` last: before each of them all workers have to come to rest.

    Files that are marked stay where they are: at the end, several workers would share one out, and each measure anew.
    """
    items.sort(key=lambda item: any(mark.name == "alone" for mark in item.own_markers))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let the tests marked ``alone`` have the machine for themselves; waiting for it is not part of a test's time."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return (yield)
    folder = Path(tempfile.gettempdir(), f"mcp-voice-tests-{run}")
    folder.mkdir(exist_ok=True)
    with turn(folder, alone=item.get_closest_marker("alone") is not None):
        return (yield)


EXIT_STATUS = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep the exit status for the end."""
    session.config.stash[EXIT_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End the process without ending the interpreter.

    LiveKit's library now and then aborts a process that was in a room while the interpreter shuts down, after the
    tests' summary: a green run would end with exit code 134.
    """
    status = config.stash.get(EXIT_STATUS, None)
    if status is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
