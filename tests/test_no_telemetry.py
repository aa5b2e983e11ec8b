"""What runs models on this machine tells nobody of it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files

import pytest

from mcp_voice.process import isolation

RUN = "import sys, onnxruntime; onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])"
NO_HOME = {"HOME": os.devnull, "XDG_CACHE_HOME": os.devnull}
"""Where onnxruntime cannot keep the number by which it tells machines apart, it says so when it begins to report."""


def said(environment: dict[str, str]) -> str:
    """What a child says that runs a model."""
    model = str(files("livekit.plugins.silero.resources").joinpath("silero_vad.onnx"))
    command = [sys.executable, "-c", RUN, model]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    return done.stderr


def test_our_processes_for_models_report_to_nobody() -> None:
    """The offline and local engines; sound and words stay on the machine, and so does that there were any."""
    assert "telemetry" not in said(isolation.child_environment(python=True) | NO_HOME)


def test_our_programs_and_what_they_start_report_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Voice activity runs in the companion's own processes."""
    for name in ("PATH", "PYTHONPATH", isolation.SILENCE, "PYTHONSAFEPATH", "NODEFAULTCURRENTDIRECTORYINEXEPATH"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    monkeypatch.delenv(isolation.SILENCE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    isolation.isolate()
    assert "telemetry" not in said(dict(os.environ) | NO_HOME)
