"""The LiveKit server in use: a configured one, else the embedded one, which is started late and kept alive."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from anyio.abc import TaskGroup

from mcp_voice.embedded import embedded_server, ensure
from mcp_voice.errors import SHOWS_MORE, BadSettings, LiveKitError, VoiceError
from mcp_voice.room.access import Access
from mcp_voice.room.interfaces import check_network
from mcp_voice.room.server_api import ServerApi, server_api
from mcp_voice.settings import Settings
from mcp_voice.tasks import Resident

__all__ = ["LiveKitServer", "located"]

log = logging.getLogger(__name__)

WAIT_SECONDS = 25.0
"""How long one call waits for the embedded server; building it the first time takes longer, and goes on by itself in a
process of its own, whatever becomes of this one."""


@asynccontextmanager
async def located(settings: Settings, *, progress: Callable[[str], None]) -> AsyncIterator[Access]:
    """Where the server is and how it is opened; holds a lease of the embedded one while the block lasts."""
    if settings.livekit_url:
        secret = settings.livekit_api_secret.get_secret_value()
        if not settings.livekit_api_key or not secret:
            raise BadSettings(
                "LIVEKIT_URL is set, but LIVEKIT_API_KEY or LIVEKIT_API_SECRET is not.",
                fix="Set both to a key of that server, or unset LIVEKIT_URL to use an embedded server.",
                code="half-configured",
            )
        yield Access(settings.livekit_url, settings.livekit_api_key, secret, settings.e2ee_key)
    else:
        async with embedded_server(settings, progress=progress) as local:
            yield Access(local.url, local.api_key, local.api_secret, settings.e2ee_key)


class LiveKitServer:
    """Gives access and API as soon as there can be any; ``tasks`` owns what that takes."""

    def __init__(self, settings: Settings, tasks: TaskGroup) -> None:
        self._settings = settings
        self._opened = Resident(tasks, self._reached)
        self.progress = "reaching LiveKit"
        """What is being waited for, in a few words."""

    @property
    def starting(self) -> str:
        """What is being waited for until it is there; empty once it is."""
        return "" if self._opened.value is not None else self.progress

    async def access(self) -> Access:
        """Where it is and how it is opened; raises LiveKitError where nobody, and so not we, can come in from here."""
        access = (await self._reach())[0]
        check_network(access.url)
        return access

    async def server_api(self) -> ServerApi:
        """Its API."""
        return (await self._reach())[1]

    async def _reach(self) -> tuple[Access, ServerApi]:
        await self._revive()
        try:
            return await self._opened.get(limit=WAIT_SECONDS)
        except TimeoutError:
            raise LiveKitError(
                f"The embedded LiveKit server is not ready yet: {self.progress}.",
                fix="It continues by itself: call again.",
                code="server-starting",
            ) from None

    async def _revive(self) -> None:
        """See to it that the embedded server still runs (1 to 3 ms when it does); its port may have changed."""
        opened = self._opened.value
        if opened is None or self._settings.livekit_url:
            return
        local = await ensure(self._settings, progress=self._tell)
        if local.url != opened[0].url and self._opened.value is opened:
            self._opened.leave()
            await self._opened.left()

    @asynccontextmanager
    async def _reached(self) -> AsyncIterator[tuple[Access, ServerApi]]:
        """The server, and the client of its API."""
        try:
            async with located(self._settings, progress=self._tell) as access, server_api(access) as known:
                self.progress = "looking up who is where"
                yield access, known
        except VoiceError:
            raise
        except Exception as error:
            log.exception("LiveKit could not be reached")
            raise LiveKitError(
                f"Reaching LiveKit failed inside mcp-voice ({type(error).__name__}).",
                fix=f"Try again; {SHOWS_MORE}.",
                code="internal",
            ) from error

    def _tell(self, progress: str) -> None:
        self.progress = progress
        log.info("%s", progress)
