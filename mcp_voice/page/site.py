"""The join page over HTTP: its files, and the requests that let somebody in."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import anyio
from pydantic import Field
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from mcp_voice.page.attempts import JoinAttempts
from mcp_voice.page.bodies import Body, read_body
from mcp_voice.page.guard import Guard, refusal_response
from mcp_voice.page.headers import connections, policy, websocket_url
from mcp_voice.page.joining import LONGEST_NAME, Admitted, Joining
from mcp_voice.page.opening import OPEN_PATH, Opener
from mcp_voice.page.origins import Origins, reaches_directly
from mcp_voice.page.refusals import RequestRefused, refused
from mcp_voice.page.sessions import SESSION_SECONDS
from mcp_voice.page.signalling import PATHS, Signalling
from mcp_voice.page.static_files import INDEX, StaticFile
from mcp_voice.page.tokens import TokenBody, TokenEndpoint
from mcp_voice.redaction import fault_place

__all__ = ["PageSite"]

log = logging.getLogger(__name__)

WRONG = frozenset({"unknown-code", "used-code", "expired-code", "not-authorized"})
"""What may be a guess; a page that is opened without a code asks for its session, and a cookie cannot be guessed."""
REJOIN = "/api/rejoin"
STATUS_CODES = {404: "no-such-page", 405: "wrong-method"}


class JoinBody(Body):
    """What the page sends to join."""

    code: str = Field(max_length=40)
    name: str = Field("", max_length=4 * LONGEST_NAME)


class CodeBody(Body):
    """What the page sends to learn who invites."""

    code: str = Field(max_length=40)


class RejoinBody(Body):
    """What the page sends to come back: which of its stays, where it knows; the cookie says that it may."""

    session: str = Field("", max_length=40)


@dataclass(frozen=True)
class PageSite:
    """All that is served."""

    joining: Joining
    tokens: TokenEndpoint
    origins: Origins
    files: dict[str, StaticFile]
    cookie: str
    """How their names begin: cookies are shared by all ports of one host."""
    opener: Opener
    attempts: JoinAttempts = field(default_factory=JoinAttempts)

    def app(self) -> Starlette:
        """The ASGI application."""
        signalling = Signalling(self.joining.livekit_url, self.origins)
        return Starlette(
            routes=[
                Route("/", self._index, methods=["GET"]),
                Route(f"{OPEN_PATH}{{once}}", self._open, methods=["GET"]),
                Route("/static/{path:path}", self._static, methods=["GET"]),
                Route("/api/code", self._code, methods=["POST"]),
                Route("/api/join", self._join, methods=["POST"]),
                Route(REJOIN, self._rejoin, methods=["POST"]),
                Route("/api/token", self._token, methods=["POST", "OPTIONS"]),
                *(WebSocketRoute(path, signalling.socket) for path in PATHS),
                *(Route(f"{path}/validate", signalling.validate, methods=["GET"]) for path in PATHS),
            ],
            middleware=[Middleware(Guard, origins=self.origins)],
            exception_handlers={RequestRefused: _refused, HTTPException: _not_found, Exception: _failed},
        )

    async def _index(self, request: Request) -> Response:
        self.attempts.load(_address(request), self.joining.now)
        page = self.files[INDEX]
        reached = connections(self._livekit(request, await self.joining.livekit_url()))
        headers = {"content-security-policy": policy(reached)}
        return Response(page.content, media_type=page.media_type, headers=headers)

    async def _open(self, request: Request) -> Response:
        """Lead a browser that was opened here to its link, which its command line did not show."""
        peer, own = request.scope.get("client"), request.scope.get("server")
        code = ""
        if peer and own:
            taken = partial(self.opener.taken, request.path_params["once"], peer=peer, own=own)
            code = await anyio.to_thread.run_sync(taken)
        if not code:
            raise refused("no-such-page")
        return Response(status_code=303, headers={"location": f"/#{code}"})

    async def _static(self, request: Request) -> Response:
        self.attempts.load(_address(request), self.joining.now)
        if (found := self.files.get(request.path_params["path"])) is None:
            raise refused("no-such-page")
        headers = {"etag": found.tag, "cache-control": "no-cache", "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == found.tag:
            return Response(status_code=304, headers=headers)
        if found.packed and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(found.packed, media_type=found.media_type, headers=headers)
        return Response(found.content, media_type=found.media_type, headers=headers)

    async def _code(self, request: Request) -> Response:
        """Who invites by a code, and whom, before it is used."""
        self._check_origin(request)
        async with self._attempt(request):
            guest = self.joining.codes.invited((await read_body(request, CodeBody)).code, self.joining.now)
        told = {"asker": guest.asker, "room_name": guest.room_name, "name": guest.name, "autojoin": guest.autojoin}
        return JSONResponse(told)

    async def _join(self, request: Request) -> Response:
        self._check_origin(request)
        async with self._attempt(request):
            body = await read_body(request, JoinBody)
            admitted = await self.joining.join(body.code, body.name)
        return self._welcome(request, admitted)

    async def _rejoin(self, request: Request) -> Response:
        self._check_origin(request)
        cookies = [value for name, value in request.cookies.items() if name.startswith(f"{self.cookie}_")]
        if not cookies:
            self.attempts.come_back(_address(request), self.joining.now)
            raise refused("session-over")
        async with self._attempt(request):
            body = await read_body(request, RejoinBody)
            admitted = await self.joining.rejoin(cookies, body.session)
        return self._welcome(request, admitted)

    async def _token(self, request: Request) -> Response:
        origin = request.headers.get("origin", "")
        if not self.origins.may_ask_for_tokens(origin):
            raise refused("foreign-origin")
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_allowed(origin))
        try:
            # The bearer token is chosen by a human.
            async with self._attempt(request, strictly=True):
                body = await read_body(request, TokenBody)
                admitted = await self.tokens.token(request.headers.get("authorization", ""), body)
        except RequestRefused as error:
            # A front end of another origin reads the reason only with these headers.
            response = refusal_response(error)
            response.headers.update(_allowed(origin))
            return response
        answer = {
            "server_url": self._livekit(request, admitted.livekit_url),
            "participant_token": admitted.token,
            "room_name": admitted.guest.room_name,
        }
        return JSONResponse(answer, status_code=201, headers=_allowed(origin))

    def _livekit(self, request: Request, livekit_url: str) -> str:
        """Where this browser reaches LiveKit: at its own address, or through the page's."""
        page = self._page(request)
        return livekit_url if not livekit_url or reaches_directly(page, livekit_url) else websocket_url(page)

    def _page(self, request: Request) -> str:
        headers = request.headers
        return self.origins.address(origin=headers.get("origin", ""), host=headers.get("host", ""))

    def _check_origin(self, request: Request) -> None:
        if not self.origins.is_own(request.headers.get("origin", "")):
            raise refused("foreign-origin")

    @asynccontextmanager
    async def _attempt(self, request: Request, *, strictly: bool = False) -> AsyncIterator[None]:
        """Refuse who comes too often, or was wrong too often."""
        address = _address(request)
        self.attempts.begin(address, self.joining.now, strictly=strictly)
        try:
            yield
        except RequestRefused as error:
            if error.code in WRONG:
                self.attempts.failed(address, self.joining.now)
            raise

    def _welcome(self, request: Request, admitted: Admitted) -> Response:
        guest = admitted.guest
        answer = {
            "server_url": self._livekit(request, admitted.livekit_url),
            "participant_token": admitted.token,
            "room_name": guest.room_name,
            "identity": guest.identity,
            "name": guest.name,
            "asker": guest.asker,
            "session": admitted.session,
        }
        response = JSONResponse(answer, status_code=201)
        if not admitted.cookie:
            return response
        response.set_cookie(
            f"{self.cookie}_{admitted.session[0]}",
            admitted.cookie,
            max_age=SESSION_SECONDS,
            # The browser would send it to whatever else listens on this host, too.
            path=REJOIN,
            httponly=True,
            samesite="strict",
            secure=self._page(request).startswith("https:"),
        )
        return response


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _allowed(origin: str) -> dict[str, str]:
    """What lets a front end of another origin ask; never with cookies."""
    if not origin:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "600",
        "vary": "origin",
    }


async def _refused(_request: Request, error: Exception) -> Response:
    return refusal_response(error if isinstance(error, RequestRefused) else refused("page-fault"))


async def _not_found(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return refusal_response(refused(STATUS_CODES.get(status, "no-such-page")))


async def _failed(_request: Request, error: Exception) -> Response:
    log.warning("a request for the join page failed: %s", fault_place(error))
    return refusal_response(refused("page-fault"))
