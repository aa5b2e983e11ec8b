"""The floor of a room without LiveKit; satisfies ``link.Floor``."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["FakeFloor"]


class FakeFloor:
    """Notes whom an ask was put to, in ``asking``, gives itself back, out of ``holding``, and notes replies."""

    def __init__(self, name: str, asking: dict[str, str], holding: list[str], replies: list[tuple[str, str]]) -> None:
        self._name = name
        self._asking = asking
        self._holding = holding
        self._replies = replies

    def show_question(
        self, participant: str, *, question: str = "", choices: Sequence[str] = (), seconds: float = 0.0
    ) -> None:
        """Note who is asked."""
        self._asking[self._name] = participant

    def give_back(self) -> None:
        """Others may speak."""
        if self._name in self._holding:
            self._holding.remove(self._name)

    def end(self) -> None:
        """Nothing is asked any more."""
        self.give_back()
        self._asking.pop(self._name, None)

    def conclude(self, *, question: str, reply: str, identity: str) -> None:
        """Note the reply that those who hold would be told of."""
        self._replies.append((identity, reply))
