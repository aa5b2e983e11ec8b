"""The one command: ``uv run python benchmarks/run.py``, or ``.venv/bin/python -m benchmarks.run``."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    # Run as a file, Python looks for modules beside it only.
    sys.path.insert(0, str(Path(__file__).parent.parent))
    runpy.run_module("benchmarks", run_name="__main__", alter_sys=False)
