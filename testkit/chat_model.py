"""A language model for the tests: chat completions, whole or streamed, said by a function of the test."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Call", "Message", "Reply", "completion", "echo", "whole_completion"]

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """What the model says next: words, or the call of a tool."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


Reply = Callable[[list[Message]], str | Call]
"""From the conversation so far to what is said next."""


def text_of(message: Message) -> str:
    """The words of a message, whose content may be a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content)


def echo(messages: list[Message]) -> str:
    """Say back what the human said last."""
    said = [text_of(message) for message in messages if message["role"] == "user"]
    return f"You said: {said[-1]}" if said else "Hello."


def whole_completion(model: str, said: str | Call) -> bytes:
    """One answer as JSON, for a client that does not want a stream."""
    common = _common(model, "chat.completion")
    message: dict[str, Any] = {"role": "assistant", "content": None}
    if isinstance(said, Call):
        message["tool_calls"] = [{"id": common["id"], "type": "function", "function": _function(said)}]
    else:
        message["content"] = said
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    choice = {"index": 0, "message": message, "finish_reason": _ended(said)}
    return json.dumps({**common, "choices": [choice], "usage": usage}).encode()


def completion(model: str, said: str | Call) -> bytes:
    """The server-sent events of one answer, word by word."""
    common = _common(model, "chat.completion.chunk")
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if isinstance(said, Call):
        deltas.append(
            {"tool_calls": [{"index": 0, "id": common["id"], "type": "function", "function": _function(said)}]}
        )
    else:
        deltas += [{"content": f"{word} "} for word in said.split()]
    chunks = [{**common, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({**common, "choices": [{"index": 0, "delta": {}, "finish_reason": _ended(said)}]})
    usage = {"prompt_tokens": 1, "completion_tokens": len(deltas), "total_tokens": len(deltas) + 1}
    chunks.append({**common, "choices": [], "usage": usage})
    return b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks) + b"data: [DONE]\n\n"


def _common(model: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex[:8]}", "object": kind, "created": 0, "model": model}


def _function(call: Call) -> dict[str, str]:
    return {"name": call.name, "arguments": json.dumps(call.arguments)}


def _ended(said: str | Call) -> str:
    return "tool_calls" if isinstance(said, Call) else "stop"
