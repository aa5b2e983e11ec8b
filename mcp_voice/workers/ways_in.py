"""How people get into the rooms that somebody asks in, whoever carries that out."""

from __future__ import annotations

from mcp_voice.asks.join_links import JoinPage, NoPage, SharedPage
from mcp_voice.asks.way_in import WayIn

__all__ = ["WaysIn"]

MOST_WAYS = 200
"""Of more, the ones that were made first are made anew when they are needed."""


class WaysIn:
    """One for each room of a subject, so that a link which was told is told again."""

    def __init__(self, page: JoinPage | None) -> None:
        """``page`` is the one by which they come in; without it none is told."""
        self._page = page or NoPage()
        self._known: dict[tuple[str, str], WayIn] = {}

    def of(self, room_name: str, *, asker: str, subject: str = "") -> WayIn:
        """That of a room, made if there is none. With ``subject`` the page counts what is made for them."""
        key = subject, room_name
        if key not in self._known:
            while len(self._known) >= MOST_WAYS:
                del self._known[next(iter(self._known))]
            page = SharedPage(self._page, subject) if subject else self._page
            self._known[key] = WayIn(room_name, page, asker=asker)
        return self._known[key]
