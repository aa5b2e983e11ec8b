"""Compare what modules export with what others use, and refuse a name of a class or type that stands for two things.

A name in an ``__all__`` is used by another file, by a command of ``pyproject.toml``, or is public in ``mcp_voice``; a
public name that another module of ours imports is in its ``__all__``.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PACKAGES = ("mcp_voice", "agents/mcp_voice_agent")
TREES = ("mcp_voice", "agents", "testkit", "tests", "benchmarks", "examples", "scripts")
PUBLIC = "mcp_voice"
"""The package whose names are for users: whatever stands in its ``__all__`` is used by them."""

ANY = "*"
"""In place of a module that is imported late, by its name."""


@dataclass(slots=True)
class Module:
    """One Python file: what it defines, exports and takes from others."""

    name: str
    is_package: bool
    exported: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    """Its classes, and the names that it gives to types: ``Kind = Literal[...]``, ``Event = Joined | Left``."""
    imported: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of module and name, from ``from module import name``."""
    read: set[tuple[str, str]] = field(default_factory=set)
    """The same, from ``module.name``."""
    text: str = ""


def modules(root: Path) -> dict[str, Module]:
    """All Python files below the trees of ``root``, by the name under which they are imported."""
    found: dict[str, Module] = {}
    for tree in TREES:
        for path in sorted((root / tree).rglob("*.py")):
            parts = list(path.relative_to(root).with_suffix("").parts)
            parts = parts[1:] if parts[0] == "agents" else parts
            is_package = parts[-1] == "__init__"
            module = Module(".".join(parts[:-1] if is_package else parts), is_package, text=path.read_text())
            _read(module)
            found[module.name] = module
    return found


def _read(module: Module) -> None:
    tree = ast.parse(module.text)
    aliases: dict[str, str] = {}
    """By the name that stands in this file, the module (or whatever else) that was imported under it."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=names):
                source = _source(node, module)
                for each in names:
                    module.imported.add((source, each.name))
                    aliases[each.asname or each.name] = f"{source}.{each.name}"
            case ast.Import(names=names):
                aliases |= {each.asname: each.name for each in names if each.asname}
            case ast.ClassDef(name=name):
                module.types.append(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            late = owner.startswith("importlib.import_module(")
            module.read.add((ANY if late else aliases.get(owner, owner), node.attr))
    _read_top(module, tree.body)


def _read_top(module: Module, body: Sequence[ast.stmt]) -> None:
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                module.exported = list(ast.literal_eval(value))
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if not isinstance(value, ast.Call):
                if _is_of_a_type(name):
                    module.types.append(name)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias")):
                module.types.append(name)


def _is_of_a_type(name: str) -> bool:
    """Whether it is written as the names of classes are: a constant has no lower case."""
    return name[0].isupper() and not name.isupper()


def _source(node: ast.ImportFrom, module: Module) -> str:
    """The module that a ``from`` names, which may be relative."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


def faults(root: Path) -> Iterator[str]:
    """What is wrong below ``root``, a line for each."""
    found = modules(root)
    ours = {name: each for name, each in found.items() if name.split(".")[0] in {Path(each).name for each in PACKAGES}}
    used = {pair for each in found.values() for pair in each.imported | each.read}
    commands = (root / "pyproject.toml", root / "agents/pyproject.toml")
    elsewhere = "\n".join(path.read_text() for path in commands if path.exists())
    elsewhere += "\n".join(each.text for name, each in found.items() if name not in ours)
    for name, module in ours.items():
        for exported in module.exported:
            told = f"{name}:{exported}" in elsewhere or f'"{name}.{exported}' in elsewhere
            if not (told or (name, exported) in used or (ANY, exported) in used or name == PUBLIC):
                yield f"{name}: nobody uses {exported!r}. Take it out of __all__, or out of the code."
    for user in ours.values():
        for source, taken in sorted(user.imported):
            if source not in ours or f"{source}.{taken}" in ours or taken.startswith("_"):
                continue
            if taken not in ours[source].exported:
                yield f"{source}: {user.name} imports {taken!r}, which is not in __all__. Add it there."
    yield from _ambiguous(ours)


def _ambiguous(ours: dict[str, Module]) -> Iterator[str]:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, module in ours.items():
        for each in module.types:
            places[each].append(name)
    for each, names in sorted(places.items()):
        if len(names) > 1:
            yield f"{each} is a type of {' and of '.join(names)}. Give each its own name."


def main(root: Path) -> int:
    """Print what is wrong below ``root``; the exit status is 1 if there is anything."""
    found = list(dict.fromkeys(faults(root)))
    print("\n".join(found) or "Every export is used, and every type has a name of its own.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent))
