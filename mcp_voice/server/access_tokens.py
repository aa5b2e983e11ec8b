"""Access tokens of an OAuth authorization server: JWTs (RFC 9068) that were made for us, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from mcp_voice.server.issuer_keys import ALGORITHMS, IssuerKeys

__all__ = ["AccessTokens", "Granted"]

LONGEST = 8192
"""Characters; those of real servers have 800 to 3,000."""
LEEWAY_SECONDS = 30.0
"""By which two clocks may differ."""
SUB = re.compile(r"[\x21-\x7e]{1,255}")
"""OpenID Connect Core, section 2: at most 255 ASCII characters. No spaces: it stands in the audit log."""
TYPES = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
REQUIRED = ("exp", "iss", "aud", "sub")
UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Granted:
    """What a valid token says."""

    sub: str
    scopes: frozenset[str]


class AccessTokens:
    """Those of one issuer for one audience."""

    def __init__(self, *, issuer: str, audience: str, keys: IssuerKeys) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys

    async def read(self, token: str) -> Granted | None:
        """What it grants, None where it is not valid; raises IssuerUnavailable where nobody can say."""
        if not 0 < len(token) <= LONGEST or token.count(".") != 2:  # noqa: PLR2004  # header, claims and signature
            return None
        try:
            header = jwt.get_unverified_header(token)
        except UNREADABLE:
            return None
        algorithm, kid = header.get("alg"), header.get("kid")
        if not self._is_ours(header) or not isinstance(algorithm, str):
            return None
        # Only what is looked up among the issuer's keys is trusted: never a key or an address that the token brings.
        key = await self._keys.key(kid, algorithm)
        if key is None:
            return None
        try:
            return self._granted(token, key, algorithm)
        except UNREADABLE:
            return None

    @staticmethod
    def _is_ours(header: Mapping[str, Any]) -> bool:
        """Whether it may be one that we read, by what it says of itself."""
        algorithm, kind, kid = header.get("alg"), header.get("typ", ""), header.get("kid")
        return (
            isinstance(algorithm, str)
            and algorithm in ALGORITHMS
            and isinstance(kind, str)
            and kind.lower() in TYPES
            and (kid is None or isinstance(kid, str))
            and "crit" not in header
        )

    def _granted(self, token: str, key: jwt.PyJWK, algorithm: str) -> Granted | None:
        claims = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=self._audience,
            issuer=self._issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED)},
        )
        sub = claims["sub"]
        # One that is bound to a key of its client's (RFC 9449, RFC 8705) is worth nothing without a proof of that key.
        if "cnf" in claims or not isinstance(sub, str) or not SUB.fullmatch(sub):
            return None
        return Granted(sub, frozenset(_scopes(claims)))


def _scopes(claims: Mapping[str, Any]) -> Iterator[str]:
    """RFC 9068 has them in one text, some servers in a list, or under the name of ``scp``."""
    for name in ("scope", "scp"):
        told = claims.get(name)
        if isinstance(told, str):
            yield from told.split(" ")
        elif isinstance(told, list):
            yield from (each for each in told if isinstance(each, str))
