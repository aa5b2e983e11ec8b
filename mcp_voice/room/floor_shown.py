"""What we show other agents of our floor: attributes of our participant, renewed while there is anything to show."""

from __future__ import annotations

import time

import anyio
from livekit import rtc

from mcp_voice.floor_protocol import RENEW_SECONDS, FloorState, OpenQuestion
from mcp_voice.tasks import Bell

__all__ = ["Shown"]

ATTRIBUTE_SECONDS = 0.3
"""The answer to an update of attributes is sometimes lost when the session updates ``lk.agent.state`` beside it."""
ATTRIBUTE_ATTEMPTS = 3
SETTLE_SECONDS = 1.0
RELEASE_SECONDS = 0.3
"""How long leaving waits for those that held to be told of an answer; it takes a round trip."""


class Shown:
    """The attributes of one connection; ``run`` is the task that sets and renews them."""

    def __init__(self, connection: rtc.Room) -> None:
        self._connection = connection
        self._floors: list[str] = []
        """Ids of what has the floor, an ask and perhaps what is said while it listens; the first is shown."""
        self._question: OpenQuestion | None = None
        self._answered = ""
        self._changed = Bell()
        self._settled = Bell()
        self._is_settled = True
        self._is_over = False
        self._told = ""
        """The id of the ask whose answer has been told last."""

    @property
    def has_floor(self) -> bool:
        """Whether the floor is ours."""
        return bool(self._floors)

    @property
    def asks(self) -> bool:
        """Whether there is anything to show: the floor, or a question."""
        return self.has_floor or self._question is not None

    def take(self, name: str) -> None:
        """The floor is ours, for this ask or saying."""
        self._floors.append(name)
        self._change()

    def give_back(self, name: str) -> None:
        """This one does not need it any more."""
        if name in self._floors:
            self._floors.remove(name)
            self._change()

    def ask(self, question: OpenQuestion) -> None:
        """From now on what is said answers this ask."""
        self._question = question
        self._change()

    def answered(self, ask_id: str) -> None:
        """This ask has its answer; it is told with its end."""
        self._answered = ask_id

    def ask_no_more(self, ask_id: str) -> None:
        """This ask is over."""
        if self._question is not None and self._question.ask_id == ask_id:
            self._question = None
            self._change()

    async def settled(self) -> None:
        """Wait, for a limited time, until the others have been told."""
        with anyio.move_on_after(SETTLE_SECONDS):
            while not self._is_settled and not self._is_over:
                await self._settled.wait()

    async def end(self) -> None:
        """Before we leave: tell of an answer whose ask was not over yet; wait for that, at most 0.6 s.

        A command leaves as soon as it has its answer, and then ``run`` is cancelled before the ask's end is told. Of a
        question without an answer nothing is told: whoever sees us go knows that it was interrupted.
        """
        if self._told != self._answered and self._connection.isconnected():
            with anyio.move_on_after(RELEASE_SECONDS):
                while self._shows_answered:
                    await self._changed.wait()
            self.give_back(self._answered)
            self.ask_no_more(self._answered)
            with anyio.move_on_after(ATTRIBUTE_SECONDS):
                # LiveKit passes it on before it tells of our leaving.
                await self._connection.local_participant.set_attributes(self._state().written())
        self._is_over = True
        self._settled.ring()

    async def run(self) -> None:
        """Set the attributes at every change, and renew them in between."""
        while self._is_settled:
            await self._changed.wait()
        while True:
            change, told = self._changed.next, self._told if self._shows_answered else self._answered
            await self._set(self._state().written())
            self._told = told
            if not change.is_set():
                self._is_settled = True
                self._settled.ring()
            with anyio.move_on_after(RENEW_SECONDS if self.asks else float("inf")):
                await change.wait()

    @property
    def _shows_answered(self) -> bool:
        """Whether the ask that was answered last is still shown as open."""
        asked = self._question.ask_id if self._question is not None else ""
        return self._answered in (asked, *self._floors)

    def _state(self) -> FloorState:
        return FloorState(
            floor=self._floors[0] if self._floors else "",
            question=self._question,
            renewed=f"{time.time():.3f}" if self.asks else "",
            answered=self._answered,
        )

    def _change(self) -> None:
        self._is_settled = False
        self._changed.ring()

    async def _set(self, attributes: dict[str, str]) -> None:
        for _ in range(ATTRIBUTE_ATTEMPTS):
            with anyio.move_on_after(ATTRIBUTE_SECONDS):
                await self._connection.local_participant.set_attributes(attributes)
                return
