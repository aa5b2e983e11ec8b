"""The join page of this process, served from the first link on."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from mcp_voice.asks.join_links import AUTOJOIN, JoinLink, JoinPage
from mcp_voice.errors import PageError
from mcp_voice.link.room_server import RoomServer
from mcp_voice.page.codes import CODE_SECONDS
from mcp_voice.page.joining import Joining
from mcp_voice.page.listening import HOST, Listening, listening
from mcp_voice.page.opening import Opener
from mcp_voice.page.origins import Origins
from mcp_voice.settings import Settings
from mcp_voice.tasks import Resident, owned_tasks

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from mcp_voice.page.site import PageSite
    from mcp_voice.page.static_files import StaticFile
    from mcp_voice.page.tokens import TokenEndpoint

__all__ = ["join_page"]

START_SECONDS = 15.0


class ServedPage:
    """Satisfies ``JoinPage``."""

    def __init__(self, joining: Joining, served: Resident[_Addresses], opener: Opener) -> None:
        self._joining = joining
        self._served = served
        self._opener = opener

    async def link(
        self, room_name: str, *, name: str = "", asker: str = "", autojoin: bool = False, inviter: str = ""
    ) -> JoinLink:
        """A new link; see ``JoinPage``."""
        code = self._joining.invite(room_name, name=name, asker=asker, autojoin=autojoin, inviter=inviter)
        try:
            addresses = await self._served.get(limit=START_SECONDS)
        except TimeoutError:
            raise PageError(
                f"The join page did not start within {START_SECONDS:.0f} s.", fix="Try again.", code="page"
            ) from None
        url = f"{addresses.shown}/#{code}{AUTOJOIN if autojoin else ''}"
        return JoinLink(url=url, code=code, room_name=room_name, valid_seconds=CODE_SECONDS)

    def is_open(self, link: JoinLink) -> bool:
        """Whether a link can still be used; see ``JoinPage``."""
        return self._joining.is_open(link.code)

    def invited(self, room_name: str, name: str) -> Collection[str]:
        """Who was invited by that name; see ``JoinPage``."""
        return self._joining.invited(room_name, name)

    async def open_in_browser(self, link: JoinLink) -> bool:
        """Open it where that may be; see ``JoinPage``."""
        served = self._served.value
        if served is None or not await self._opener.open(link.code, base=served.local):
            return False
        self._joining.opened(link.code)
        return True


@asynccontextmanager
async def join_page(
    settings: Settings, engine: RoomServer, *, opener: Opener | None = None, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[JoinPage]:
    """The join page for as long as the block lasts; whoever is in a room stays there after it."""
    joining, opener = Joining(settings, engine, clock=clock), opener or Opener(settings)
    async with owned_tasks() as tasks:
        served = Resident(tasks, lambda: _served(settings, joining, opener))
        if settings.page_token.get_secret_value():
            # A front end of the user's own asks for tokens before anybody is invited.
            served.begin()
        yield ServedPage(joining, served, opener)
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def _served(settings: Settings, joining: Joining, opener: Opener) -> AsyncIterator[_Addresses]:
    """Serve it; gives where it is reached. Raises PageError."""
    parts = await anyio.to_thread.run_sync(_loaded, abandon_on_cancel=True)
    async with AsyncExitStack() as stack:
        places = stack.enter_context(listening(settings))
        urls = [place.url for place in places]
        named = [urls[0].replace(HOST, "localhost"), *filter(None, [settings.page_url])]
        cookie = f"mcp_voice_{secrets.token_hex(4)}"
        tokens, origins = parts.tokens(settings, joining), Origins.of(urls + named)
        site = parts.site(joining, tokens, origins, parts.files, cookie, opener)
        app = site.app()
        for place in places:
            await stack.enter_async_context(parts.serving(app, place))
        yield _Addresses(shown=settings.page_url or urls[-1], local=urls[0])


@dataclass(frozen=True)
class _Addresses:
    """Of the page: what links begin with, and the one on the loopback."""

    shown: str
    local: str


@dataclass(frozen=True)
class _Parts:
    """What is imported and read when the first link is made."""

    site: type[PageSite]
    tokens: type[TokenEndpoint]
    serving: Callable[[Starlette, Listening], AbstractAsyncContextManager[None]]
    files: dict[str, StaticFile]


def _loaded() -> _Parts:
    # Nobody needs them, and their 0.2 s, until there is a link; then they do not hold the event loop.
    from mcp_voice.page.http_server import serving  # noqa: PLC0415
    from mcp_voice.page.site import PageSite  # noqa: PLC0415
    from mcp_voice.page.static_files import static_files  # noqa: PLC0415
    from mcp_voice.page.tokens import TokenEndpoint  # noqa: PLC0415

    return _Parts(PageSite, TokenEndpoint, serving, static_files())
