"""Who calls over HTTP: a subject for each token, with the rooms and the rate of calls that are theirs.

A token is a secret of 32 characters or more; a file may hold its SHA-256 instead, or the ``sub`` under which an
authorization server knows the subject.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mcp_voice.bounds.limits import MOST_OPEN
from mcp_voice.errors import BadSettings, quoted
from mcp_voice.settings import Settings, listed, matches

__all__ = [
    "LONGEST_SUBJECT",
    "Subject",
    "Subjects",
    "exposed_mode",
    "narrowed",
    "rooms_of",
    "subjects",
    "with_printed_token",
]

LONGEST_SUBJECT = 64 + 1 + 255
"""Characters of a subject's name: that of an entry, and a ``sub`` of an authorization server."""
LEAST_TOKEN = 32
"""Characters; a guess of them takes for ever."""
LONGEST_TOKEN = 4096
LARGEST_FILE = 1_048_576
LONGEST_FIELD = LEAST_TOKEN - 1
MOST_CALLS = 100_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
HASH = re.compile(r"[0-9a-fA-F]{64}")
SUB = re.compile(r"[\x21-\x7e]{1,255}")
ANYBODY = "*"
"""The ``sub`` of the entry for all that have none of their own."""
FIELDS = frozenset({"name", "token", "sha256", "sub", "rooms", "calls_per_minute", "open_asks"})
TOKENS, FILE = "MCP_VOICE_HTTP_TOKENS", "MCP_VOICE_HTTP_TOKENS_FILE"


@dataclass(frozen=True, slots=True)
class Subject:
    """One team or program; nothing of one is shown to another."""

    name: str
    rooms: str = ""
    """Glob patterns of its rooms, comma-separated, among those of ``MCP_VOICE_ROOMS``; empty: all of them."""
    calls_per_minute: float = 120.0
    open_asks: int = MOST_OPEN


@dataclass(frozen=True, slots=True)
class Subjects:
    """All that may call, by the SHA-256 of their tokens, in hexadecimal, and by their ``sub``."""

    by_hash: Mapping[str, Subject] = field(repr=False)
    by_sub: Mapping[str, Subject] = field(default_factory=dict)

    def of(self, token: str) -> Subject | None:
        """Whose token this is; the time that this takes tells nothing of the others."""
        if not 0 < len(token) <= LONGEST_TOKEN:
            return None
        digest = _digest(token)
        found = [subject for known, subject in self.by_hash.items() if hmac.compare_digest(known, digest)]
        return found[0] if found else None

    def of_sub(self, sub: str) -> Subject | None:
        """Who that is at the authorization server; where nobody is listed by a ``sub``, everybody may call.

        Whoever has no entry of their own is a subject of their own nevertheless, by a name that no entry can have.
        """
        if not self.by_sub:
            return Subject(f"oauth:{sub}")
        found = self.by_sub.get(sub) if sub != ANYBODY else None
        if found is None and (pattern := self.by_sub.get(ANYBODY)):
            return replace(pattern, name=f"{pattern.name}:{sub}")
        return found

    def __iter__(self) -> Iterator[Subject]:
        """Each once."""
        return iter(dict.fromkeys([*self.by_hash.values(), *self.by_sub.values()]))


def with_printed_token(token: str) -> Subjects:
    """Whoever has the token that is printed at start."""
    return Subjects({_digest(token): Subject("local")})


def subjects(settings: Settings) -> Subjects:
    """Those of ``MCP_VOICE_HTTP_TOKENS`` and ``MCP_VOICE_HTTP_TOKENS_FILE``; raises BadSettings, without a secret."""
    by_hash: dict[str, Subject] = {}
    by_sub: dict[str, Subject] = {}
    names: dict[str, Subject] = {}
    for key, subject in [*_listed(settings), *_filed(settings.http_tokens_file)]:
        if isinstance(key, _Sub):
            known, what = by_sub, "sub"
        else:
            known, what = by_hash, "token"
        if known.setdefault(str(key), subject) != subject:
            raise BadSettings(
                f"{known[str(key)].name!r} and {subject.name!r} have the same {what}.",
                fix="Give each its own: `openssl rand -hex 32` makes a token.",
            )
        if names.setdefault(subject.name, subject) != subject:
            raise BadSettings(
                f"Two subjects are named {subject.name!r}.",
                fix=f"Name each once in {TOKENS} and {FILE}.",
            )
    if by_sub and not settings.http_issuer:
        raise _bad(FILE, "an entry with `sub`, but no issuer is set", "Set MCP_VOICE_HTTP_ISSUER.")
    return Subjects(by_hash, by_sub)


def exposed_mode(path: Path | None) -> str:
    """The mode of a file of tokens that every user of this machine can read, as `chmod` has it; empty: they cannot.

    What it holds is a hash, or a ``sub``, that everybody may know. The file is one that ``subjects`` has read.
    """
    if path is None or os.name != "posix":
        return ""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        entries = json.loads(path.read_text(encoding="utf-8"))["subjects"] if mode & stat.S_IROTH else []
        return f"{mode:04o}" if any("token" in entry for entry in entries) else ""
    except (OSError, ValueError, LookupError, TypeError):
        return ""


