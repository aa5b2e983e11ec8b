"""A server's list of tools, cut before the SDK checks it: what it does with tens of thousands holds up the voice."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCResponse

__all__ = ["MOST_LISTED", "TrimmedMessages"]

MOST_LISTED = 500
"""Tools of one server that are looked at."""
UNUSED = ("outputSchema", "icons", "_meta", "execution")


class TrimmedMessages:
    """What the SDK reads from a server, with at most so many tools in a message, without what nobody looks at."""

    def __init__(self, messages: Any) -> None:
        self._messages = messages

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messages, name)

    def __aiter__(self) -> TrimmedMessages:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        return _trimmed(await self._messages.__anext__())

    async def __aenter__(self) -> Self:
        await self._messages.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        left: bool | None = await self._messages.__aexit__(kind, error, trace)
        return left


def _trimmed(item: SessionMessage | Exception) -> SessionMessage | Exception:
    message = item.message if isinstance(item, SessionMessage) else None
    if isinstance(message, JSONRPCResponse) and isinstance(tools := message.result.get("tools"), list):
        del tools[MOST_LISTED:]
        for tool in tools:
            if isinstance(tool, dict):
                for name in UNUSED:
                    tool.pop(name, None)
    return item
