"""docs/security.md against the tests: a promise counts only with a test that is there."""

from __future__ import annotations

import ast
import re

import pytest

from testkit.documents import ROOT, links, read, table

DOCUMENT = "docs/security.md"
ACTORS = {"folder", "guest", "agent", "model", "provider", "other user", "web site", "network", "subject", "outage"}
"""Whom the table must have an answer for."""


def rows() -> list[tuple[str, ...]]:
    """Promise, against whom, and its proofs."""
    return table(read(DOCUMENT), "promise")


def functions_of(file: str) -> set[str]:
    """The names of all test functions of one file."""
    tree = ast.parse(read(file))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, functions) and node.name.startswith("test_")}


def proofs(cell: str) -> list[tuple[str, str]]:
    """The file and the function of each proof."""
    return re.findall(r"`(\S+?)::(test_\w+)`", cell)


def test_every_promise_names_a_test_that_is_there() -> None:
    """A test that was renamed or taken out leaves a promise that nobody keeps."""
    assert rows()
    for promise, _, proof in rows():
        named = proofs(proof)
        assert named, promise
        for file, function in named:
            assert (ROOT / "tests" / file).is_file(), f"{promise}: {file}"
            assert function in functions_of(f"tests/{file}"), f"{promise}: {function}"


def test_every_kind_of_outsider_is_answered() -> None:
    """Somebody who asks "and what of the provider?" finds a line."""
    assert {actor for _, against, _ in rows() for actor in against.split(", ")} == ACTORS


@pytest.mark.parametrize("document", ["SECURITY.md", "README.md"])
def test_whoever_looks_for_security_is_led_to_the_table(document: str) -> None:
    """GitHub shows SECURITY.md, and users read the README."""
    assert DOCUMENT in links(document)
