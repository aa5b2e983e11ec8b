"""The signature of a request: what a webhook checks is what was sent, and nobody else gets one."""

from __future__ import annotations

import hmac
import logging
import re
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mcp_voice_agent.webhooks.client import webhook_client
from mcp_voice_agent.webhooks.signature import signature_headers
from mcp_voice_agent.webhooks.webhook import Method, Webhook
from testkit.agent_settings import bare_environment, given
from testkit.faults import status
from testkit.webhook_service import Received, WebhookService, webhook_service

pytestmark = pytest.mark.anyio

KEY = "a-key-of-the-operators"
HALF = "\ud83d"
ARGUMENTS = {"to": "zoë@example.com", "n": 1.0, "deep": {"a": [True, None]}, "sign": "a b&c=d/ü?", "half": HALF}


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WebhookService]:
    """The operator's webhooks."""
    bare_environment(monkeypatch)
    async with webhook_service() as started:
        yield started


async def call(service: WebhookService, webhook: Webhook, key: str = KEY, **arguments: Any) -> Received:
    """Call a webhook once; what it got."""
    async with webhook_client(given(webhook_url=service.url, webhook_signing_key=key)) as client:
        await client.call(webhook, arguments or ARGUMENTS)
    return service.received[-1] if service.received else Received("", "", {}, {}, None)


def verified(received: Received, key: str = KEY) -> bool:
    """As the documents tell others to check it."""
    timestamp = received.headers["x-signature-timestamp"]
    expected = "sha256=" + hmac.new(key.encode(), timestamp.encode() + b"." + received.sent, sha256).hexdigest()
    return hmac.compare_digest(expected, received.headers["x-signature"]) and abs(time.time() - int(timestamp)) < 300


def test_a_signature_is_hmac_sha256_of_time_and_body() -> None:
    """Reckoned by OpenSSL: printf '1700000000.{"a": 1}' | openssl dgst -sha256 -hmac a-key-of-the-operators."""
    assert signature_headers(KEY, b'{"a": 1}', timestamp=1_700_000_000) == {
        "X-Signature-Timestamp": "1700000000",
        "X-Signature": "sha256=b7c0e19a745b8259b5676f98bd9603024d47a4b256adfd2f04ceacd7b5a38479",
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_the_body_is_signed_as_it_is_sent(service: WebhookService, method: Method) -> None:
    """Another space in it would be another signature."""
    received = await call(service, Webhook("x", f"{service.url}/hook", "here", method=method))
    assert received.body == ARGUMENTS
    assert received.headers["content-type"] == "application/json"
    assert verified(received)
    assert not verified(received, "another-key-than-that")


async def test_with_get_the_query_is_signed_as_it_is_sent(service: WebhookService) -> None:
    """There is no body; what the address itself has is part of it."""
    webhook = Webhook("x", f"{service.url}/hook?fixed=1%2C2", "here", method="GET")
    received = await call(service, webhook, city="Zürich & Bern/Thun, 50% + 'x' ~", n=7)
    assert received.query == {"fixed": "1,2", "city": "Zürich & Bern/Thun, 50% + 'x' ~", "n": "7"}
    assert verified(received)


async def test_nobody_but_its_own_service_gets_a_signature(service: WebhookService) -> None:
    """With one in hand another service could send on what it was sent."""
    async with webhook_service() as other:
        await call(service, Webhook("x", f"{other.url}/hook", "here"))
        assert not [name for name in other.received[0].headers if name.startswith("x-signature")]


async def test_without_a_key_nothing_is_signed(service: WebhookService) -> None:
    """As it was before there were signatures."""
    received = await call(service, Webhook("x", f"{service.url}/hook", "here"), key="")
    assert not [name for name in received.headers if name.startswith("x-signature")]


async def test_the_key_is_never_logged(service: WebhookService, caplog: pytest.LogCaptureFixture) -> None:
    """Not even where everything is, and the call fails."""
    caplog.set_level(logging.DEBUG)
    with service.failing(status(401)), pytest.raises(Exception, match="refused"):
        await call(service, Webhook("x", f"{service.url}/hook", "here"))
    assert KEY not in caplog.text
    assert KEY not in repr(given(webhook_signing_key=KEY))


async def test_the_check_in_the_documents_works(service: WebhookService) -> None:
    """People copy it."""
    text = (Path(__file__).parents[3] / "agents" / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102  # It is ours.
    received = await call(service, Webhook("x", f"{service.url}/hook", "here"))
    assert names["is_ours"](KEY, received.headers, received.sent)
    assert not names["is_ours"](KEY, received.headers, received.sent + b" ")
    old = received.headers | signature_headers(KEY, received.sent, timestamp=int(time.time()) - 301)
    old = {name.lower(): value for name, value in old.items()}
    assert not names["is_ours"](KEY, old, received.sent)
