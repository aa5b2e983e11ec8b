"""An authorization server's keys and tokens, made in the test itself, so that they can be as wrong as one likes."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

import anyio
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mcp_voice.server.fetching import Unfetched

__all__ = ["AUDIENCE", "ISSUER", "FakeIssuer", "encoded", "unsigned"]

ISSUER = "https://login.example/tenant/"
AUDIENCE = "https://voice.example/mcp"


@dataclass
class FakeIssuer:
    """Signs with a key that it publishes, and answers what is fetched of it."""

    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    kid: str = "first"
    algorithm: str = "ES256"
    is_down: bool = False
    held: anyio.Event | None = None
    """If there is one, what is fetched waits for it."""
    fetched: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(
        default_factory=lambda: {"issuer": ISSUER, "jwks_uri": "https://login.example/keys"}
    )
    more_keys: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def with_rsa(cls, bits: int = 2048) -> FakeIssuer:
        """One that signs by RSA."""
        return cls(rsa.generate_private_key(65537, bits), algorithm="RS256")

    def rotate(self, kid: str) -> None:
        """Sign by another key from now on."""
        self.key, self.kid = ec.generate_private_key(ec.SECP256R1()), kid

    def token(self, *, headers: dict[str, Any] | None = None, key: Any = None, **changed: Any) -> str:
        """One that is right, but for what is changed; None leaves a claim out."""
        claims = self.claims(**changed)
        return jwt.encode(claims, key or self.key, self.algorithm, headers={"kid": self.kid, **(headers or {})})

    @staticmethod
    def claims(**changed: Any) -> dict[str, Any]:
        """Those of a token that is right, but for what is changed."""
        now = int(time.time())
        right: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "auth0|7",
            "scope": "openid voice",
            "iat": now,
            "exp": now + 300,
        }
        return {name: value for name, value in {**right, **changed}.items() if value is not None}

    @property
    def jwk(self) -> dict[str, Any]:
        """Its public key."""
        algorithm = jwt.get_algorithm_by_name(self.algorithm)
        told: dict[str, Any] = json.loads(algorithm.to_jwk(self.key.public_key()))
        return {**told, "kid": self.kid, "use": "sig", "alg": self.algorithm}

    async def fetch(self, url: str) -> dict[str, Any]:
        """What is there."""
        self.fetched.append(url)
        if self.held is not None:
            await self.held.wait()
        if self.is_down:
            raise Unfetched("ConnectError")
        if url == "https://login.example/.well-known/openid-configuration/tenant":
            return self.metadata
        if url == self.metadata.get("jwks_uri"):
            return {"keys": [self.jwk, *self.more_keys]}
        raise Unfetched("status 404")


def encoded(part: Any) -> str:
    """A part of a token."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(header: dict[str, Any] | bytes, claims: dict[str, Any], signature: bytes = b"") -> str:
    """A token with these parts."""
    return f"{encoded(header)}.{encoded(claims)}.{encoded(signature)}"
