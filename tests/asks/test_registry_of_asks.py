"""Asks open at once: limited with a clear error, and found without looking at all of them."""

from __future__ import annotations

import pytest

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.registry import Registry
from mcp_voice.bounds.limits import MOST_OPEN, MOST_OPEN_IN_ROOM
from mcp_voice.errors import BadInput, UnknownAsk
from mcp_voice.participants import Target

pytestmark = pytest.mark.anyio


def opened(registry: Registry, question: str, room_name: str = "kitchen") -> Ask:
    """A new ask in the registry."""
    ask = Ask(question, Target(room_name=room_name))
    registry.add(ask)
    return ask


def filled() -> tuple[Registry, list[Ask]]:
    """A registry in which no further ask can be opened."""
    registry = Registry(keep_seconds=3600.0)
    return registry, [opened(registry, f"Question {number}?", f"room {number // 10}") for number in range(MOST_OPEN)]


async def test_the_101st_open_ask_is_refused_and_one_that_ends_makes_room() -> None:
    """The error names open ones and says what to do."""
    registry, asks = filled()
    assert len(asks) == 100
    with pytest.raises(BadInput, match=r"100 questions are open.*wait_for_reply or cancel_ask.*ask-"):
        opened(registry, "One more?", "attic")
    asks[3].cancelled()
    registry.close(asks[3])
    opened(registry, "One more?", "attic")


async def test_one_room_does_not_take_all_of_them() -> None:
    """The 21st in a room is refused, and another room is not."""
    registry = Registry(keep_seconds=3600.0)
    for number in range(MOST_OPEN_IN_ROOM):
        opened(registry, f"Question {number}?")
    with pytest.raises(BadInput, match="20 questions are open in room 'kitchen'"):
        opened(registry, "One more?")
    opened(registry, "One more?", "hall")


async def test_a_refused_ask_is_not_kept() -> None:
    """Nobody finds it, and its question does not count as open."""
    registry, _ = filled()
    refused = Ask("One more?", Target(room_name="attic"))
    with pytest.raises(BadInput):
        registry.add(refused)
    assert registry.repeated("One more?", Target(room_name="attic"), "") is None
    with pytest.raises(UnknownAsk):
        registry.get(refused.id)


async def test_an_ask_is_looked_up_without_looking_at_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """By id, by question and by call, with 100 open and 1,500 over: none but the one that is meant is looked at."""
    registry, _ = filled()
    for number in range(1_500):
        over = Ask(f"Past {number}?", Target(room_name="cellar"))
        registry._asks[over.id] = over
        over.cancelled()
        registry.close(over)
    looks: list[Ask] = []

    def looked(ask: Ask) -> bool:
        looks.append(ask)
        return ask.outcome is None

    monkeypatch.setattr(Ask, "is_open", property(looked))
    monkeypatch.setattr(Registry, "__iter__", None)
    found = registry.repeated("question 42", Target(room_name="room 4"), "")
    assert found is not None
    assert registry.repeated("Question 42?", Target(), "") is found
    assert registry.get(found.id) is found
    assert registry.repeated("Nothing like it?", Target(room_name="room 4"), "call") is None
    assert looks == [found, found]


async def test_what_is_over_is_forgotten_and_what_is_open_never(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ended since."""
    registry = Registry(keep_seconds=3600.0)
    still = opened(registry, "Still open?")
    for number in range(2_500):
        past = opened(registry, f"Past {number}?", "hall")
        past.cancelled()
        registry.close(past)
    assert registry.get(still.id) is still
    assert len(registry._asks) <= 2_001
    assert not registry._rooms.get("hall")
    assert len(registry._questions) == 2
