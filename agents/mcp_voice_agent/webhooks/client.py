"""Calling webhooks over HTTP: bounded in time and size, and repeated only where that can do no harm."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import anyio
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random
from yarl import URL

from mcp_voice.outside_faults.webhooks import WEBHOOK, WEBHOOK_REFUSED
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks.signature import signature_headers
from mcp_voice_agent.webhooks.verdict import failed, unmet
from mcp_voice_agent.webhooks.webhook import Webhook, WebhookFault

__all__ = ["WebhookClient", "webhook_client"]

ATTEMPTS = 3
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 2.0
KEY_HEADER = "Idempotency-Key"
"""https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/"""
OK = range(200, 300)
REDIRECTS = range(300, 400)
TOO_MANY = 429
BROKEN = 500


class WebhookClient:
    """One session's connections to its webhooks."""

    def __init__(self, http: aiohttp.ClientSession, settings: AgentSettings) -> None:
        self._http = http
        self._longest = settings.webhook_bytes
        self._home = _origin(settings.webhook_url)
        secret = settings.webhook_secret.get_secret_value()
        self._secret = {settings.webhook_header: secret} if secret else {}
        self._signing_key = settings.webhook_signing_key.get_secret_value()

    async def call(self, webhook: Webhook, arguments: Mapping[str, Any], *, key: str = "") -> Any:
        """Send the arguments and return the JSON answer, None for an empty one.

        Args:
            webhook: What to call. If it reads, it is tried three times at most, with growing pauses.
            arguments: JSON values by name; the body, or with GET the query.
            key: Under which the service can see that it has done this before. Empty: no such header.

        Raises:
            WebhookFault: It could not be reached, refused, took too long, or answered with what is no JSON, too long or
                says that it failed.
        """
        attempts = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS if webhook.reads else 1),
            wait=wait_exponential(FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS) + wait_random(0, FIRST_WAIT_SECONDS),
            retry=retry_if_exception(_passing),
            reraise=True,
        )
        try:
            with anyio.fail_after(webhook.seconds):
                return await attempts(self._once, webhook, arguments, key)
        except TimeoutError:
            raise WebhookFault.of(WEBHOOK["late"].filled(seconds=webhook.seconds), in_doubt=True) from None

    async def _once(self, webhook: Webhook, arguments: Mapping[str, Any], key: str) -> Any:
        url, body, signed = _sent(webhook, arguments)
        headers = self._proofs(webhook, signed) | ({KEY_HEADER: key} if key else {})
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with self._http.request(
                webhook.method, url, data=body, headers=headers, allow_redirects=False
            ) as response:
                _check_status(response.status)
                return _checked(webhook, _parsed(await self._body(response)))
        except aiohttp.ClientConnectorError as error:
            raise WebhookFault.of(WEBHOOK["unreachable"].filled(why=type(error).__name__), passing=True) from None
        except (aiohttp.ClientError, OSError) as error:
            row = WEBHOOK["broken"].filled(why=type(error).__name__)
            raise WebhookFault.of(row, passing=True, in_doubt=True) from None

    def _proofs(self, webhook: Webhook, signed: bytes) -> dict[str, str]:
        """The secret and the signature, for the one service that they were set for, whatever else is declared."""
        if _origin(webhook.url) != self._home:
            return {}
        if not self._signing_key:
            return dict(self._secret)
        return self._secret | signature_headers(self._signing_key, signed, timestamp=int(time.time()))

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > self._longest:
                raise WebhookFault.of(WEBHOOK["large"].filled(most=self._longest), in_doubt=True)
        return bytes(body)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _sent(webhook: Webhook, arguments: Mapping[str, Any]) -> tuple[URL, bytes | None, bytes]:
    """Address, body, and what of them is signed, to the byte as they are sent."""
    url = URL(webhook.url)
    if webhook.method == "GET":
        url = url.extend_query(_query(arguments))
        return url, None, url.raw_query_string.encode()
    body = json.dumps(arguments).encode()
    return url, body, body


def _query(arguments: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in arguments.items()}


def _passing(error: BaseException) -> bool:
    return isinstance(error, WebhookFault) and error.passing


def _check_status(status: int) -> None:
    if status in OK:
        return
    if status in REDIRECTS:
        raise WebhookFault.of(WEBHOOK["redirect"].filled(status=status))
    if status < BROKEN:
        row = WEBHOOK["refused"].filled(status=status, advice=WEBHOOK_REFUSED.get(status, ""))
        raise WebhookFault.of(row, passing=status == TOO_MANY)
    raise WebhookFault.of(WEBHOOK["failed"].filled(status=status), passing=True, in_doubt=True)


def _parsed(body: bytes) -> Any:
    """The answer, if it is JSON; None for an empty one."""
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise WebhookFault.of(WEBHOOK["unreadable"], in_doubt=True) from None


def _checked(webhook: Webhook, answer: Any) -> Any:
    """The answer, if it does not itself say that it failed."""
    declared = webhook.ok_when is not None
    fault = unmet(answer, webhook.ok_when or {}) if declared else failed(answer, reads=webhook.reads)
    if fault:
        row = WEBHOOK["unmet" if declared else "says"].filled(field=fault.field)
        raise WebhookFault.of(row, in_doubt=fault.in_doubt)
    return answer


@asynccontextmanager
async def webhook_client(settings: AgentSettings) -> AsyncIterator[WebhookClient]:
    """Keep connections while the block lasts."""
    async with aiohttp.ClientSession(
        # Each call has its own limit; cookies would tie one caller's request to another's.
        timeout=aiohttp.ClientTimeout(total=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept": "application/json"},
    ) as http:
        yield WebhookClient(http, settings)
