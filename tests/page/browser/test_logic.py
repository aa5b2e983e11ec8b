"""The page's state, run by the Node that Playwright brings: no browser is needed for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

TESTS = sorted(Path(__file__).parent.glob("*.test.mjs"))


def test_the_page_makes_of_each_event_what_it_should() -> None:
    """Captions, questions, failures, and what strangers send: each a test of its own in the files *.test.mjs."""
    node, _ = compute_driver_executable()
    done = subprocess.run([node, "--test", *map(str, TESTS)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout[-4000:]
