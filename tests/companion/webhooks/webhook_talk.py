"""Who a conversation with tools talks to: a language model's server and an operator's webhooks, as fixtures."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from testkit.agent_settings import bare_environment
from testkit.chat_model import Call
from testkit.openai_server import OpenAIServer, openai_server
from testkit.tool_talk import Talk
from testkit.webhook_service import WebhookService, webhook_service

__all__ = ["CONFIRM", "SORRY", "Converse", "bare", "server", "service"]

CONFIRM = Call("confirm_action")
SORRY = "I am sorry, that did not work just now."

Converse = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is set but what a test sets."""
    bare_environment(monkeypatch)
    caplog.set_level(logging.INFO)


@pytest.fixture
async def service() -> AsyncIterator[WebhookService]:
    """The operator's webhooks."""
    async with webhook_service() as started:
        yield started


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    """The language model's server."""
    async with openai_server() as started:
        yield started
