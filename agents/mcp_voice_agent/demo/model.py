"""A script on the loopback that speaks OpenAI's chat completions, where there is no language model."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
from aiohttp import web

from mcp_voice_agent.demo.script import ChatMessage

__all__ = ["MODEL", "scripted_model"]

HOST = "127.0.0.1"
MODEL = "script"
CLOSE_SECONDS = 2.0


@asynccontextmanager
async def scripted_model(answer: Callable[[Sequence[ChatMessage]], str]) -> AsyncIterator[str]:
    """Serve what ``answer`` says to the messages so far, streamed word by word; gives the base URL."""

    async def complete(request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for chunk in _chunks(answer(asked["messages"])):
            await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_SECONDS)
    try:
        await runner.setup()
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        yield f"http://{HOST}:{runner.addresses[0][1]}/v1"
    finally:
        with anyio.move_on_after(2 * CLOSE_SECONDS, shield=True):
            await runner.cleanup()


def _chunks(text: str) -> list[dict[str, Any]]:
    common = {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": "chat.completion.chunk", "created": 0, "model": MODEL}
    words = [{"role": "assistant", "content": ""}, *({"content": f"{word} "} for word in text.split())]
    spoken = [{**common, "choices": [{"index": 0, "delta": word, "finish_reason": None}]} for word in words]
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    return [
        *spoken,
        {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {**common, "choices": [], "usage": usage},
    ]
