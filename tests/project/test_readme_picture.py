"""The picture in the README: of a demo that was played, small, and of the same ask as the example beside it."""

from __future__ import annotations

import ast
import json
import runpy
from typing import Any

from mcp_voice.demo.scenes import Scene
from testkit.documents import RAW, ROOT, blocks, read, targets
from testkit.pictures import Picture

PICTURE = "docs/demo.svg"
LARGEST_BYTES = 60_000
README = read("README.md")


def scene() -> Scene:
    """What the picture is of."""
    found: Scene = runpy.run_path(str(ROOT / "scripts" / "readme_picture.py"))["SCENE"]
    return found


def call() -> dict[str, Any]:
    """The arguments of the README's first call."""
    module = ast.parse(blocks(README, "python")[0])
    (found,) = (node for node in ast.walk(module) if isinstance(node, ast.Call))
    return {"question": ast.literal_eval(found.args[0])} | {
        each.arg: ast.literal_eval(each.value) for each in found.keywords if each.arg
    }


def test_the_readme_shows_the_picture_where_a_package_page_finds_it() -> None:
    """By its whole address."""
    assert f"{RAW}{PICTURE}" in targets(README)


def test_the_example_is_the_ask_of_the_picture() -> None:
    """Whoever looks from one to the other sees the same words."""
    played = scene()
    assert call() == {"question": played.question, "choices": list(played.choices)}
    result = json.loads(blocks(README, "json")[0])
    assert played.is_answered_by(result["reply"])
    assert (result["choice"], result["interrupted"]) == (played.choice, True)
    written = " ".join(Picture.load(ROOT / PICTURE).texts())
    assert played.answer in written
    assert f"reply: “{result['reply']}” · choice: {result['choice']}" in written


def test_the_picture_is_small() -> None:
    """A page is not to wait for it."""
    assert (ROOT / PICTURE).stat().st_size < LARGEST_BYTES
