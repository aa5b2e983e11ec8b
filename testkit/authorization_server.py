"""A real authorization server on the loopback, a person who logs in there, and a program with a login of its own."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copy
from urllib.parse import parse_qs, urljoin, urlsplit

import anyio
import httpx2
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from testkit.command import lines, running

__all__ = ["PACKAGE", "authorization_server", "browsed", "free_port", "granted", "logging_in"]

PACKAGE = "oidc-provider@9.13.3"
PROGRAM = Path(__file__).with_suffix(".mjs")
START_SECONDS = 30.0
BACK = "http://127.0.0.1:1/back"
"""Where the browser would be sent to with its code; nothing listens there."""
FORM = re.compile(r'<form[^>]* action="([^"]+)"')
PROMPT = re.compile(r'name="prompt" value="(\w+)"')
MOST_PAGES = 12


def free_port() -> int:
    """A port of the loopback where nothing listens."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


@asynccontextmanager
async def authorization_server(folder: Path, port: int) -> AsyncIterator[str]:
    """Run it from the folder where npm has put its package; its issuer."""
    copy(PROGRAM, folder)
    async with running(["node", folder / PROGRAM.name, str(port)], folder) as process:
        with anyio.fail_after(START_SECONDS):
            async for line in lines(process):
                if line.startswith("listening at "):
                    break
        yield f"http://127.0.0.1:{port}"


async def granted(issuer: str, client: str, resource: str, scope: str = "voice") -> str:
    """An access token for a program that logs in by its secret."""
    async with httpx2.AsyncClient() as http:
        form = {"grant_type": "client_credentials", "resource": resource, "scope": scope}
        answer = await http.post(f"{issuer}/token", data=form, auth=(client, client))
        token: str = answer.raise_for_status().json()["access_token"]
        return token


class _Kept(TokenStorage):
    """In memory."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def logging_in(url: str, login: str) -> OAuthClientProvider:
    """What a host does for a person: it finds the authorization server, and opens a browser in which they log in."""
    came_back: list[str] = []

    async def browse(address: str) -> None:
        came_back.append(await browsed(address, login, back=BACK))

    async def result() -> AuthorizationCodeResult:
        told = parse_qs(urlsplit(came_back[-1]).query)
        return AuthorizationCodeResult(code=told["code"][0], state=told["state"][0], iss=told.get("iss", [None])[0])

    metadata = OAuthClientMetadata(client_name="host", redirect_uris=[AnyUrl(BACK)])
    return OAuthClientProvider(url, metadata, _Kept(), browse, result)


async def browsed(address: str, login: str, *, back: str) -> str:
    """Log in and consent; where the browser is sent with its code, which begins with ``back``."""
    async with httpx2.AsyncClient() as browser:
        answer = await browser.get(address)
        for _ in range(MOST_PAGES):
            if answer.has_redirect_location:
                address = urljoin(str(answer.url), answer.headers["location"])
                if address.startswith(back):
                    return address
                answer = await browser.get(address)
            elif (form := FORM.search(answer.text)) and (prompt := PROMPT.search(answer.text)):
                filled = {"prompt": prompt[1], "login": login, "password": "any"}
                answer = await browser.post(urljoin(str(answer.url), form[1]), data=filled)
            else:
                raise AssertionError(answer.text)
    raise AssertionError(address)
