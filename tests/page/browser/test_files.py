"""The page's files: LiveKit's client as it was published, scripts and styles that the page's policy lets run."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

import mcp_voice.page
from mcp_voice.page.static_files import static_files
from testkit.documents import RAW, ROOT, read, targets

STATIC = Path(mcp_voice.page.__file__).parent / "static"
CLIENT = STATIC / "livekit-client.umd.js"
SERVED = {path for path in STATIC.iterdir() if path.suffix in {".html", ".js", ".css", ".svg"}}
OURS = sorted(SERVED - {CLIENT})
LARGEST_PAGE = 300_000
LARGEST_UNPACKED = 725_000
MOST_LINES = 300
PICTURE = "docs/join-page.png"
LARGEST_PICTURE = 150_000
HTML = (STATIC / "index.html").read_text(encoding="utf-8")


def test_livekits_client_is_the_file_that_was_pinned() -> None:
    """To the byte, with its licence beside it; `scripts/livekit-client` fetches it."""
    wanted, name = (STATIC / "livekit-client.sha256").read_text(encoding="utf-8").split()
    assert name == CLIENT.name
    assert hashlib.sha256(CLIENT.read_bytes()).hexdigest() == wanted
    assert "Apache License" in (STATIC / "livekit-client.LICENSE.txt").read_text(encoding="utf-8")


def test_the_page_is_small() -> None:
    """All that it loads, as browsers get it and without compression: a phone has it in a second."""
    files = static_files()
    assert {path.name for path in SERVED} <= files.keys()
    assert sum(len(files[path.name].packed or files[path.name].content) for path in SERVED) <= LARGEST_PAGE
    assert sum(path.stat().st_size for path in SERVED) <= LARGEST_UNPACKED


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_a_file_of_the_page_has_one_job(path: Path) -> None:
    """As for our Python."""
    assert path.read_bytes().count(b"\n") <= MOST_LINES


def test_nothing_of_the_page_needs_a_weaker_policy() -> None:
    """No script and no style within the HTML, nothing from elsewhere, and no HTML made of texts."""
    assert not re.search(r"<style|<script(?![^>]*src=)|\son\w+=|\sstyle=|https?://", HTML)
    for path in OURS:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text), path
        assert "https://" not in text, path


def test_every_script_and_style_is_used() -> None:
    """From index.html, or from a script that is."""
    loaded = set(re.findall(r'static/([\w.-]+)"', HTML))
    waiting = list(loaded)
    while waiting:
        name = waiting.pop()
        if name.endswith(".js") and name != CLIENT.name:
            imported = set(re.findall(r'from "\./([\w.-]+)"', (STATIC / name).read_text(encoding="utf-8")))
            waiting += imported - loaded
            loaded |= imported
    assert loaded | {"index.html"} == {path.name for path in SERVED}


def test_the_readme_shows_the_page() -> None:
    """A small picture, by its whole address; `scripts/page-pictures` makes it."""
    assert f"{RAW}{PICTURE}" in targets(read("README.md"))
    assert Path(ROOT, PICTURE).stat().st_size < LARGEST_PICTURE


def test_the_page_has_the_icon_of_the_project() -> None:
    """The drawing that hosts show is the one in the tab."""
    assert (STATIC / "icon.svg").read_bytes() == Path(ROOT, "assets", "icon.svg").read_bytes()
