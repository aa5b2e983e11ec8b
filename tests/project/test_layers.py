"""The contracts of import-linter: each package has layers of its own, of which nothing is left out."""

from __future__ import annotations

import tomllib

from testkit.documents import ROOT, read

TREES = {"mcp_voice": ROOT, "mcp_voice_agent": ROOT / "agents"}


def packages() -> set[str]:
    """All that have several modules or packages in them, by their names."""
    found = set()
    for tree, base in TREES.items():
        for init in (base / tree).rglob("__init__.py"):
            inside = [each for each in init.parent.iterdir() if each.suffix == ".py" or (each / "__init__.py").exists()]
            if len(inside) > 2:  # __init__, and another one
                found.add(".".join(init.parent.relative_to(base).parts))
    return found


def test_every_package_has_its_layers() -> None:
    """Where one had none, two of its modules imported each other, if only for their types."""
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layered = {name: each for each in contracts if each["type"] == "layers" for name in each["containers"]}
    assert packages() == set(layered)
    assert [name for name, each in layered.items() if not each.get("exhaustive") or "ignore_imports" in each] == []
