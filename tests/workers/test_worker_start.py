"""What a worker logs when it starts."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcp_voice.cli.worker import TALKATIVE, _log
from mcp_voice.settings import load
from mcp_voice.workers.settings import WorkerSettings

LIMIT = 60.0


@pytest.fixture
def levels() -> Iterator[None]:
    """The levels of all loggers concerned are as they were afterwards."""
    loggers = [logging.getLogger(name) for name in (None, *TALKATIVE)]
    before = [(each, each.level, list(each.handlers)) for each in loggers]
    yield
    for each, level, handlers in before:
        each.setLevel(level)
        each.handlers[:] = handlers


@pytest.mark.usefixtures("levels")
def test_a_look_at_its_health_is_no_line_of_the_log() -> None:
    """An orchestrator looks every few seconds."""
    _log(load(WorkerSettings, _env_file=None))
    assert not logging.getLogger("aiohttp.access").isEnabledFor(logging.INFO)
    assert logging.getLogger("mcp_voice").isEnabledFor(logging.INFO)


def test_one_without_a_store_says_so_and_not_that_it_starts(tmp_path: Path) -> None:
    """The line of the start said "store: memory of this process", which no worker has."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "mcp_voice", "worker"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert ended.returncode == 1
    assert "MCP_VOICE_STORE is not set" in ended.stderr
    assert "start: worker" not in ended.stderr
