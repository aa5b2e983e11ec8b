"""The conversation of one session of the tests' Realtime server: its items, as the client sees and changes them."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from testkit.chat_model import Message

__all__ = ["Event", "Items", "new_id"]

Event = dict[str, Any]


class Items:
    """The items in their order; the sound of one is kept as its words."""

    def __init__(
        self, tell: Callable[..., Awaitable[None]], fail: Callable[[Event, str, str], Awaitable[None]]
    ) -> None:
        self.all: list[Event] = []
        self._tell, self._fail = tell, fail

    @property
    def last(self) -> str | None:
        """The id of the last one."""
        return self.all[-1]["id"] if self.all else None

    async def insert(self, item: Event, previous: str | None) -> None:
        """Put an item behind another, or first of all."""
        places = [each["id"] for each in self.all]
        self.all.insert(places.index(previous) + 1 if previous in places else 0, item)
        shown = [{name: value for name, value in part.items() if name != "words"} for part in item.get("content", [])]
        told = {**item, "content": shown} if "content" in item else item
        await self._tell("conversation.item.added", previous_item_id=previous, item=told)
        await self._tell("conversation.item.done", previous_item_id=previous, item=told)

    async def create(self, event: Event) -> None:
        """Obey ``conversation.item.create``."""
        item = {"id": new_id("item"), **event["item"]}
        previous = event.get("previous_item_id") or self.last
        if self._find(item["id"]):
            await self._fail(event, "item_create_duplicate_item_id", "There is such an item.")
        elif previous not in (None, "root") and not self._find(previous):
            await self._fail(event, "item_create_invalid_previous_item_id", "There is no such previous item.")
        else:
            await self.insert(item, None if previous == "root" else previous)

    async def delete(self, event: Event) -> None:
        """Obey ``conversation.item.delete``."""
        found = self._find(event["item_id"])
        if found is None:
            await self._fail(event, "item_delete_invalid_item_id", "There is no such item.")
        else:
            self.all.remove(found)
            await self._tell("conversation.item.deleted", item_id=event["item_id"])

    async def truncate(self, event: Event) -> None:
        """Obey ``conversation.item.truncate``: what nobody heard was not said."""
        found = self._find(event["item_id"])
        if found is None:
            await self._fail(event, "item_truncate_invalid_item_id", "There is no such item.")
            return
        said = found["content"][0]["transcript"]
        heard = event["audio_end_ms"] / 1000 / max(0.001, found["seconds"])
        found["content"][0]["transcript"] = said[: round(len(said) * heard)]
        place = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        await self._tell("conversation.item.truncated", **place)

    def messages(self) -> list[Message]:
        """The conversation as a chat model is asked."""
        return [_message(each) for each in self.all]

    def _find(self, item_id: str) -> Event | None:
        return next((each for each in self.all if each["id"] == item_id), None)


def _message(item: Event) -> Message:
    if item["type"] == "function_call":
        function = {"name": item["name"], "arguments": item["arguments"]}
        return {"role": "assistant", "tool_calls": [{"id": item["call_id"], "type": "function", "function": function}]}
    if item["type"] == "function_call_output":
        return {"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]}
    texts = [part.get("words") or part.get("transcript") or part.get("text") or "" for part in item["content"]]
    return {"role": item["role"], "content": " ".join(texts).strip()}


def new_id(kind: str) -> str:
    """An id that nobody else has."""
    return f"{kind}_{uuid.uuid4().hex[:12]}"
