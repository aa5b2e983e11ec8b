"""A language model for Claude Code, on the loopback: it calls the tool that it is told to, then repeats its result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

__all__ = ["AnthropicStub"]

CALL = "toolu_stub_1"


class AnthropicStub:
    """The messages API, as much of it as Claude Code needs; an ASGI application."""

    def __init__(self, tool: str, arguments: dict[str, Any]) -> None:
        self.results: list[str] = []
        """What came back of the tool."""
        self.offered: set[str] = set()
        """The tools that the model was told of."""
        self._tool = tool
        self._arguments = arguments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        body = json.loads(await request.body() or b"{}")
        if not scope["path"].endswith("/messages"):
            await JSONResponse({"input_tokens": 1})(scope, receive, send)
            return
        block = self._next(body)
        if body.get("stream"):
            written = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in _events(block))
            await Response(written, media_type="text/event-stream")(scope, receive, send)
        else:
            await JSONResponse({**_message(block), "content": [block]})(scope, receive, send)

    def _next(self, body: dict[str, Any]) -> dict[str, Any]:
        self.offered |= {tool["name"] for tool in body.get("tools", [])}
        blocks = [block for message in body.get("messages", []) for block in _blocks(message)]
        done = [json.dumps(block["content"]) for block in blocks if block.get("tool_use_id") == CALL]
        if done:
            self.results.append(done[-1])
            return {"type": "text", "text": f"It says: {done[-1]}"}
        if body.get("tools"):
            return {"type": "tool_use", "id": CALL, "name": self._tool, "input": self._arguments}
        return {"type": "text", "text": "Yes."}


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content")
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _message(block: dict[str, Any]) -> dict[str, Any]:
    reason = "tool_use" if block["type"] == "tool_use" else "end_turn"
    usage = {"input_tokens": 1, "output_tokens": 1}
    kind = {"id": "msg_1", "type": "message", "role": "assistant", "model": "stub", "stop_sequence": None}
    return {**kind, "stop_reason": reason, "usage": usage}


def _events(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    message = _message(block)
    yield {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    begun: dict[str, Any]
    delta: dict[str, Any]
    if block["type"] == "text":
        begun, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
    else:
        begun, delta = {**block, "input": {}}, {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    yield {"type": "content_block_start", "index": 0, "content_block": begun}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 1}}
    yield {"type": "message_stop"}
