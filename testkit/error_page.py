"""docs/errors.md, made of the tables in the code: ``python -m testkit.error_page`` writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

from mcp_voice.doctor.remedies import REMEDIES
from mcp_voice.doctor.remedy import Remedy
from mcp_voice.error_codes import CODES
from mcp_voice_agent.doctor.remedies import OURS

__all__ = ["PAGE", "error_page"]

PAGE = Path(__file__).parents[1] / "docs" / "errors.md"
BEGIN = """\
# Errors

Every error says what failed, why, and what to do next. The text may change at any time; the **code** stays:

- from a tool: `_meta["mcp-voice/code"]` of the result that has `isError`
- from the library: `error.code`, beside `error.what` and `error.fix` (`mcp_voice.errors.VoiceError`)
- from `mcp-voice doctor --json`: `code` of each problem

This page is made from the tables in the code by `python -m testkit.error_page`.

## Codes

| code | what it means | what to do |
|---|---|---|
"""
DOCTOR = """
## What else `mcp-voice doctor` finds

These are names of problems that doctor finds itself. Words in *italics* stand for what it found.

| name | cause | fix |
|---|---|---|
"""
COMPANION = """
## What else `mcp-voice-agent doctor` finds

| name | cause | fix |
|---|---|---|
"""


def error_page() -> str:
    """The whole page."""
    codes = "".join(f"| `{code}` | {each.means} | {each.fix} |\n" for code, each in CODES.items())
    own = {name: each for name, each in REMEDIES.items() if name not in CODES}
    found = "".join(_row(name, each) for name, each in own.items())
    companions = "".join(_row(name, each) for name, each in OURS.items() if name not in CODES)
    return f"{BEGIN}{codes}{DOCTOR}{found}{COMPANION}{companions}"


def _row(name: str, remedy: Remedy) -> str:
    return f"| `{name}` | {_plain(remedy.cause)} | {_plain(remedy.fix)} |\n"


def _plain(text: str) -> str:
    return re.sub(r"\{(\w+)[^}]*\}", r"*\1*", text).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(error_page(), encoding="utf-8")
