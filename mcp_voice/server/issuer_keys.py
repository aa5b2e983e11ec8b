"""The public keys of an authorization server: found by its metadata, kept, and fetched anew when they change."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

import anyio
import jwt

from mcp_voice.errors import VoiceError
from mcp_voice.redaction import fault_place
from mcp_voice.server.discovery import Fetch, Key, published_keys
from mcp_voice.server.fetching import Unfetched, fetch_json

__all__ = ["ALGORITHMS", "IssuerKeys", "IssuerUnavailable", "algorithms_of"]

log = logging.getLogger(__name__)

FRESH_SECONDS = 600.0
"""After that they are fetched anew: while the issuer answers, a key that it took back serves no longer than this."""
STALE_SECONDS = 3600.0
"""For how long they serve while the issuer does not answer."""
AHEAD_SECONDS = 480.0
"""After that they are fetched anew beside the requests, so that none has to wait for it."""
LOOK_SECONDS = 5.0
PAUSE_SECONDS = 10.0
"""Between two fetches, however many tokens name keys that nobody knows, and however often one fails."""
FETCH_SECONDS = 12.0
"""For all documents together."""
MOST_WAITING = 100
"""Requests that wait for a fetch at a time. Whoever has no token can make up a key's name, and would else hold every
connection for as long as the authorization server takes."""
LEAST_RSA_BITS = 2048
ALGORITHMS: Mapping[str, tuple[str, str]] = {
    "RS256": ("RSA", ""),
    "RS384": ("RSA", ""),
    "RS512": ("RSA", ""),
    "PS256": ("RSA", ""),
    "PS384": ("RSA", ""),
    "PS512": ("RSA", ""),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""Signatures that are taken, each with its kind of key (``kty``, ``crv``). None with a shared secret: whoever checks
one could make one, and a public key would pass for the secret."""


class IssuerUnavailable(VoiceError):
    """Nobody can say now whether a token is valid: its issuer's keys cannot be had."""

    default_code = "issuer-unavailable"


class IssuerKeys:
    """Those of one issuer."""

    def __init__(
        self,
        issuer: str,
        *,
        jwks_url: str = "",
        fetch: Fetch = fetch_json,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``jwks_url`` empty: as the issuer's metadata says. ``clock`` counts seconds."""
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._fetch = fetch
        self._clock = clock
        self._keys: tuple[Key, ...] = ()
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._is_latest = False
        """Whether the latest fetch has brought any."""
        self._fetching = anyio.Lock()
        self._waiting = 0
        self._is_kept_fresh = False

    async def keep_fresh(self) -> None:
        """Again and again fetch keys anew that were fetched once; requests do not wait for it while this runs."""
        self._is_kept_fresh = True
        try:
            while True:
                await anyio.sleep(LOOK_SECONDS)
                if self._fetched_at is None or self._is_paused() or self._clock() - self._fetched_at < AHEAD_SECONDS:
                    continue
                try:
                    async with self._fetching:
                        await self._refresh()
                except Exception as error:  # noqa: BLE001  # whatever it is, calls go on
                    log.error("keys cannot be fetched anew: %s", fault_place(error))  # noqa: TRY400
        finally:
            self._is_kept_fresh = False

    async def key(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key of that id for that algorithm, None where there is none; raises IssuerUnavailable."""
        if self._is_due(kid) and not (self._fetching.locked() and self._serves(kid)):
            await self._fetched(kid)
        # One that is unknown may be new, where the latest ones could not be had.
        if not self._serves(kid) and not self._is_latest:
            raise _unavailable()
        return self._fitting(kid, algorithm)

    async def _fetched(self, kid: str | None) -> None:
        """Fetch them, or wait until another request has; raises IssuerUnavailable where too many wait."""
        if self._waiting >= MOST_WAITING:
            raise _unavailable()
        self._waiting += 1
        try:
            async with self._fetching:
                # Another request may have fetched them meanwhile.
                if self._is_due(kid):
                    # Whoever asked may hang up meanwhile, others wait for it.
                    with anyio.CancelScope(shield=True):
                        await self._refresh()
        finally:
            self._waiting -= 1

    def _serves(self, kid: str | None) -> bool:
        """Whether what is there will do until it is fetched anew."""
        return (
            self._fetched_at is not None
            and self._clock() - self._fetched_at <= STALE_SECONDS
            and (kid is None or any(key.get("kid") == kid for key in self._keys))
        )

    def _is_due(self, kid: str | None) -> bool:
        if self._is_paused():
            return False
        if not self._serves(kid) or self._fetched_at is None:
            return True
        return not self._is_kept_fresh and self._clock() - self._fetched_at > FRESH_SECONDS

    def _is_paused(self) -> bool:
        return self._tried_at is not None and self._clock() - self._tried_at < PAUSE_SECONDS

    async def _refresh(self) -> None:
        """Fetch them, or keep those that there are."""
        try:
            with anyio.fail_after(FETCH_SECONDS):
                self._keys = await published_keys(self._issuer, jwks_url=self._jwks_url, fetch=self._fetch)
            self._fetched_at, self._is_latest = self._clock(), True
        except (Unfetched, TimeoutError) as error:
            self._is_latest = False
            log.warning("the authorization server's keys cannot be fetched: %s", str(error) or "not in time")
        self._tried_at = self._clock()

    def _fitting(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        fitting = [key for key in self._keys if _is_for(algorithm, key) and (kid is None or key.get("kid") == kid)]
        # A token that names no key is one of the only key's, or nobody's: there is no trying of all.
        return _loaded(fitting[0], algorithm) if len(fitting) == 1 else None


def algorithms_of(key: Key) -> list[str]:
    """The signatures, of those that are taken, that can be checked by a key."""
    return [each for each in ALGORITHMS if _is_for(each, key) and _loaded(key, each) is not None]


def _is_for(algorithm: str, key: Key) -> bool:
    kind, curve = ALGORITHMS[algorithm]
    return key.get("kty") == kind and key.get("crv", "") == curve and key.get("alg", algorithm) == algorithm


def _loaded(key: Key, algorithm: str) -> jwt.PyJWK | None:
    """None: it is malformed, or too short."""
    try:
        found = jwt.PyJWK(dict(key), algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return found if ALGORITHMS[algorithm][0] != "RSA" or found.key.key_size >= LEAST_RSA_BITS else None


def _unavailable() -> IssuerUnavailable:
    return IssuerUnavailable(
        "Tokens cannot be checked now: the authorization server's keys cannot be fetched.",
        fix="Try again in a few seconds.",
    )
