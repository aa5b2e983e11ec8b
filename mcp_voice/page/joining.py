"""Who comes in by the page, and with what; the HTTP around it is ``site``."""

from __future__ import annotations

import logging
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

import anyio

from mcp_voice.asks.arguments import new_name
from mcp_voice.asks.targets import check_room
from mcp_voice.errors import PageError, VoiceError
from mcp_voice.link.room_server import RoomServer
from mcp_voice.page.codes import CODE_SECONDS, Codes, Guest
from mcp_voice.page.refusals import RequestRefused, refused
from mcp_voice.page.sessions import Sessions
from mcp_voice.redaction import fault_place
from mcp_voice.settings import Settings
from mcp_voice.texts.foreign import shown

__all__ = ["LONGEST_NAME", "UNNAMED", "Admitted", "Joining"]

log = logging.getLogger(__name__)

LONGEST_NAME = 64
LIVEKIT_SECONDS = 15.0
"""How long a browser waits for LiveKit; building the embedded server takes longer, and a code outlasts it."""
ADDRESS_SECONDS = 1.0
UNNAMED = "Guest"
MOST_INVITED = 500
"""Whose names are remembered: the last so many who were invited by one."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """What somebody needs to come in; the token and the cookie are secrets."""

    guest: Guest
    livekit_url: str
    token: str = field(repr=False)
    cookie: str = field(default="", repr=False)
    session: str = ""
    """By which a browser tells which of its cookies it comes back by; no secret."""


class Joining:
    """The codes and sessions of one page, and the tokens that they are worth."""

    def __init__(self, settings: Settings, engine: RoomServer, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self.codes = Codes()
        self._invited: deque[Guest] = deque(maxlen=MOST_INVITED)
        """By a name."""
        self._sessions = Sessions()

    @property
    def now(self) -> float:
        """Seconds of ``time.monotonic()``."""
        return self._clock()

    def invite(self, room_name: str, *, name: str, asker: str, autojoin: bool = False, inviter: str = "") -> str:
        """A new code into a room; raises BadInput, RoomForbidden, and PageError where the page is of no use."""
        if self._settings.e2ee_key.get_secret_value():
            raise PageError(
                "The rooms are end-to-end encrypted (MCP_VOICE_E2EE_KEY), but the join page is not.",
                fix="Have people join with a client that has the passphrase.",
                code="page-not-encrypted",
            )
        new_name(room_name, "room name")
        check_room(room_name, self._settings.may_enter)
        guest = Guest(
            room_name,
            identity=f"guest-{secrets.token_hex(4)}",
            name=shown(name, limit=LONGEST_NAME),
            asker=shown(asker, limit=LONGEST_NAME),
            autojoin=autojoin,
            inviter=inviter,
        )
        if name:
            self._invited.append(guest)
        return self.codes.new(guest, self.now)

    def invited(self, room_name: str, name: str) -> Collection[str]:
        """The identities of those who were invited into a room by that name, whatever they call themselves there."""
        called = shown(name, limit=LONGEST_NAME)
        return {each.identity for each in self._invited if (each.room_name, each.name) == (room_name, called)}

    def is_open(self, code: str) -> bool:
        """Whether a code can still be used."""
        return self.codes.is_open(code, self.now)

    def opened(self, code: str) -> None:
        """A browser of this machine has opened its page; it may lie there for as long as a question is open."""
        self.codes.opened(code, self.now)

    async def join(self, code: str, name: str) -> Admitted:
        """Use a code up, as somebody of that name; one that fails because of LiveKit leaves it as it was.

        Raises RequestRefused.
        """
        now = self.now
        with self.codes.using(code, now) as invited:
            called = shown(name, limit=LONGEST_NAME) or invited.name or UNNAMED
            guest = Guest(invited.room_name, invited.identity, called, invited.asker)
            admitted = await self.admit(guest)
        session, cookie = self._sessions.new(guest, now)
        return replace(admitted, cookie=cookie, session=session)

    async def rejoin(self, cookies: Sequence[str], session_id: str) -> Admitted:
        """Let the same browser in again, under the same identity; raises RequestRefused.

        Not whom somebody removed, as far as we were there to hear it. A room that is away is waited for, and not made.
        """
        now = self.now
        session = self._sessions.returning(cookies, now, session_id=session_id)
        guest = session.guest
        async with _reaching_livekit():
            there = await self._engine.rooms(guest.room_name)
            if self._engine.removed(guest.room_name, guest.identity, since=session.joined_at):
                raise refused("removed")
            # Before that they may not have come in yet: their token was valid all the time.
            if there or now <= session.joined_at + CODE_SECONDS:
                session.is_there()
                return replace(await self._admitted(guest), session=session.id)
        if session.is_over(now):
            raise refused("room-over")
        raise refused("room-absent", retry_seconds=5)

    async def admit(self, guest: Guest, *, seconds: float = CODE_SECONDS, may_send: bool = True) -> Admitted:
        """A token for them; raises RequestRefused where LiveKit is not there, or they would throw an agent out."""
        async with _reaching_livekit():
            # A token is made without the server: whether that is there shows here.
            for room in await self._engine.rooms(guest.room_name):
                if any(each.identity == guest.identity and not each.is_human for each in room.participants):
                    raise refused("field-not-allowed", what="An agent has that identity.")
            return await self._admitted(guest, seconds=seconds, may_send=may_send)

    async def livekit_url(self) -> str:
        """Where a browser will find LiveKit; empty while that is not known."""
        with suppress(VoiceError, TimeoutError), anyio.fail_after(ADDRESS_SECONDS):
            return self._settings.livekit_url or await self._engine.address()
        return ""

    async def _admitted(self, guest: Guest, *, seconds: float = CODE_SECONDS, may_send: bool = True) -> Admitted:
        ticket = await self._engine.admit(
            guest.room_name, identity=guest.identity, name=guest.name, seconds=seconds, may_send=may_send
        )
        return Admitted(guest, ticket.url, ticket.token)


@asynccontextmanager
async def _reaching_livekit() -> AsyncIterator[None]:
    """Tell a browser, whose person can do nothing about it, no more than that the server is not there."""
    try:
        with anyio.fail_after(LIVEKIT_SECONDS):
            yield
    except RequestRefused:
        raise
    except (VoiceError, TimeoutError) as error:
        log.info("nobody can join by the page: %s", fault_place(error))
        raise refused("livekit-unreachable", retry_seconds=5) from None
