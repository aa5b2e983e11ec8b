"""What humans type on ``lk.chat``, and the keys that they press: turns like those that are spoken, whoever it is."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup
from livekit import rtc

from mcp_voice.bounds.rate_limit import Limit, RateLimit
from mcp_voice.link import Typed
from mcp_voice.redaction import fault_place
from mcp_voice.room.chat import CHAT_TOPIC, Chat
from mcp_voice.room.events import HUMAN_KINDS
from mcp_voice.room.livekit_events import handling
from mcp_voice.tasks import Bell, owned_tasks
from mcp_voice.texts.foreign import printable
from mcp_voice_agent.conversation.keypad import Keypad
from mcp_voice_agent.conversation.typed_turns import LONGEST_TURN, TypedTurns

__all__ = ["EARLY_SECONDS", "TURNS", "Typing", "typing"]

log = logging.getLogger(__name__)

TURNS = Limit(burst=8, per_second=0.5)
"""Turns that one participant may type or press; each may cost an answer."""
KEYSTROKES = Limit(burst=64, per_second=20)
EARLY_SECONDS = 5.0
"""LiveKit shows somebody who publishes nothing up to 3 s after they have come; what they write is there before."""
MOST_EARLY = 20
LATE_SECONDS = 5.0
"""What somebody has written, or pressed, may be whole only when LiveKit has told that they left."""
MOST_LATE = 20
LOOK_SECONDS = 0.1
"""Between two looks whether it is time for words that wait."""

TakeTurn = Callable[[str, str], Awaitable[None]]
"""Takes a turn: the identity of a human, and the words."""
RoomFloor = Callable[[], tuple[str, bool]]
"""Tells whom we listen to, and whether they speak or are being answered."""


class Typing:
    """LiveKit's events in, turns out; of agents there are none."""

    def __init__(self, room: rtc.Room, tasks: TaskGroup, *, muted: Callable[[], bool] = lambda: False) -> None:
        """``muted`` tells whether another agent has the floor: what comes then is for that."""
        self._room = room
        self._muted = muted
        self._turns = TypedTurns()
        self._typed = Bell()
        self._within_share = RateLimit(TURNS)
        self._keystrokes = RateLimit(KEYSTROKES)
        self._keypad = Keypad()
        self._pressed = Bell()
        self._early: list[tuple[str, str, float]] = []
        """Messages of people whom LiveKit does not show yet, oldest first."""
        self._left_at: dict[str, float] = {}
        """Humans who have just left."""
        self.chat = Chat(self.on_message, tasks)

    def on_message(self, message: Typed) -> None:
        """Somebody has sent a message."""
        text = printable(message.text[:LONGEST_TURN]).strip()
        if text and (message.identity in self._room.remote_participants or self._is_human(message.identity)):
            self._put(message.identity, text, message.at)
        elif text:
            self._early = [*self._early, (message.identity, text, message.at)][-MOST_EARLY:]

    def on_arrival(self, participant: rtc.RemoteParticipant) -> None:
        """Somebody is there now: take what they have written before."""
        now, early = time.monotonic(), self._early
        self._early = [each for each in early if each[0] != participant.identity]
        for identity, text, at in early:
            if identity == participant.identity and now - at < EARLY_SECONDS:
                self._put(identity, text, at)

    def on_leaving(self, participant: rtc.RemoteParticipant) -> None:
        """Somebody has left: what they have written or pressed is theirs all the same."""
        now = time.monotonic()
        self._left_at.pop(participant.identity, None)
        if participant.kind in HUMAN_KINDS:
            self._left_at[participant.identity] = now
        recent = [(identity, at) for identity, at in self._left_at.items() if now - at < LATE_SECONDS]
        self._left_at = dict(recent[-MOST_LATE:])

    def on_key(self, key: rtc.SipDTMF) -> None:
        """Somebody has pressed a key; LiveKit knows nobody until they are visible."""
        now = time.monotonic()
        if key.participant is not None and self._keystrokes.allows(key.participant.identity, now):
            if words := self._keypad.press(key.participant.identity, key.digit, now):
                self._put(key.participant.identity, words, now)
            self._pressed.ring()

    async def end_pauses(self) -> None:
        """Take for a turn the keys after which none has come for a while, until cancelled."""
        while True:
            pressed = self._pressed.next
            now = time.monotonic()
            for identity, words in self._keypad.due(now).items():
                self._put(identity, words, now)
            with anyio.move_on_after(max(0.0, self._keypad.due_in(now))):
                await pressed.wait()

    def _put(self, identity: str, words: str, now: float) -> None:
        if self._muted() or not self._is_human(identity):
            return
        if self._within_share.allows(identity, now) and self._turns.put(identity, words, now):
            self._typed.ring()
        else:
            log.info("a message was dropped: too many at once")

    def _is_human(self, identity: str) -> bool:
        participant = self._room.remote_participants.get(identity)
        if participant is None:
            return time.monotonic() - self._left_at.get(identity, float("-inf")) < LATE_SECONDS
        return participant.kind in HUMAN_KINDS

    async def take_all(self, take: TakeTurn, floor: RoomFloor) -> None:
        """Have each turn taken when it is time, one after the other, until cancelled."""
        while True:
            typed = self._typed.next
            partner, busy = floor()
            turn = None if self._muted() else self._turns.take(time.monotonic(), partner=partner, busy=busy)
            if turn is None:
                with anyio.move_on_after(LOOK_SECONDS if self._turns else None):
                    await typed.wait()
                continue
            try:
                await take(*turn)
            except Exception as error:  # noqa: BLE001  # one message must not end the conversation
                log.error("a message was dropped: %s", fault_place(error))  # noqa: TRY400  # a traceback quotes it


@asynccontextmanager
async def typing(room: rtc.Room, take: TakeTurn, floor: RoomFloor, muted: Callable[[], bool]) -> AsyncIterator[None]:
    """Have each turn that is typed or pressed taken, one after the other, while the block lasts.

    While ``muted`` says that another agent has the floor, none is: what comes then is for that one.
    """
    async with owned_tasks() as tasks:
        listening = Typing(room, tasks, muted=muted)
        tasks.start_soon(listening.take_all, take, floor)
        tasks.start_soon(listening.end_pauses)
        room.register_text_stream_handler(CHAT_TOPIC, listening.chat.on_stream)
        try:
            with handling(
                room,
                sip_dtmf_received=listening.on_key,
                participant_connected=listening.on_arrival,
                participant_disconnected=listening.on_leaving,
            ):
                yield
        finally:
            room.unregister_text_stream_handler(CHAT_TOPIC)
            tasks.cancel_scope.cancel()
