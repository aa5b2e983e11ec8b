"""The results: about what machine, measured when, as JSON with every sample."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

__all__ = ["RESULTS", "about", "circumstances", "leaves", "load_results", "merged", "save"]

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("mcp-voice", "mcp", "livekit", "livekit-agents", "livekit-plugins-openai", "pocketsphinx")
GIGABYTE = 1024**3


def about() -> dict[str, Any]:
    """The machine and the versions, and how busy it was before we began."""
    return {
        "date": _now(),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "cpu": _cpu(),
            "cores": os.cpu_count(),
            "memory_gb": round(psutil.virtual_memory().total / GIGABYTE, 1),
            "load_before": _load(),
        },
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "commit": _commit(),
    }


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Results of which some measurements were taken again; ``taken`` says of each when, and how busy it was then."""
    return {**new, **{part: {**old.get(part, {}), **new.get(part, {})} for part in ("measurements", "taken")}}


def circumstances(samples: int) -> dict[str, Any]:
    """What a measurement's figures depend on, noted when it begins."""
    return {"date": _now(), "samples": samples, "load_before": _load()}


def load_results(folder: Path = RESULTS) -> dict[str, Any]:
    """What was saved, or nothing."""
    path = folder / "results.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return read


def save(results: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write the JSON; gives where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "results.json"
    # A disk that is full leaves what was kept before.
    part = folder / "results.json.part"
    part.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
    return path


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _load() -> float:
    return round(psutil.getloadavg()[0], 2)


def leaves(error: BaseException) -> list[str]:
    """The errors in a group, in one line each."""
    if isinstance(error, BaseExceptionGroup):
        return [line for each in error.exceptions for line in leaves(each)]
    return [f"{type(error).__name__}: {error}"]


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    done = subprocess.run(command, cwd=RESULTS.parent, capture_output=True, text=True, check=False)
    return done.stdout.strip()
