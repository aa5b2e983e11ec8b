"""What the documents say, in pieces that can be compared with the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

__all__ = ["ROOT", "blocks", "commands", "links", "paths", "read", "table"]

ROOT = Path(__file__).parents[1]
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


def links(text: str) -> list[str]:
    """The targets of links that stay inside the repository."""
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"\w+:|#", target)]


def paths(text: str) -> list[str]:
    """What is written in backquotes and looks like a path of the repository."""
    folders = "mcp_voice|agents|docs|testkit|tests|benchmarks|scripts|examples|\\.ci"
    return re.findall(rf"`(?:\./)?((?:{folders})/[\w./-]*)", text)
