"""What doctor says of model files: what is there, what it takes on disk, and how the rest would come."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mcp_voice.doctor.model_files import MODEL_FILES
from mcp_voice.doctor.remedies import finding
from mcp_voice.models import MODELS, MOONSHINE_TINY_EN
from mcp_voice.settings import load

pytestmark = pytest.mark.anyio
(STEP,) = MODEL_FILES


def visit(folder: Path, *, provider: str = "offline", **given: Any) -> Any:
    """A run with an empty cache."""
    settings = load(cache_dir=folder / "cache", _env_file=None, **given)
    return SimpleNamespace(settings=settings, stt=SimpleNamespace(provider=provider))


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """No package on this machine brings a model."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)


@pytest.mark.usefixtures("no_package")
async def test_a_model_that_is_to_be_fetched_is_told_with_its_size(tmp_path: Path) -> None:
    """Nothing is wrong: it comes by itself."""
    found = await STEP.check(visit(tmp_path))
    assert found.detail == "moonshine-tiny-en is not here; it is fetched at first use (44 MB on disk)"
    assert not found.doubts


@pytest.mark.usefixtures("no_package")
async def test_a_model_that_may_not_be_fetched_is_a_doubt_with_the_command(tmp_path: Path) -> None:
    """The recogniser works without it, only worse."""
    (doubt,) = (await STEP.check(visit(tmp_path, fetch_models="never"))).doubts
    assert "mcp-voice models get moonshine-tiny-en" in finding(doubt).fix


async def test_what_is_there_is_told_with_size_and_place(tmp_path: Path) -> None:
    """For every model, whoever brought it."""
    for file in MODELS["piper-norman"].files:
        path = tmp_path / "own" / "piper-norman" / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as opened:
            opened.truncate(file.size)
    found = await STEP.check(visit(tmp_path, models_dir=tmp_path / "own"))
    assert f"piper-norman: 64 MB in {tmp_path / 'own' / 'piper-norman'} (setting)" in found.detail
    assert f"{MOONSHINE_TINY_EN.name}: 44 MB in " in found.detail


@pytest.mark.usefixtures("no_package")
async def test_nothing_is_said_where_no_model_is_used(tmp_path: Path) -> None:
    """Somebody with a provider in the cloud has no use for a line of this."""
    assert not STEP.applies(visit(tmp_path, provider="deepgram"))
    assert STEP.applies(visit(tmp_path))
