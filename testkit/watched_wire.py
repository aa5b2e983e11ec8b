"""Somebody's HTTP to an MCP server, of which all that was sent and all that came back is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category
from urllib.parse import unquote
from uuid import uuid4

import httpx2

__all__ = ["LIMIT", "Exchange", "Wire", "answer_in"]

LIMIT = 20.0
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2025-06-18",
}

SHOWN = {"Cc": " ", "Zl": " ", "Zp": " ", "Zs": " "}
"""Of what cannot be printed, the kinds that part two words."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, with its address and headers, and the whole answer to it."""

    sent: str
    received: str

    def shows(self, secret: str) -> bool:
        """Whether it stands in the answer, and not in the request: what somebody says may be said of again."""
        return _has(self.received, secret) and not _has(self.sent, secret)


def _has(text: str, secret: str) -> bool:
    """In any case; a short name is part of many a word, so only where it stands alone."""
    alone = rf"(?<![a-z0-9]){re.escape(secret)}(?![a-z0-9])"
    return re.search(alone, _plain(text), re.IGNORECASE) is not None


def _plain(text: str) -> str:
    """Without the escapes of JSON and of addresses, and without characters that nobody sees."""
    spelt = re.sub(r"\\+u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), unquote(text), flags=re.IGNORECASE)
    parts = re.split(r"\\+[bfnrt]", spelt)
    return " ".join(
        "".join(each if each.isprintable() else SHOWN.get(category(each), "") for each in part) for part in parts
    )


@dataclass
class Wire:
    """Somebody's HTTP, request by request."""

    url: str
    token: str
    seen: list[Exchange] = field(default_factory=list)
    http: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(timeout=LIMIT))

    async def send(
        self,
        body: Any,
        headers: Mapping[str, str] | None = None,
        *,
        path: str = "",
        method: str = "POST",
        query: str = "",
    ) -> httpx2.Response:
        """A request with this body, as JSON unless it is bytes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = (self.url.removesuffix("/mcp") + path if path else self.url) + query
        own = {**HEADERS, "Authorization": f"Bearer {self.token}", **(headers or {})}
        answer = await self.http.request(method, url, headers=own, content=content)
        self.seen.append(
            Exchange(
                "\n".join([url, *_lines(own), content.decode(errors="replace")]),
                "\n".join([*_lines(answer.headers), answer.text]),
            )
        )
        return answer

    async def rpc(self, method: str, params: Any = None, **more: Any) -> dict[str, Any]:
        """A method of MCP; its answer, with the result or the error."""
        body = {"jsonrpc": "2.0", "id": uuid4().hex, "method": method, "params": params or {}}
        return answer_in((await self.send(body, **more)).text)

    async def tool(self, name: str, meta: Any = None, /, **arguments: Any) -> Any:
        """A call of a tool: what the model sees of it."""
        params = {"name": name, "arguments": arguments, **({"_meta": meta} if meta else {})}
        return (await self.rpc("tools/call", params)).get("result", {})

    def showing(self, secret: str) -> list[Exchange]:
        """The exchanges that show it."""
        return [each for each in self.seen if each.shows(secret)]


def _lines(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


def answer_in(text: str) -> dict[str, Any]:
    """The response in a body: JSON, or the last event of a stream."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith(("data: ", "{"))]
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return found
