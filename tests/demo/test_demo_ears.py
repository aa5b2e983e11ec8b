"""The demo fetches the offline recogniser's model before anybody speaks, and does without it where that fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mcp_voice.demo.stage import ears
from mcp_voice.models import MOONSHINE_TINY_EN
from mcp_voice.settings import Settings, load
from testkit.file_server import FileServer, file_server, status

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_package")]


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """No package on this machine brings a model."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)


def settings(folder: Path, server: FileServer, **given: Any) -> Settings:
    """An empty cache, and the test's server for models."""
    wanted: dict[str, Any] = {"stt": "offline", "cache_dir": folder / "cache", "models_mirror": server.url, **given}
    return load(Settings, _env_file=None, **wanted)


async def test_a_model_that_cannot_be_fetched_is_told_and_done_without(tmp_path: Path) -> None:
    """The demo goes on, with the recogniser that there is."""
    told: list[str] = []
    async with file_server() as server:
        server.always = status(404)
        await ears(settings(tmp_path, server), progress=told.append)
    (line,) = told
    assert "is not there (HTTP 404)" in line
    assert line.endswith("An older recogniser listens instead.")
    assert server.asked[0].path == f"/{MOONSHINE_TINY_EN.name}/{MOONSHINE_TINY_EN.files[0].name}"


@pytest.mark.parametrize("given", [{"fetch_models": "never"}, {"stt": "openai", "openai_api_key": "key"}], ids=str)
async def test_no_model_is_fetched_that_is_not_wanted(given: dict[str, str], tmp_path: Path) -> None:
    """A provider listens, or somebody wants no traffic."""
    async with file_server() as server:
        await ears(settings(tmp_path, server, **given), progress=lambda _: None)
        assert not server.asked
