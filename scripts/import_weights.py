"""Print what importing our modules takes: how many modules are loaded then, and how much memory the process has.

With --write it also puts the table into docs/architecture.md.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import psutil

DOCUMENT = Path(__file__).parents[1] / "docs" / "architecture.md"
BEGIN, END = "<!-- import weights:begin -->", "<!-- import weights:end -->"
LIMIT_SECONDS = 120.0
MIB = 2**20
WEIGHED = {
    "sys": "Python itself",
    "mcp_voice.errors": "the errors, and their codes",
    "mcp_voice.settings": "the settings",
    "mcp_voice.embedded": "the embedded LiveKit server",
    "mcp_voice.cli.app": "the command line",
    "mcp_voice.server.app": "the MCP server until `tools/list`",
    "mcp_voice.room.server_engine": "of LiveKit, what a server needs that leaves rooms to workers",
    "mcp_voice.room.engine": "all of LiveKit, loaded in the background after that",
    "mcp_voice_agent.worker": "the companion's worker",
}
CODE = "import sys, {module}; print(len(sys.modules), flush=True); sys.stdin.read()"


def weigh(module: str) -> tuple[int, int]:
    """The modules that are loaded once this one is imported into a new process, and that process's memory in MiB."""
    command = [sys.executable, "-P", "-c", CODE.format(module=module)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={}) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            memory = psutil.Process(process.pid).memory_info().rss
            process.communicate(timeout=LIMIT_SECONDS)
        finally:
            process.kill()
    if not line:
        raise SystemExit(f"{module} cannot be imported.")
    return int(line), round(memory / MIB)


def table() -> str:
    """All of them, as Markdown."""
    lines = ["| importing | is | modules | MiB |", "|---|---|---|---|"]
    for module, what in WEIGHED.items():
        modules, memory = weigh(module)
        lines.append(f"| `{module}` | {what} | {modules:,} | {memory} |")
    return "\n".join(lines)


def written(document: str, found: str) -> str:
    """The document with this table in its place."""
    return re.sub(f"(?s){BEGIN}.*{END}", lambda _: f"{BEGIN}\n{found}\n{END}", document)


if __name__ == "__main__":
    weights = table()
    print(weights)
    if "--write" in sys.argv[1:]:
        DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), weights), encoding="utf-8")
