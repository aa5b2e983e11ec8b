"""What one subject tries by ids of asks, and by asking: to see another's, to end it, or to be taken for its caller."""

from __future__ import annotations

import json
from typing import Any

from mcp_voice.store.redis_users import PREFIX
from mcp_voice.store.tags import tag
from testkit.two_teams import SHARED, Secrets
from testkit.watched_wire import Wire

__all__ = ["full", "ids", "is_there_one", "keys", "near", "same_call", "same_question"]

NOBODYS = "ask-0123456789"
"""An id under which nothing is kept."""


async def ids(sales: Wire, tool: str, *ask_ids: Any) -> None:
    """Give an id that is not its own; each is an error."""
    for ask_id in ask_ids:
        result = await sales.tool(tool, ask_id=ask_id, **({"wait_seconds": 0} if tool == "wait_for_reply" else {}))
        assert result.get("isError", True), result


def near(ask_id: str) -> list[str]:
    """Ids of which one may be the next."""
    return [f"{ask_id[:-1]}{digit}" for digit in "0123456789abcdef"]


async def is_there_one(sales: Wire, ops: Secrets) -> None:
    """Learn by the error whether there is such an ask: it is the same as of one that nobody has asked."""
    for tool in ("wait_for_reply", "cancel_ask"):
        told = [
            json.dumps(await sales.tool(tool, ask_id=each)).replace(each, "ID")
            for each in (NOBODYS, ops.answered, ops.in_shared, ops.pending)
        ]
        assert "No ask is kept under 'ID'" in told[0]
        assert told == [told[0]] * len(told)


def keys(ops: Secrets) -> list[str]:
    """Ids that a store may take for the key of another's ask, or for more than one word of a command."""
    whose = f"{PREFIX}{{{tag('ops')}}}:r:"
    return [
        f"{whose}{ops.answered}",
        f"}}:{tag('ops')}:r:{ops.answered}",
        f"../{{{tag('ops')}}}:r:{ops.answered}",
        f"{ops.answered}\r\nGET {whose}{ops.answered}",
        f"{ops.answered} {ops.pending}",
        f"r:{ops.answered}",
        f"{{{tag('ops')}}}",
    ]


async def same_question(sales: Wire, ops: Secrets) -> None:
    """Ask what the other asks, where both may."""
    result = await sales.tool("ask_in_room", question=ops.open_question, room_name=SHARED, wait_seconds=0)
    assert result["structuredContent"]["ask_id"] not in (ops.pending, ops.answered)
    await sales.tool("cancel_ask", ask_id=result["structuredContent"]["ask_id"])


async def same_call(sales: Wire, ops: Secrets) -> None:
    """Make the other's call."""
    meta = {"claudecode/toolUseId": ops.tool_use_id}
    result = await sales.tool("ask_in_room", meta, question="Hello?", room_name="sales-desk", wait_seconds=0)
    await sales.tool("cancel_ask", ask_id=result["structuredContent"]["ask_id"])


async def full(sales: Wire, _: Secrets) -> None:
    """Until no more can be open, where the error names those that are."""
    asked = [
        await sales.tool("ask_in_room", question=f"Number {number}?", room_name=SHARED, wait_seconds=0)
        for number in range(21)
    ]
    assert "questions are open" in json.dumps(asked[-1])
    assert sum("structuredContent" in each for each in asked) == 20, asked
    for each in asked:
        if "structuredContent" in each:
            await sales.tool("cancel_ask", ask_id=each["structuredContent"]["ask_id"])
