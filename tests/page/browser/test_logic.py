"""The page's state, run by the Node that Playwright brings: no browser is needed for it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

import mcp_voice.page
from mcp_voice.texts.foreign import UNSEEN

TESTS = sorted(Path(__file__).parent.glob("*.test.mjs"))
UNTRUSTED = Path(mcp_voice.page.__file__).parent / "static" / "untrusted.js"
LEFT_OUT = """const {text} = await import(process.argv[1]);
const range = (from, until) => Array.from({length: until - from}, (_, at) => from + at);
const codes = [...range(0, 0xd800), ...range(0xe000, 0x10000), ...range(0xe0000, 0xe2000)];
console.log(JSON.stringify(codes.filter((code) => text(`a${String.fromCodePoint(code)}b`, 9) === "ab")));"""


def node(*arguments: str) -> str:
    """What it prints; fails with the end of that."""
    executable, _ = compute_driver_executable()
    done = subprocess.run([executable, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def test_the_page_makes_of_each_event_what_it_should() -> None:
    """Captions, questions, failures, and what strangers send: each a test of its own in the files *.test.mjs."""
    node("--test", *map(str, TESTS))


def test_the_page_leaves_out_the_same_invisible_characters_as_results_do() -> None:
    """Of those in which a text can be hidden."""
    left_out = json.loads(node("--input-type=module", "--eval", LEFT_OUT, UNTRUSTED.as_uri()))
    codes = [*range(0xD800), *range(0xE000, 0x10000), *range(0xE0000, 0xE2000)]
    assert left_out == [code for code in codes if UNSEEN.match(chr(code))]
