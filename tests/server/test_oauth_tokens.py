"""Access tokens that are not to be taken, however well they are made."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from testkit.issuer import AUDIENCE, ISSUER, FakeIssuer, encoded, unsigned
from testkit.oauth_service import Service

pytestmark = pytest.mark.anyio

DAY_SECONDS = 86_400
"""A suite may take longer than a token is valid."""
NOW = int(time.time())
OTHER = FakeIssuer()


def _hs256(issuer: FakeIssuer) -> str:
    secret = issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    token = unsigned({"alg": "HS256", "kid": "first"}, issuer.claims()).rpartition(".")[0]
    header, claims = token.split(".")
    return f"{token}.{encoded(hmac.digest(secret, f'{header}.{claims}'.encode(), 'sha256'))}"


def _with_claims(token: str, claims: dict[str, Any]) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{unsigned({}, claims).split('.')[1]}.{signature}"


HOSTILE: dict[str, Callable[[FakeIssuer], str]] = {
    "another audience": lambda issuer: issuer.token(aud="https://other.example/mcp"),
    "our host, another path": lambda issuer: issuer.token(aud="https://voice.example/admin"),
    "an audience that begins like ours": lambda issuer: issuer.token(aud=f"{AUDIENCE}.evil.example"),
    "our audience in capitals": lambda issuer: issuer.token(aud=AUDIENCE.upper()),
    "an audience that is an object": lambda issuer: issuer.token(aud={AUDIENCE: 1}),
    "no audience": lambda issuer: issuer.token(aud=None),
    "another issuer": lambda issuer: issuer.token(iss="https://evil.example/"),
    "an issuer without its slash": lambda issuer: issuer.token(iss=ISSUER.rstrip("/")),
    "no issuer": lambda issuer: issuer.token(iss=None),
    "expired": lambda issuer: issuer.token(exp=NOW - DAY_SECONDS),
    "no expiry": lambda issuer: issuer.token(exp=None),
    "an expiry that is no number": lambda issuer: issuer.token(exp="tomorrow"),
    "an endless expiry": lambda issuer: issuer.token(exp=float("inf")),
    "not yet valid": lambda issuer: issuer.token(nbf=NOW + DAY_SECONDS),
    "made in the future": lambda issuer: issuer.token(iat=NOW + DAY_SECONDS),
    "no subject": lambda issuer: issuer.token(sub=None),
    "an empty subject": lambda issuer: issuer.token(sub=""),
    "a subject of 256 characters": lambda issuer: issuer.token(sub="s" * 256),
    "a subject that breaks the log's line": lambda issuer: issuer.token(
        sub="a\n2026 INFO mcp_voice.audit: subject=ops"
    ),
    "a subject with a space": lambda issuer: issuer.token(sub="a outcome=done"),
    "a subject with a look-alike": lambda issuer: issuer.token(sub="оps"),  # noqa: RUF001  # Cyrillic
    "bound to a client's key": lambda issuer: issuer.token(cnf={"jkt": "0"}),
    "an ID token": lambda issuer: issuer.token(aud="client-1", nonce="n"),
    "a logout token": lambda issuer: issuer.token(headers={"typ": "logout+jwt"}),
    "a DPoP proof": lambda issuer: issuer.token(headers={"typ": "dpop+jwt"}),
    "an extension that must be understood": lambda issuer: issuer.token(headers={"crit": ["exp"]}),
    "another's key under the issuer's kid": lambda issuer: issuer.token(key=OTHER.key),
    "its own key in its header": lambda issuer: issuer.token(key=OTHER.key, headers={"jwk": OTHER.jwk}),
    "a key's address in its header": lambda issuer: issuer.token(
        key=OTHER.key, headers={"jku": "https://evil.example/keys", "x5u": "https://evil.example/x5u"}
    ),
    "an unknown kid": lambda issuer: issuer.token(headers={"kid": "second"}),
    "a kid that is a path": lambda issuer: issuer.token(headers={"kid": "../../../../dev/null"}),
    "a kid that is a URL": lambda issuer: issuer.token(headers={"kid": "https://evil.example/keys"}),
    "a kid that is SQL": lambda issuer: issuer.token(headers={"kid": "x' UNION SELECT 'key"}),
    "a kid that is a number": lambda issuer: unsigned({"alg": "ES256", "kid": 1}, issuer.claims(), b"x" * 64),
    "alg none": lambda issuer: unsigned({"alg": "none"}, issuer.claims()),
    "alg nOnE": lambda issuer: unsigned({"alg": "nOnE", "kid": "first"}, issuer.claims()),
    "alg missing": lambda issuer: unsigned({"kid": "first"}, issuer.claims()),
    "alg that is a list": lambda issuer: unsigned({"alg": ["ES256"], "kid": "first"}, issuer.claims()),
    "HS256 with the public key as secret": _hs256,
    "the algorithm of another curve": lambda issuer: unsigned(
        {"alg": "ES384", "kid": "first"}, issuer.claims(), b"x" * 96
    ),
    "RS256 by a key that is none": lambda issuer: unsigned(
        {"alg": "RS256", "kid": "first"}, issuer.claims(), b"x" * 256
    ),
    "a signature of zeros (CVE-2022-21449)": lambda issuer: unsigned(
        {"alg": "ES256", "kid": "first"}, issuer.claims(), bytes(64)
    ),
    "no signature": lambda issuer: issuer.token().rpartition(".")[0] + ".",
    "other claims under a signature": lambda issuer: _with_claims(issuer.token(), issuer.claims(sub="admin")),
    "detached (b64 false)": lambda issuer: unsigned(
        {"alg": "ES256", "kid": "first", "b64": False, "crit": ["b64"]}, issuer.claims(), b"x" * 64
    ),
    "encrypted, five parts": lambda issuer: issuer.token() + ".a.b",
    "a part too many": lambda issuer: issuer.token() + ".x",
    "huge": lambda issuer: issuer.token(padding="x" * 9000),
    "a header nested thousands of times": lambda _: unsigned(b'{"alg":' + b"[" * 4000, {}),
    "a header with a number of 5,000 digits": lambda _: unsigned(b'{"alg":' + b"1" * 5000 + b"}", {}),
    "a header that is no object": lambda issuer: unsigned(b'"ES256"', issuer.claims()),
    "no base64": lambda _: "ä.ö.ü",
    "empty parts": lambda _: "..",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_token_is_nobodys(name: str) -> None:
    """Whatever is wrong with it, and nothing of it is fetched or said again."""
    issuer = FakeIssuer()
    service = Service(issuer)
    assert await service.status(issuer.token()) == 200
    token = HOSTILE[name](issuer)
    answer = await service.post(f"Bearer {token}")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert not any("evil" in url or ".." in url for url in issuer.fetched)
    assert "evil" not in answer.text
