"""Codes that let one person into one room, once: what is known of them, told the time.

A code has 50 random bits: with 200 of them open, and 40 guesses a second, which ``attempts`` allows, the chance to find
one within ten minutes is 5 in 10**9. Only hashes are kept. Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice

from mcp_voice.page.refusals import refused

__all__ = ["CODE_SECONDS", "Codes", "Guest"]

CODE_SECONDS = 600
OPENED_SECONDS = 1_200
"""For one that a browser of ours has opened: longer than its question is."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter looks like a digit, and five bits are in each."""
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", "\u2013": "", " ": ""})
"""What people type of it."""
CHARACTERS = 10
LONGEST_TYPED = 40
MOST_OPEN = 200
"""Codes that can be used at a time; one more ends the oldest of the inviter, and of their room, that has most."""
MOST_ENDED = 1_000
"""Codes of which is remembered why they cannot be used any more."""


@dataclass(frozen=True, slots=True)
class Guest:
    """One person who was invited: into which room, who they are there, and who wants to speak to them."""

    room_name: str
    identity: str
    name: str = ""
    """What the page suggests; empty: nothing."""
    asker: str = ""
    autojoin: bool = False
    """Whether the page may join by itself, without anybody who presses a button."""
    inviter: str = ""
    """Whose share of the codes it is of."""


@dataclass(frozen=True, slots=True)
class _Open:
    guest: Guest
    until: float


@dataclass(slots=True, eq=False)
class Codes:
    """The codes of one page."""

    _open: dict[bytes, _Open] = field(default_factory=dict, repr=False)
    _ended: dict[bytes, str] = field(default_factory=dict, repr=False)
    """Why each cannot be used any more, by its hash: a code of ``refusals``."""
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def new(self, guest: Guest, now: float) -> str:
        """A code for this guest, to be used within ten minutes, in the form in which it is shown."""
        self._expire(now)
        while len(self._open) >= MOST_OPEN:
            self._end(self._fullest(), "expired-code")
        code = "".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS))
        self._open[self._hash(code)] = _Open(guest, now + CODE_SECONDS)
        return f"{code[: CHARACTERS // 2]}-{code[CHARACTERS // 2 :]}"

    def _fullest(self) -> bytes:
        """The oldest code of the fullest share."""
        guests = [each.guest for each in self._open.values()]
        inviters = Counter(guest.inviter for guest in guests)
        rooms = Counter((guest.inviter, guest.room_name) for guest in guests)

        def share(key: bytes) -> tuple[int, int]:
            guest = self._open[key].guest
            return inviters[guest.inviter], rooms[guest.inviter, guest.room_name]

        return max(self._open, key=share)

    def is_open(self, code: str, now: float) -> bool:
        """Whether a code can still be used."""
        self._expire(now)
        return self._hash(code) in self._open

    def opened(self, code: str, now: float) -> None:
        """It stands in a browser of this person's, who may come back to it later."""
        key = self._hash(code)
        if (found := self._open.get(key)) is not None:
            self._open[key] = replace(found, until=now + OPENED_SECONDS)

    def invited(self, typed: str, now: float) -> Guest:
        """Whom a code is for, without using it up; raises RequestRefused."""
        self._expire(now)
        key = self._hash(typed)
        if (found := self._open.get(key)) is None:
            raise refused(self._ended.get(key, "unknown-code"))
        return found.guest

    @contextmanager
    def using(self, typed: str, now: float) -> Iterator[Guest]:
        """Use a code up; a block that fails leaves it as it was. Raises RequestRefused.

        From the beginning of the block nobody else can use it.
        """
        self.invited(typed, now)
        key = self._hash(typed)
        found = self._open[key]
        self._end(key, "used-code")
        try:
            yield found.guest
        except BaseException:
            self._ended.pop(key, None)
            self._open[key] = found
            raise

    def _hash(self, typed: str) -> bytes:
        plain = typed[:LONGEST_TYPED].upper().translate(READ_AS)
        return hashlib.blake2b(plain.encode(errors="replace"), key=self._key, digest_size=32).digest()

    def _expire(self, now: float) -> None:
        for key in [key for key, each in self._open.items() if each.until <= now]:
            self._end(key, "expired-code")

    def _end(self, key: bytes, why: str) -> None:
        del self._open[key]
        self._ended[key] = why
        for oldest in list(islice(self._ended, max(0, len(self._ended) - MOST_ENDED))):
            del self._ended[oldest]
