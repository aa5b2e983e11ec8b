"""The distribution with Moonshine's weights: built from files that are checked, and found where it is installed."""

from __future__ import annotations

import importlib.util
import re
import shutil
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from mcp_voice.models import MODELS, MOONSHINE_TINY_EN, found, located, megabytes
from mcp_voice.settings import Settings, load
from testkit.documents import read, table

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "data" / "moonshine-tiny-en"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("model_package", ROOT / "scripts" / "model_package.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With an empty cache."""
    return load(cache_dir=tmp_path / "cache", _env_file=None)


def test_the_wheel_holds_three_files_and_the_notice_and_is_found_where_it_is_installed(
    script: ModuleType, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For any system and Python 3, below 30 MB."""
    source = found(MOONSHINE_TINY_EN, settings)
    assert source, "the developers' tools bring the weights: run ./scripts/test"
    wheel = script.build(source, tmp_path, scratch=tmp_path / "scratch")
    assert wheel.name == "mcp_voice_moonshine_tiny_en-1.0.0-py3-none-any.whl"
    assert wheel.stat().st_size < 30_000_000
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        notice = archive.read("mcp_voice_moonshine_tiny_en-1.0.0.dist-info/licenses/LICENSE").decode()
    model = {f"mcp_voice_moonshine_tiny_en/model/{file.name}" for file in MOONSHINE_TINY_EN.files}
    assert names == {*model, "mcp_voice_moonshine_tiny_en/__init__.py"}
    assert "MIT License" in notice
    assert "Useful Sensors" in notice
    # As `pip install --target` lays it down.
    shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    there = located(MOONSHINE_TINY_EN, settings)
    assert there
    assert there.where == "package"
    assert there.folder == tmp_path / "site" / "mcp_voice_moonshine_tiny_en" / "model"


def test_a_file_with_another_hash_is_not_packed(script: ModuleType, tmp_path: Path) -> None:
    """Whoever installs it trusts what is inside."""
    for file in MOONSHINE_TINY_EN.files:
        (tmp_path / file.name).write_bytes(b"other")
    with pytest.raises(SystemExit, match="SHA-256"):
        script.build(tmp_path, tmp_path, scratch=tmp_path / "scratch")


def test_the_page_of_the_package_says_what_the_catalogue_says() -> None:
    """Sizes and digests stand in both."""
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    for file in MOONSHINE_TINY_EN.files:
        assert f"| `{file.name}` | {file.size} | `{file.sha256}` |" in text


def test_the_documents_name_every_model_with_its_size_and_licence() -> None:
    """Somebody decides by these whether to fetch 142 MB."""
    rows = {name: row for row in table(read("docs/speech.md"), "model") for name in re.findall(r"`([^`]+)`", row[0])}
    assert set(rows) == set(MODELS)
    for name, model in MODELS.items():
        _, use, size, licence = rows[name]
        assert use == model.use
        assert size.removesuffix(" each") == megabytes(model.size)
        assert licence.startswith(model.licence)
