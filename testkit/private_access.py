"""Where our code reaches into the private parts of libraries, found in its syntax trees."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from testkit.documents import ROOT

__all__ = ["Access", "accesses", "quirks"]

PACKAGES = ("mcp_voice", "agents/mcp_voice_agent")
OURS = ("mcp_voice", "mcp_voice_agent")
INTERFACE = {"_event_ch", "_input_ch", "_input_text", "_recognize_impl", "_run", "_stt", "_tts"}
"""What LiveKit's own plugins are written with."""
ELSEWHERE = {"_asdict", "_replace", "_exit", "_Pointer"}
"""Of the standard library, which documents them."""
NAME = re.compile(r"# quirk: ([a-z-]+)")

Access = tuple[str, int, str]
"""File, line, and what is reached for."""


def files() -> Iterator[tuple[str, str]]:
    """Each file of ours below the repository's root, with its text."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def quirks() -> dict[str, set[str]]:
    """The files in which each quirk is marked."""
    found: dict[str, set[str]] = {}
    for file, text in files():
        for name in NAME.findall(text):
            found.setdefault(name, set()).add(file)
    return found


def accesses(file: str, text: str) -> list[Access]:
    """Those in a file whose function, or line, has no mark."""
    tree = ast.parse(text)
    lines = text.splitlines()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    def is_marked(line: int) -> bool:
        around = [each for each in functions if each.lineno <= line <= (each.end_lineno or each.lineno)]
        first, last = (around[-1].lineno, around[-1].end_lineno or line) if around else (line, line)
        return any(NAME.search(each) for each in lines[first - 1 : last])

    found = {*_imported(tree), *_attributes(tree), *_inherited(tree)}
    return sorted((file, line, name) for line, name in found if not is_marked(line))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(each.name for each in node.names)]
        elif isinstance(node, ast.Import):
            names = [part for each in node.names for part in each.name.split(".")]
        else:
            continue
        yield from ((node.lineno, name) for name in names if _is_private(name))


def _attributes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_private(node.attr) and node.attr not in ELSEWHERE:
            if not _is_own(node.value):
                yield node.lineno, node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr"):
            name = node.args[1]
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and _is_private(name.value):
                yield node.lineno, name.value


def _is_own(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        value = value.func
    return isinstance(value, ast.Name) and value.id in ("self", "cls", "super")


def _inherited(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What a class takes of a library's class that it derives from, or overrides there."""
    foreign = {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in OURS
        for each in node.names
    }
    for node in ast.walk(tree):
        bases = node.bases if isinstance(node, ast.ClassDef) else []
        if not any(ast.unparse(base).split("[")[0].split(".")[0] in foreign for base in bases):
            continue
        inside = list(ast.walk(node))
        read = [each for each in inside if isinstance(each, ast.Attribute) and _is_private(each.attr)]
        own = {each.attr for each in read if isinstance(each.ctx, ast.Store)}
        own |= {each.name for each in inside if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
        yield from ((each.lineno, each.attr) for each in read if each.attr not in own | INTERFACE)
