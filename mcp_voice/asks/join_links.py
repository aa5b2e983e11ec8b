"""A link by which one person joins a room in a browser; the join page itself is ``page``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from mcp_voice.errors import PageError

__all__ = ["AUTOJOIN", "JoinLink", "JoinPage", "NoPage", "SharedPage"]

AUTOJOIN = "&autojoin"
"""What follows the code in a link whose page joins by itself."""


@dataclass(frozen=True, slots=True)
class JoinLink:
    """A way into one room for one person, once."""

    url: str = field(repr=False)
    """The page's address with the code in its fragment: a secret while it is valid."""
    code: str = field(repr=False)
    """What the fragment holds, for somebody who types it into the page."""
    room_name: str
    valid_seconds: int
    """From when it was made until it must have been used."""


class JoinPage(Protocol):
    """The join page of this process."""

    async def link(
        self, room_name: str, *, name: str = "", asker: str = "", autojoin: bool = False, inviter: str = ""
    ) -> JoinLink:
        """A new link into a room that ``MCP_VOICE_ROOMS`` allows; the page begins to be served at first need.

        ``name`` is the person's name in the room as the page suggests it, and ``asker`` who wants to speak to them.
        With ``autojoin`` the page joins by itself, for a meeting bot; no other link can be made to do so. Of the links
        that can be used at a time each ``inviter`` has a share, whoever they are.
        Raises RoomForbidden, and PageError where the page cannot be served.
        """

    def is_open(self, link: JoinLink) -> bool:
        """Whether a link can still be used: it has not been, and has not expired."""

    def invited(self, room_name: str, name: str) -> Collection[str]:
        """The identities of those for whom links of that name were made; on the page they may have given another."""

    async def open_in_browser(self, link: JoinLink) -> bool:
        """Open it where this person sits, if that is this machine; tells whether it was opened."""


class NoPage:
    """In place of a join page where none is served; satisfies ``JoinPage``."""

    async def link(
        self,
        room_name: str,  # noqa: ARG002  # as there
        *,
        name: str = "",  # noqa: ARG002
        asker: str = "",  # noqa: ARG002
        autojoin: bool = False,  # noqa: ARG002
        inviter: str = "",  # noqa: ARG002
    ) -> JoinLink:
        """There is none."""
        raise PageError("This program serves no join page.", fix="Use `mcp-voice invite ROOM`.", code="no-page")

    def is_open(self, link: JoinLink) -> bool:  # noqa: ARG002  # as there
        """None is."""
        return False

    def invited(self, room_name: str, name: str) -> Collection[str]:  # noqa: ARG002  # as there
        """Nobody is."""
        return ()

    async def open_in_browser(self, link: JoinLink) -> bool:  # noqa: ARG002  # as there
        """Nothing is opened."""
        return False


@dataclass(frozen=True, slots=True)
class SharedPage:
    """A join page that several share, for one of them; satisfies ``JoinPage``."""

    page: JoinPage
    inviter: str

    async def link(
        self, room_name: str, *, name: str = "", asker: str = "", autojoin: bool = False, inviter: str = ""
    ) -> JoinLink:
        """A link of its own share."""
        return await self.page.link(
            room_name, name=name, asker=asker, autojoin=autojoin, inviter=inviter or self.inviter
        )

    def is_open(self, link: JoinLink) -> bool:
        """Whether a link can still be used."""
        return self.page.is_open(link)

    def invited(self, room_name: str, name: str) -> Collection[str]:
        """Who was invited by that name."""
        return self.page.invited(room_name, name)

    async def open_in_browser(self, link: JoinLink) -> bool:  # noqa: ARG002  # as there
        """Never: whoever calls over HTTP sits elsewhere."""
        return False
