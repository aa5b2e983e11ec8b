"""A join page that serves nothing; satisfies ``join_links.JoinPage``."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field

from mcp_voice.asks.join_links import AUTOJOIN, JoinLink

__all__ = ["FakePage"]


@dataclass(eq=False)
class FakePage:
    """Notes which links were made, for whom, and which of them were opened."""

    base: str = "http://127.0.0.1:7000"
    valid_seconds: int = 600
    opens: bool = True
    """Whether this person sits at this machine."""
    fault: Exception | None = None
    links: list[JoinLink] = field(default_factory=list)
    made_for: list[tuple[str, str, str]] = field(default_factory=list)
    """Room, name, and who asks."""
    inviters: list[str] = field(default_factory=list)
    used: list[JoinLink] = field(default_factory=list)
    came_as: list[str] = field(default_factory=list)
    """Identities of those who used links that were made for a name."""
    opened: list[JoinLink] = field(default_factory=list)
    opened_at: float = 0.0

    @property
    def url(self) -> str:
        """The address of the newest link."""
        return self.links[-1].url

    async def link(
        self, room_name: str, *, name: str = "", asker: str = "", autojoin: bool = False, inviter: str = ""
    ) -> JoinLink:
        """A link with a code of its own."""
        if self.fault is not None:
            raise self.fault
        code = f"{len(self.links):05d}-CDEFG"
        self.links.append(
            JoinLink(f"{self.base}/#{code}{AUTOJOIN if autojoin else ''}", code, room_name, self.valid_seconds)
        )
        self.made_for.append((room_name, name, asker))
        self.inviters.append(inviter)
        return self.links[-1]

    def is_open(self, link: JoinLink) -> bool:
        """Whether the test has not used it."""
        return link not in self.used

    def invited(self, room_name: str, name: str) -> Collection[str]:
        """Whom the test lets have come by such a link."""
        return self.came_as if (room_name, name) in [made[:2] for made in self.made_for] else ()

    async def open_in_browser(self, link: JoinLink) -> bool:
        """Note it."""
        self.opened.append(link)
        self.opened_at = time.monotonic()
        return self.opens
