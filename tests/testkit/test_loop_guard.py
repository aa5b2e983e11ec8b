"""Code of ours that holds the event loop fails the test in which it does; what is not ours, or known, does not."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from testkit.documents import ROOT
from testkit.loop_guard import KNOWN

SECONDS = 0.5
TESTS = """\
import asyncio
import gc
import time
from types import SimpleNamespace

import anyio
import pytest

from testkit.loop_guard import guarded_loop

pytestmark = pytest.mark.anyio
MADE_UP = '''
import time

def spin(seconds):
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        pass

async def hold(seconds):
    spin(seconds)

async def in_pieces(seconds, pause):
    for _ in range(50):
        spin(seconds / 50)
        await pause()
'''


def module(name):
    found = {"__name__": name}
    exec(MADE_UP, found)
    return SimpleNamespace(**found)


ours, companions = module("mcp_voice.made_up"), module("mcp_voice_agent.made_up")
theirs, known = module("library"), module("mcp_voice.known")


@pytest.fixture(scope="session", autouse=True)
def loop_guard():
    with guarded_loop({"mcp_voice.known.hold": "A test."}) as guard:
        yield guard


async def test_a_coroutine_of_ours():
    await ours.hold(SECONDS)


async def test_a_coroutine_of_the_companions():
    await companions.hold(SECONDS)


async def test_a_callback_of_ours():
    asyncio.get_running_loop().call_soon(ours.spin, SECONDS)
    await anyio.sleep(0.01)


async def test_a_coroutine_of_ours_in_pieces():
    await ours.in_pieces(SECONDS, anyio.lowlevel.checkpoint)


async def test_a_library():
    await theirs.hold(SECONDS)


async def test_a_test_itself():
    theirs.spin(SECONDS)


async def test_a_test_that_calls_ours():
    ours.spin(SECONDS)


async def test_ours_in_a_thread():
    await anyio.to_thread.run_sync(ours.spin, SECONDS)


async def test_the_garbage_of_a_test_run():
    def slow(phase, details):
        if phase == "start" and details["generation"] == 2:
            theirs.spin(SECONDS)

    made_up = module("mcp_voice.made_up")
    made_up.hold.__globals__["spin"] = lambda _: gc.collect()
    gc.callbacks.append(slow)
    try:
        await made_up.hold(SECONDS)
    finally:
        gc.callbacks.remove(slow)


async def test_a_known_place():
    await known.hold(SECONDS)
"""
HELD = {
    "test_a_coroutine_of_ours": "mcp_voice.made_up.hold > mcp_voice.made_up.spin held",
    "test_a_coroutine_of_the_companions": "mcp_voice_agent.made_up.hold > mcp_voice_agent.made_up.spin held",
    "test_a_callback_of_ours": "mcp_voice.made_up.spin held",
}


def output_of(folder: Path, **variables: str) -> str:
    """What pytest prints of these tests, with the fixtures of all tests."""
    (folder / "test_made_up.py").write_text(TESTS.replace("SECONDS", str(SECONDS)))
    environment = {name: value for name, value in os.environ.items() if name != "CI" and "PYTEST_XDIST" not in name}
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", str(ROOT / "pyproject.toml")]
    command = [sys.executable, "-m", "pytest", *options, "-q", "-rE", str(folder / "test_made_up.py")]
    environment |= variables
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert not done.stderr
    return done.stdout


def test_what_holds_the_loop_fails_its_test_in_ci(tmp_path: Path) -> None:
    """Only those where ours is what holds it, each with its name."""
    printed = output_of(tmp_path, CI="true")
    held = {line.partition("::")[2].partition("[")[0] for line in printed.splitlines() if line.startswith("ERROR ")}
    assert held == HELD.keys(), printed
    for said in HELD.values():
        assert f"{said} the event loop for 0." in printed
    assert "10 passed, 3 errors" in printed


def test_what_holds_the_loop_is_told_at_the_end_of_any_run(tmp_path: Path) -> None:
    """With the test in which it did; on a busy machine the same work takes more CPU time."""
    printed = output_of(tmp_path)
    told = [line for line in printed.splitlines() if "held the event loop" in line]
    for test, said in HELD.items():
        assert [line for line in told if line.startswith(f"{said} the event loop for 0.") and f"::{test}[" in line], (
            printed
        )
    assert len(told) == len(HELD)
    assert "10 passed in" in printed


def misfits(known: Mapping[str, str]) -> list[str]:
    """The names of a list of known places that are no function of ours, or have no reason."""
    return [name for name, reason in known.items() if not (callable(_found(name)) and len(reason) > 20)]


def _found(name: str) -> object:
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = getattr(found, part, None)
        return found
    return None


def test_each_known_place_is_there_and_has_its_reason() -> None:
    """One that has been renamed would let its like pass unseen, or fail a test far away."""
    reason = "It happens once, before anybody is there."
    there = "mcp_voice.speech.utterance.Utterance.push"
    assert misfits({there: reason}) == []
    assert misfits({there: "", f"{there}ed": reason, "mcp_voice.nowhere.run": reason}) == [
        there,
        f"{there}ed",
        "mcp_voice.nowhere.run",
    ]
    assert misfits(KNOWN) == []