class _Sub(str):
    """What an authorization server calls a subject; any other key is a token's hash."""

    __slots__ = ()


class _Narrowed(Settings):
    """The settings, for one subject."""

    subject_name: str = ""
    subject_rooms: str = ""

    def may_enter(self, room_name: str) -> bool:
        """Whether this subject may enter this room, and everybody."""
        return super().may_enter(room_name) and matches(self.subject_rooms, room_name)

    def limit_on(self, room_name: str) -> str:
        """What does not allow a room: everybody's limit before this subject's."""
        if not super().may_enter(room_name):
            return super().limit_on(room_name)
        return f"The entry of {self.subject_name!r} in {FILE} (its `rooms`)"


def rooms_of(settings: Settings) -> str:
    """The glob patterns to which settings are narrowed; empty: all that they allow."""
    return settings.subject_rooms if isinstance(settings, _Narrowed) else ""


def narrowed(settings: Settings, subject: Subject) -> Settings:
    """The settings as they hold for one subject."""
    return _Narrowed.model_construct(**dict(settings), subject_name=subject.name, subject_rooms=subject.rooms)


def _listed(settings: Settings) -> Iterator[tuple[str, Subject]]:
    for entry in listed(settings.http_tokens.get_secret_value()):
        name, is_named, token = entry.partition("=")
        if not is_named:
            raise _bad(TOKENS, "an entry without a name", "Write it as name=token, with a comma between two of them.")
        yield _hash_of(TOKENS, token.strip()), _subject(TOKENS, {"name": name.strip()})


def _filed(path: Path | None) -> Iterator[tuple[str, Subject]]:
    if path is None:
        return
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _bad(FILE, "a file that is too large", f"The limit is {LARGEST_FILE} bytes.")
        told: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _bad(FILE, f"a file that cannot be read ({error.strerror})", "Name a JSON file.") from None
    except (ValueError, RecursionError):
        raise _bad(
            FILE, "a file that is not JSON", 'Write it as {"subjects": [{"name": "ops", "token": …}]}.'
        ) from None
    entries = told.get("subjects") if isinstance(told, dict) else None
    if not isinstance(entries, list) or not entries:
        raise _bad(FILE, "no list of subjects", 'Write it as {"subjects": [{"name": "ops", "token": …}]}.')
    for number, entry in enumerate(entries, start=1):
        where = f"{FILE}, entry {number}"
        if not isinstance(entry, dict):
            raise _bad(where, "no fields", f"Make it a JSON object with {', '.join(sorted(FIELDS))}.")
        if unknown := sorted(set(entry) - FIELDS):
            # No more of it: somebody may have written a token there.
            named = quoted(unknown[0]) if len(unknown[0]) <= LONGEST_FIELD else "with a long name"
            raise _bad(where, f"an unknown field {named}", f"Known fields: {', '.join(sorted(FIELDS))}.")
        yield _entry_key(where, entry), _subject(where, entry)


def _entry_key(where: str, entry: Mapping[str, Any]) -> str:
    """The hash of its token, or its ``sub``; it has one of the three."""
    token, digest, sub = (entry.get(name) for name in ("token", "sha256", "sub"))
    if isinstance(token, str) and digest is None and sub is None:
        return _hash_of(where, token)
    if token is None and isinstance(digest, str) and HASH.fullmatch(digest) and sub is None:
        return digest.lower()
    if token is None and digest is None and isinstance(sub, str) and SUB.fullmatch(sub):
        return _Sub(sub)
    raise _bad(where, "no usable secret", "Give it one of `token`, the token's `sha256` in hexadecimal, and `sub`.")


def _hash_of(where: str, token: str) -> str:
    if not LEAST_TOKEN <= len(token) <= LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise _bad(
            where,
            "a token that is too short or has invalid characters",
            f"A token is {LEAST_TOKEN} or more ASCII letters, digits or signs; `openssl rand -hex 32` makes one.",
        )
    return _digest(token)


def _subject(where: str, entry: Mapping[str, Any]) -> Subject:
    name, rooms, rate = entry.get("name"), entry.get("rooms", []), entry.get("calls_per_minute", 120)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise _bad(where, "an invalid name", "A name has 1 to 64 ASCII letters, digits, and . _ @ -.")
    is_limited = "rooms" in entry
    # An empty list is somebody who means none, and would be all.
    if is_limited and not (isinstance(rooms, list) and rooms and all(map(_is_pattern, rooms))):
        raise _bad(where, "rooms that are not a list of patterns", 'Write them as ["sales-*"], or leave them out.')
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 1 <= rate <= MOST_CALLS:
        raise _bad(where, "an invalid calls_per_minute", f"Use 1 to {MOST_CALLS}; the default is 120.")
    asks = entry.get("open_asks", MOST_OPEN)
    if isinstance(asks, bool) or not isinstance(asks, int) or not 1 <= asks <= MOST_OPEN:
        raise _bad(where, "an invalid open_asks", f"Use 1 to {MOST_OPEN}; the default is {MOST_OPEN}.")
    return Subject(name, ",".join(rooms), float(rate), asks)


def _is_pattern(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip()) and "," not in text


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _bad(where: str, what: str, fix: str) -> BadSettings:
    return BadSettings(f"{where} has {what}.", fix=fix)
