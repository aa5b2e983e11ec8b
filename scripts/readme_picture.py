"""Write docs/demo.svg, the picture in the README, from a demo that is really played (about 20 s)."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from mcp_voice.demo import show
from mcp_voice.demo.scenes import SCENES
from mcp_voice.demo.screen import screen
from mcp_voice.process.signals import run_interruptible
from mcp_voice.settings import load

PICTURE = Path(__file__).parents[1] / "docs" / "demo.svg"
SCENE = SCENES[2]
WIDTH = 1000
"""Pixels; GitHub shows about 830 of them, on which the letters have to be read."""


async def draw(picture: Path) -> None:
    """Play the scene offline and keep its picture; raises VoiceError."""
    # The server of the demo reads the environment, as a host's does.
    os.environ.update(MCP_VOICE_STT="offline", MCP_VOICE_TTS="offline")
    with tempfile.TemporaryDirectory() as folder, screen(Console(stderr=True)) as shown:
        await show(load(folder=None), screen=shown, output=Path(folder), configured=False, scenes=[SCENE], width=WIDTH)
        picture.write_text((Path(folder) / "timeline.svg").read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(run_interruptible(lambda: draw(PICTURE)))
