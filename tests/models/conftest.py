"""A file server and an empty cache for each test."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcp_voice.settings import Settings, load
from testkit.file_server import FileServer, file_server


@pytest.fixture
async def server() -> AsyncIterator[FileServer]:
    """A file server on the loopback, without proxies on the way."""
    async with file_server() as started:
        yield started


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with an empty cache, and no proxy or package index of whoever runs the tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("PIP_PROXY", "PIP_CERT", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return load(cache_dir=tmp_path / "cache", _env_file=None)
