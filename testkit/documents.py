"""What the documents say, in pieces that can be compared with the code."""

from __future__ import annotations

import posixpath
import re
import shlex
from pathlib import Path

__all__ = [
    "DOCUMENTS",
    "PACKAGE_PAGES",
    "RAW",
    "REPOSITORY",
    "ROOT",
    "anchors",
    "blocks",
    "commands",
    "links",
    "paths",
    "read",
    "table",
    "targets",
]

ROOT = Path(__file__).parents[1]
REPOSITORY = "https://github.com/mcp-voice/mcp-voice/blob/main/"
"""What a link to a file begins with where a document is shown without its repository."""
RAW = "https://raw.githubusercontent.com/mcp-voice/mcp-voice/main/"
PACKAGE_PAGES = ["README.md", "agents/README.md"]
"""What PyPI shows of the two packages."""
DOCUMENTS = [
    *PACKAGE_PAGES,
    "AGENTS.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "benchmarks/README.md",
    "deploy/README.md",
    "deploy/runbook.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
]
SEPARATORS = {"&&", "||", ";", "|"}


def read(name: str) -> str:
    """A document of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language, without their fences."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def table(text: str, first_column: str) -> list[tuple[str, ...]]:
    """The rows of the table whose first column has this heading, without heading and rule; backquotes stay."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(tuple(cell.strip() for cell in line.strip().strip("|").split("|")))
    return rows


def commands(text: str) -> list[list[str]]:
    """Each command of the shell blocks as a list of words, continued lines joined."""
    found = []
    for block in blocks(text, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            command: list[str] = []
            for word in [*shlex.split(line, comments=True), ";"]:
                if word not in SEPARATORS:
                    command.append(word)
                elif command:
                    found.append(command)
                    command = []
    return found


def targets(text: str) -> list[str]:
    """The targets of all links and pictures, as they are written."""
    return re.findall(r"\]\(([^)\s]+)\)", text)


def links(document: str) -> list[str]:
    """What a document links to inside the repository, as paths from its root with their anchors.

    Links to the repository on GitHub are inside it: a package page shows a document alone, so it can have no others.
    """
    found = []
    for target in targets(read(document)):
        inside = target.removeprefix(REPOSITORY).removeprefix(RAW)
        if inside != target:
            found.append(inside)
        elif target.startswith("#"):
            found.append(document + target)
        elif not re.match(r"\w+:", target):
            found.append(posixpath.normpath(posixpath.join(posixpath.dirname(document), target)))
    return found


def anchors(document: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", read(document), flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def paths(text: str) -> list[str]:
    """What is written in backquotes and looks like a path of the repository."""
    folders = "mcp_voice|agents|docs|testkit|tests|benchmarks|scripts|examples|deploy|\\.ci"
    return re.findall(rf"`(?:\./)?((?:{folders})/[\w./-]*)", text)
