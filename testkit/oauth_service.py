"""A service that takes an issuer's access tokens and says whose a request was; the clock of its keys is the test's."""

from __future__ import annotations

import hashlib

import anyio
import httpx2
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from mcp_voice.asks.figures import CallFigures
from mcp_voice.callers.subjects import Subject, Subjects
from mcp_voice.server.access_tokens import AccessTokens
from mcp_voice.server.authenticating import Authenticating
from mcp_voice.server.issuer_keys import IssuerKeys
from mcp_voice.server.resource_metadata import metadata_url
from mcp_voice.server.subject import SubjectVerifier, current_subject
from testkit.issuer import AUDIENCE, ISSUER, FakeIssuer

__all__ = ["STATIC", "Service"]

STATIC = "o" * 32


class Service:
    """What answers requests of whoever is known, with their name."""

    def __init__(self, issuer: FakeIssuer, by_sub: dict[str, Subject] | None = None) -> None:
        self.now = 1000.0
        self.held: anyio.Event | None = None
        """If there is one, answers wait for it."""
        self.waiting = 0
        self.figures = CallFigures()
        keys = IssuerKeys(ISSUER, fetch=issuer.fetch, clock=lambda: self.now)
        tokens = AccessTokens(issuer=ISSUER, audience=AUDIENCE, keys=keys)
        static = {hashlib.sha256(STATIC.encode()).hexdigest(): Subject("ops")}
        verifier = SubjectVerifier(Subjects(static, by_sub or {}), tokens)
        app = Authenticating(self._named, verifier, self.figures, metadata_url=metadata_url(AUDIENCE))
        self._http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://voice.example")

    async def post(self, *authorization: str) -> httpx2.Response:
        """A request with these headers."""
        return await self._http.post("/mcp", headers=[(b"Authorization", each.encode()) for each in authorization])

    async def status(self, token: str) -> int:
        """What one with this token is answered."""
        return (await self.post(f"Bearer {token}")).status_code

    async def _named(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = current_subject()
        self.waiting += 1
        if self.held is not None:
            await self.held.wait()
        assert who is not None
        await JSONResponse({"name": who.name, "rooms": who.rooms})(scope, receive, send)
