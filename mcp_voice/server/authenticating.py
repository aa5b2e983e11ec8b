"""No request is answered before it is known whose it is; who is not known is told how to become it (RFC 6750, 9728)."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Sequence

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.authentication import AuthCredentials
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_voice.asks.figures import CallFigures
from mcp_voice.bounds.rate_limit import Limit, RateLimit
from mcp_voice.callers.subjects import Subject
from mcp_voice.server.issuer_keys import IssuerUnavailable
from mcp_voice.server.resource_metadata import SCOPE
from mcp_voice.server.subject import NotAllowed, SubjectVerifier

__all__ = ["Authenticating"]

RETRY_SECONDS = 10
BURST, LEAST_PER_SECOND, REQUESTS_A_CALL = 200, 20.0, 10
"""How many requests of a subject come at once, and then a second: more than its calls need with all that hosts send
beside each, so that one does not take the whole time of the event loop by what is no call (a list of tools: 6 ms)."""
MOST_EACH = 100
"""Requests at a time: one subject must not take every connection that there is."""


class Authenticating:
    """An ASGI application around another one."""

    def __init__(
        self, app: ASGIApp, verifier: SubjectVerifier, figures: CallFigures, *, metadata_url: str = ""
    ) -> None:
        """``metadata_url``: where a host learns who gives tokens; empty: only tokens that were set are taken.

        A subject has ``MOST_EACH`` requests answered at a time, with however many tokens.
        """
        self._app = AuthContextMiddleware(app)
        self._verifier = verifier
        self._figures = figures
        self._metadata_url = metadata_url
        self._open_by = Counter[str]()
        self._rates: dict[Limit, RateLimit] = {}
        """One for each rate that is set; it forgets whoever has sent nothing for a while."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        try:
            found = await self._verifier.verify_token(_bearer(given)) if len(given) == 1 else None
        except NotAllowed as error:
            await self._refusal(403, error.error, str(error))(scope, receive, send)
            return
        except IssuerUnavailable as error:
            await self._refusal(503, "temporarily_unavailable", str(error))(scope, receive, send)
            return
        if found is None:
            await self._unknown(given)(scope, receive, send)
            return
        name = found.who.name
        if seconds := self._paused(found.who):
            await self._refusal(429, "rate", "Too many requests from this subject; try again later.", again=seconds)(
                scope, receive, send
            )
            return
        if self._open_by[name] >= MOST_EACH:
            await self._refusal(
                429,
                "too_many_open",
                "Too many open requests from this subject; try again once one is answered.",
            )(scope, receive, send)
            return
        user = AuthenticatedUser(found)
        self._open_by[name] += 1
        try:
            await self._app({**scope, "user": user, "auth": AuthCredentials(found.scopes)}, receive, send)
        finally:
            self._open_by[name] -= 1
            if not self._open_by[name]:
                del self._open_by[name]

    def _paused(self, who: Subject) -> float:
        """For how many seconds it may send nothing more; 0: this one is let in."""
        limit = Limit(BURST, max(LEAST_PER_SECOND, REQUESTS_A_CALL * who.calls_per_minute / 60))
        rate, now = self._rates.setdefault(limit, RateLimit(limit)), time.monotonic()
        return 0.0 if rate.allows(who.name, now) else rate.opens_in(who.name, now)

    def _unknown(self, given: Sequence[bytes]) -> Response:
        if len(given) > 1:
            return self._refusal(400, "invalid_request", "The request has several Authorization headers; send one.")
        if given:
            return self._refusal(401, "invalid_token", "The token is invalid or has expired; send another.")
        return self._refusal(401, "", "A token is required: Authorization: Bearer ...")

    def _refusal(self, status: int, error: str, description: str, *, again: float = RETRY_SECONDS) -> Response:
        self._figures.refused(error or "no_token")
        headers = {"Cache-Control": "no-store"}
        if status in (429, 503):
            headers["Retry-After"] = str(math.ceil(again))
        elif error != "access_denied":  # Another token would not help.
            headers["WWW-Authenticate"] = self._challenge(error, description)
        body = json.dumps({"error": error or "invalid_token", "error_description": description})
        return Response(body, status, headers, media_type="application/json")

    def _challenge(self, error: str, description: str) -> str:
        # RFC 6750, section 3.1: whoever has sent no token is told of no error.
        parts = [f'error="{error}"', f'error_description="{description}"'] if error else []
        if self._metadata_url:
            parts += [f'scope="{SCOPE}"', f'resource_metadata="{self._metadata_url}"']
        return f"Bearer {', '.join(parts)}".rstrip()


def _bearer(given: Sequence[bytes]) -> str:
    """The token of an Authorization header; empty where it has none."""
    scheme, _, token = given[0].partition(b" ")
    return token.decode("latin-1") if scheme.lower() == b"bearer" else ""
