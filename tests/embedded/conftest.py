"""What the tests of finding and building a livekit-server share."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_voice.settings import Settings, load


@pytest.fixture
def bare_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with an empty cache, and a PATH with nothing but the system's shell and the test's programs."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("UV", "MCP_VOICE_LIVEKIT_SERVER"):
        monkeypatch.delenv(name, raising=False)
    return load(state_dir=tmp_path / "state", cache_dir=tmp_path / "cache", _env_file=None)
