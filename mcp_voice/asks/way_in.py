"""How somebody gets into a room where nobody is: a link that can be used when it is told, and a page that opens once.

Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import anyio

from mcp_voice.asks.join_links import JoinLink, JoinPage
from mcp_voice.errors import NobodyThere, VoiceError, quoted_name
from mcp_voice.redaction import fault_place
from mcp_voice.tasks import Bell, owned_tasks

__all__ = ["WayIn"]

log = logging.getLogger(__name__)

LEAST_SECONDS = 120.0
"""For how long a link can still be used when it is told; one that cannot be is made anew."""
LINK_SECONDS = 20.0
"""How long the page may take to be served."""
OPEN_SECONDS = 10.0
"""How long opening it may take: a browser that is started on a busy machine."""
AGAIN_SECONDS = 60.0
"""A wait that begins within this after another one for the room opens no second page: it is the same wait to whoever
sits there, in several calls."""
LOOK_SECONDS = 1.0
"""Between two looks at whether the link was used, or ends."""
COMING_SECONDS = 15.0
"""How long whoever used a link may take to be in the room, before there is another one."""
RETRY_SECONDS = 30.0
"""After which a page that cannot be served is tried again."""


@dataclass(slots=True, eq=False)
class Waiter:
    """One call or question that waits for somebody; others in the same room may wait for somebody else."""

    _came: Callable[[], None]
    somebody: bool = False
    """Whether they are there, though a second of quiet may still be waited for."""
    gone: Bell = field(default_factory=Bell)
    """Rung when whoever was there has gone again, or took the link."""

    def saw(self, *, somebody: bool) -> None:
        """Whoever is waited for is there, or nobody is, or nobody any more."""
        was, self.somebody = self.somebody, somebody
        if somebody:
            self._came()
        elif was:
            self.gone.ring()


class WayIn:
    """The way into one room: one link for all who wait there, made when it is needed, until it is used or ends.

    ``asker`` is the visible name of who wants to speak to them.
    """

    def __init__(self, room_name: str, page: JoinPage, *, asker: str) -> None:
        self.change = Bell()
        self._room_name = room_name
        self._page = page
        self._asker = asker
        self._name = ""
        """Whose the next link is, as the page suggests it."""
        self._link: JoinLink | None = None
        self._made_for = ""
        """Whose name the link has."""
        self._used_at: float | None = None
        """When it was seen that the link had been used."""
        self._until = 0.0
        """When the link ends."""
        self._opened: JoinLink | None = None
        """The link that was opened in this person's browser."""
        self._has_opened = False
        """Whether that was tried in the waits that follow each other now."""
        self._trouble = ""
        """Why there is no link."""
        self._tried = False
        """Whether it is known that there is a link, or that there is none."""
        self._waiters: list[Waiter] = []
        self._waited_at = -math.inf
        """When a wait was under way last."""
        self._making = anyio.Lock()

    @property
    def awaits(self) -> bool:
        """Whether somebody is waited for now who is not there."""
        return any(not each.somebody for each in self._waiters)

    @asynccontextmanager
    async def awaited(self, *, name: str = "", opens: bool = True) -> AsyncIterator[Waiter]:
        """Have a link that can be used while the block lasts, and be told by it who is there.

        ``name`` is the participant's who is waited for, if it matters. With ``opens`` the page opens in their browser,
        once for all waits that follow each other.
        """
        if not self._waiters:
            self._begin()
        if name or not self._waiters:
            self._name = name
        if name and name != self._made_for:
            self._link = self._used_at = None
        waiter = Waiter(self._somebody_came)
        self._waiters.append(waiter)
        try:
            async with owned_tasks() as tasks:
                tasks.start_soon(partial(self._keep, waiter, opens=opens))
                yield waiter
                tasks.cancel_scope.cancel()
        finally:
            self._waiters.remove(waiter)
            self._waited_at = time.monotonic()

    def _begin(self) -> None:
        """The first of several who wait is here."""
        self._tried = False
        self._forget_dead()
        if time.monotonic() > self._waited_at + AGAIN_SECONDS:
            self._has_opened = False

    def _forget_dead(self) -> bool:
        """A link that cannot be used any more is none, and nobody was seen to use it."""
        dead = self._link is not None and not self._page.is_open(self._link)
        if dead:
            self._link = self._used_at = None
        return dead

    def _somebody_came(self) -> None:
        """The link is most likely theirs: if it is used, whoever else is waited for needs another."""
        if self._forget_dead():
            self._tried = False
            for each in self._waiters:
                each.gone.ring()

    @property
    def is_known(self) -> bool:
        """Whether it is known by now that there is a link, or that there is none."""
        return self._tried

    def invited(self, name: str) -> Collection[str]:
        """The identities of those who were invited here by that name, under which they need not have come."""
        return self._page.invited(self._room_name, name) if name else ()

    async def link(self) -> JoinLink | None:
        """A link that can be used for a while; None where there is none, and ``how`` says why.

        One that has been used is given on for a moment: whoever used it is on their way in, or had no luck.
        """
        async with self._making:
            self._look()
            late = self._used_at is not None and time.monotonic() > self._used_at + COMING_SECONDS
            if self._link is None or late or (self._used_at is None and self._left() < LEAST_SECONDS):
                await self._make()
            return self._link

    async def told(self) -> str:
        """Who is to be told what, for whoever does not wait; without a link where there is none."""
        if not self._waiters:
            self._forget_dead()
        await self.link()
        return self.how()

    async def told_by(self, error: NobodyThere) -> NobodyThere:
        """The error, whose next step is the link, if there is one."""
        how = await self.told()
        if self._link is None:
            return error
        return NobodyThere(error.what, fix=f"{how} Then call again.", code=error.code)

    def how(self) -> str:
        """Who is to be told what, in a sentence or two."""
        if self._link is None:
            room = quoted_name(self._room_name)
            return f"Ask the person who should answer to join room {room} with a LiveKit client{self._trouble}."
        if self._used_at is not None:
            return "Somebody has just used the link to the room and is on their way in."
        terms = f"for one person, valid for {max(1, int(self._left() // 60))} more min"
        if self._link is self._opened:
            return (
                "The join page is open in their browser: tell them to press Join there. Or they can open "
                f"{self._link.url} ({terms})."
            )
        return f"Ask the person who should answer to open {self._link.url} and press Join ({terms})."

    def in_short(self) -> str:
        """The same behind a line of progress."""
        if self._link is None:
            return ""
        if self._used_at is not None:
            return ": they are on their way in"
        return f"{' (the page is open in the browser)' if self._link is self._opened else ''}: {self._link.url}"

    def _left(self) -> float:
        return self._until - time.monotonic()

    def _look(self) -> None:
        """Notice that the link was used, or that this came to nothing."""
        if self._link is None or self._page.is_open(self._link):
            self._used_at = None
        elif self._used_at is None:
            self._used_at = time.monotonic() if self._left() > 0 else -math.inf

    async def _make(self) -> None:
        made, self._trouble = None, ""
        try:
            with anyio.fail_after(LINK_SECONDS):
                made = await self._page.link(self._room_name, name=self._name, asker=self._asker)
        except VoiceError as error:
            self._trouble = f" (there is no link: {error.what.rstrip('.')})"
        except TimeoutError:
            self._trouble = " (there is no link: the join page took too long)"
        except Exception as error:  # noqa: BLE001  # a question can do without a page
            log.error("no link could be made: %s", fault_place(error))  # noqa: TRY400  # without the texts of others
            self._trouble = " (there is no link: the join page failed)"
        self._link, self._made_for, self._used_at = made, self._name, None
        self._until = time.monotonic() + (made.valid_seconds if made is not None else 0)

    async def _keep(self, waiter: Waiter, *, opens: bool) -> None:
        """See to it that there is a link as long as nobody is there, and tell of every change."""
        told: object = None
        while True:
            gone = waiter.gone.next
            if not waiter.somebody:
                link = await self.link()
                if not self._tried or (link, self._used_at) != told:
                    self._tell()
                told = link, self._used_at
                if link is not None and opens and not self._has_opened and self._used_at is None:
                    self._has_opened = True
                    await self._open(link)
                    self._tell()
            with anyio.move_on_after(RETRY_SECONDS if self._link is None else LOOK_SECONDS):
                await gone.wait()

    async def _open(self, link: JoinLink) -> None:
        try:
            with anyio.move_on_after(OPEN_SECONDS):
                if await self._page.open_in_browser(link):
                    self._opened = link
        except Exception as error:  # noqa: BLE001  # the link is told all the same
            log.error("the page could not be opened: %s", fault_place(error))  # noqa: TRY400  # without the texts of others

    def _tell(self) -> None:
        self._tried = True
        self.change.ring()
