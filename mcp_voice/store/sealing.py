"""How what people are asked and say is kept from whoever can read the store, if ``MCP_VOICE_STORE_KEY`` is set.

AES-256-GCM with random nonces. Each record has a key of its own (HKDF-SHA256 of the setting, RFC 5869), so that one key
never comes near the 2^32 nonces that NIST SP 800-38D, section 8.3, allows; what it is, and whose, is bound to it as
associated data. Names of subjects and rooms are hashed (``tags``) with or without a key, so they can be guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mcp_voice.errors import StoreError

__all__ = ["ONE_KEY", "PLAIN", "Plain", "Sealed", "Sealing", "sealing"]

PLAIN, SEALED = b"p", b"s"
"""What a record begins with."""
NONCE_BYTES = 12
DIGEST_DIGITS = 32
KEYS_KEPT = 2_048
SALT = b"mcp-voice store 1"
ONE_KEY = "Set the same MCP_VOICE_STORE_KEY in every process; data with another key expires by itself."


class Sealing(Protocol):
    """Makes of a text what is kept of it."""

    def seal(self, text: str, *, about: str) -> bytes:
        """What is kept; ``about`` says what it is, and whose."""

    def open(self, kept: bytes, *, about: str) -> str:
        """The text again; raises StoreError (``store-key``, or ``store`` where it is none)."""

    def digest(self, text: str) -> str:
        """Tells whether two texts are the same, and nothing else."""


class Plain:
    """Everything as it is."""

    def seal(self, text: str, *, about: str) -> bytes:  # noqa: ARG002 - of the protocol
        """See ``Sealing``."""
        return PLAIN + text.encode()

    def open(self, kept: bytes, *, about: str) -> str:  # noqa: ARG002 - of the protocol
        """See ``Sealing``."""
        if kept.startswith(SEALED):
            raise StoreError("The store's data is encrypted, and no key is set.", fix=ONE_KEY, code="store-key")
        return _text(kept, PLAIN)

    def digest(self, text: str) -> str:
        """See ``Sealing``."""
        return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]


class Sealed:
    """Encrypted, and bound to what it is about."""

    def __init__(self, secret: str) -> None:
        self._secret = HKDF(SHA256(), length=32, salt=SALT, info=b"").derive(secret.encode())
        self._digests = self._expanded("digests")
        self._cipher = lru_cache(KEYS_KEPT)(lambda about: AESGCM(self._expanded(about)))

    def seal(self, text: str, *, about: str) -> bytes:
        """See ``Sealing``."""
        nonce = os.urandom(NONCE_BYTES)
        return SEALED + nonce + self._cipher(about).encrypt(nonce, text.encode(), about.encode())

    def open(self, kept: bytes, *, about: str) -> str:
        """See ``Sealing``."""
        if not kept.startswith(SEALED):
            _text(kept, PLAIN)
            raise StoreError("The store's data is not encrypted, and a key is set.", fix=ONE_KEY, code="store-key")
        nonce, sealed = kept[1 : 1 + NONCE_BYTES], kept[1 + NONCE_BYTES :]
        try:
            return _text(PLAIN + self._cipher(about).decrypt(nonce, sealed, about.encode()), PLAIN)
        except (InvalidTag, ValueError):
            raise StoreError(
                "The store's data was encrypted with another key, or changed since.", fix=ONE_KEY, code="store-key"
            ) from None

    def digest(self, text: str) -> str:
        """See ``Sealing``."""
        return hmac.new(self._digests, text.encode(), hashlib.sha256).hexdigest()[:DIGEST_DIGITS]

    def _expanded(self, about: str) -> bytes:
        # HKDF's second step for a key as long as its hash (RFC 5869, section 2.3): its class takes eight times as long.
        return hmac.digest(self._secret, about.encode() + b"\x01", "sha256")


def sealing(secret: str) -> Sealing:
    """With this key; without one, everything is kept as it is."""
    return Sealed(secret) if secret else Plain()


def _text(kept: bytes, mark: bytes) -> str:
    try:
        if kept.startswith(mark):
            return kept[len(mark) :].decode()
    except UnicodeDecodeError:
        pass
    raise StoreError("This entry of the store was not written by mcp-voice.", fix="Give mcp-voice its own Redis.")
