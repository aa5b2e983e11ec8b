"""A signature of each request, by which a webhook can see that it came from here and is not an old one sent again."""

from __future__ import annotations

import hmac
from hashlib import sha256

__all__ = ["signature_headers"]

TIMESTAMP_HEADER = "X-Signature-Timestamp"
SIGNATURE_HEADER = "X-Signature"


def signature_headers(key: str, payload: bytes, *, timestamp: int) -> dict[str, str]:
    """The headers of a request.

    Args:
        key: What both sides know, as UTF-8.
        payload: The body as it is sent; with GET the query as it is sent, without its question mark.
        timestamp: Unix time in seconds; it is signed, too, so that nobody can make an old request a new one.
    """
    digest = hmac.new(key.encode(), b"%d." % timestamp + payload, sha256).hexdigest()
    return {TIMESTAMP_HEADER: str(timestamp), SIGNATURE_HEADER: f"sha256={digest}"}
