"""Tokens whose audience is not our address: taken only where the operator has named that audience."""

from __future__ import annotations

import json

import httpx2
import pytest
from pydantic import ValidationError

from mcp_voice.errors import BadSettings
from mcp_voice.server.address import HttpAddress
from mcp_voice.server.http import served
from mcp_voice.settings import Settings, load
from testkit.file_server import file_server
from testkit.issuer import AUDIENCE, ISSUER, FakeIssuer

pytestmark = pytest.mark.anyio

APPLICATION = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}


def like_entra(issuer: FakeIssuer, **changed: object) -> str:
    """An access token with the claims of Entra ID's version 2."""
    return issuer.token(headers={"typ": "JWT"}, **{"scope": None, "scp": "voice", "ver": "2.0", **changed})


async def statuses(issuer: FakeIssuer, *tokens: str, **given: str) -> list[int]:
    """What the server answers to whoever has these, with these settings."""
    async with file_server() as files:
        files.files["/keys"] = json.dumps({"keys": [issuer.jwk]}).encode()
        settings = load(
            http_url=AUDIENCE.removesuffix("/mcp"),
            http_issuer=ISSUER,
            http_jwks_url=f"{files.url}/keys",
            livekit_url="ws://127.0.0.1:1",
            livekit_api_key="key",
            livekit_api_secret="secret" * 6,
            _env_file=None,
            **given,
        )
        async with served(settings, HttpAddress(port=0)) as running, httpx2.AsyncClient(headers=HEADERS) as http:
            return [
                (await http.post(running.url, json=LIST, headers={"Authorization": f"Bearer {each}"})).status_code
                for each in tokens
            ]


async def test_a_token_for_an_application_of_entras_is_taken_where_that_is_named_as_the_audience() -> None:
    """And nothing else: neither one for our address, nor one for another application, nor an ID token of the same."""
    issuer = FakeIssuer.with_rsa()
    tokens = (
        like_entra(issuer, aud=APPLICATION),
        like_entra(issuer, aud=AUDIENCE),
        like_entra(issuer, aud=APPLICATION.upper()),
        like_entra(issuer, aud=APPLICATION.replace("6", "7")),
        like_entra(issuer, aud=None),
        like_entra(issuer, aud=APPLICATION, scp=None, nonce="n"),
    )
    assert await statuses(issuer, *tokens, http_audience=APPLICATION) == [200, 401, 401, 401, 401, 403]


async def test_only_a_token_for_our_address_is_taken_where_no_audience_is_named() -> None:
    """An application's id is nobody's whom we were told of."""
    issuer = FakeIssuer.with_rsa()
    tokens = (like_entra(issuer, aud=AUDIENCE), like_entra(issuer, aud=APPLICATION), like_entra(issuer, aud=""))
    assert await statuses(issuer, *tokens) == [200, 401, 401]


@pytest.mark.parametrize("wrong", [f"{APPLICATION} ", f"{APPLICATION},{AUDIENCE}", "*\n", "a b", "ü", "a" * 256])
def test_an_audience_that_no_token_could_have_is_refused_at_start(wrong: str) -> None:
    """A list of them would be none at all."""
    with pytest.raises((BadSettings, ValidationError), match="one audience"):
        Settings(http_audience=wrong, _env_file=None)
