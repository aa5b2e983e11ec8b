"""The example files of settings hold every setting there is, with its description and default."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from mcp_voice.settings import Settings, load, variable
from mcp_voice_agent.settings import AgentSettings
from testkit.documents import read
from tests.project.test_registry import written

MCP_SERVER = """\
Settings of mcp-voice, each with its default. Copy this file, uncomment what you set, and set MCP_VOICE_ENV_FILE to the
absolute path of the copy. The environment takes precedence.
"""
COMPANION = """\
Settings of the companion only, each with its default; those of mcp-voice apply too, see ../.env.example. Copy both
into one file, uncomment what you set, and set MCP_VOICE_ENV_FILE to its absolute path.
"""
NOT_IN_A_FILE = {"env_file"}


def example(kind: type[Settings], about: str) -> str:
    """What the file of a program must be."""
    parts = [textwrap.indent(about, "# ")]
    for name, field in kind.model_fields.items():
        inherited = Settings.model_fields.get(name) if kind is not Settings else None
        if name in NOT_IN_A_FILE or (inherited and inherited.description == field.description):
            continue
        description = textwrap.fill(field.description or "", 118, initial_indent="# ", subsequent_indent="# ")
        value = written(field.get_default())
        parts.append(f"{description}\n#{variable(name, kind)}={json.dumps(value) if ' ' in value else value}\n")
    return "\n".join(parts)


FILES = {".env.example": (Settings, MCP_SERVER), "agents/.env.example": (AgentSettings, COMPANION)}


@pytest.mark.parametrize("file", FILES)
def test_an_example_file_has_every_setting(file: str) -> None:
    """A setting that is missing there is one that nobody finds."""
    kind, about = FILES[file]
    assert read(file) == example(kind, about)


@pytest.mark.parametrize("file", FILES)
def test_every_line_of_an_example_file_can_be_used_as_it_stands(file: str, tmp_path: Path) -> None:
    """Whoever takes all the marks away gets what they had before."""
    kind, _ = FILES[file]
    lines = [line.removeprefix("#") for line in read(file).splitlines() if not line.startswith("# ")]
    # A limit to rooms that is set to nothing is an error on purpose.
    (tmp_path / "copy.env").write_text("\n".join(line for line in lines if line != "MCP_VOICE_ROOMS="))
    assert load(kind, _env_file=tmp_path / "copy.env") == load(kind, _env_file=None)
