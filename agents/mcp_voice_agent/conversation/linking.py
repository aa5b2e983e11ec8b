"""Everybody in a room and the one session: whose words it hears, and whose each turn is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from livekit import rtc
from livekit.agents import AgentSession, ConversationItemAddedEvent, llm

from mcp_voice.room.events import HUMAN_KINDS
from mcp_voice.texts.foreign import shown
from mcp_voice_agent.conversation.partner import Partner
from mcp_voice_agent.conversation.room_audio import RoomAudio
from mcp_voice_agent.learned import REPORTED, SPEAKER

__all__ = ["Linking", "with_names"]

HOLD_SECONDS = 5.5
"""The longest pause after which a turn is over, and what speech to text takes after that."""
LONGEST_NAME = 60
MOST_NAMES = 200
SEVERAL = (
    "Several people are in the room. Each of their turns begins with the speaker's name; do not begin yours "
    "with a name, and use theirs only where it must be clear whom you are answering."
)


def humans_in(room: rtc.Room) -> list[rtc.RemoteParticipant]:
    """Who is there, in the order in which they came."""
    return [each for each in room.remote_participants.values() if each.kind in HUMAN_KINDS]


class Linking:
    """Has the session linked to whoever speaks, types or presses keys, and writes down whose each turn is."""

    def __init__(
        self,
        room: rtc.Room,
        session: AgentSession[None],
        human: rtc.RemoteParticipant,
        *,
        patience: float,
        changed: Callable[[str], None],
    ) -> None:
        """``changed`` is told the identity of each new partner."""
        self._room = room
        self._session = session
        self._tell = changed
        self._partner = Partner(HOLD_SECONDS * max(1.0, patience), current=human.identity)
        self._names: dict[str, str] = {}
        self.audio = RoomAudio(self._partner, self._changed)
        session.on("conversation_item_added", self._on_item)

    def linked(self) -> str:
        """The identity of the human to whom we listen now, or nothing."""
        human = self._session.room_io.linked_participant
        return human.identity if human else ""

    def take(self, identity: str) -> None:
        """Somebody has typed something or pressed keys: they are the partner now, unless they have left since."""
        if any(each.identity == identity for each in humans_in(self._room)):
            self.audio.take(identity)

    def floor(self) -> tuple[str, bool]:
        """Whom we listen to, and whether they speak or are being answered."""
        answered = self._session.current_speech is not None or self._session.agent_state == "thinking"
        return self.audio.partner, answered or self._partner.holds(time.monotonic())

    def on_change(self, participant: rtc.RemoteParticipant) -> None:
        """Listen to somebody who is there or has just come, if we listen to nobody; the conversation goes on."""
        self._note([participant])
        people = [each.identity for each in humans_in(self._room)]
        if self.audio.partner and self.audio.partner not in people:
            self.audio.left(self.audio.partner)
        if people and not self.audio.partner:
            self.audio.take(people[0])

    def named(self, chat_ctx: llm.ChatContext) -> llm.ChatContext:
        """The conversation as the language model is to see it: with names, where several humans are there or were."""
        self._note(humans_in(self._room))
        several = len(humans_in(self._room)) > 1
        return with_names(chat_ctx, self._names, now=self._partner.speaker, several=several)

    def _note(self, people: Sequence[rtc.RemoteParticipant]) -> None:
        """Remember the names of those who are there, for when they have left."""
        for each in people:
            self._names[each.identity] = shown(each.name or each.identity, limit=LONGEST_NAME)
        while len(self._names) > MOST_NAMES:
            del self._names[next(iter(self._names))]

    def _changed(self, identity: str) -> None:
        if identity:
            self._session.room_io.set_participant(identity)
            self._tell(identity)
        elif people := humans_in(self._room):
            self.audio.take(people[0].identity)

    def _on_item(self, event: ConversationItemAddedEvent) -> None:
        item = event.item
        if not isinstance(item, llm.ChatMessage) or item.role != "user" or REPORTED in item.extra:
            return
        if SPEAKER not in item.extra:
            item.extra[SPEAKER] = self._partner.speaker
            self._partner.turn_over(time.monotonic())


def with_names(chat_ctx: llm.ChatContext, names: Mapping[str, str], *, now: str, several: bool) -> llm.ChatContext:
    """A conversation in which each turn of a human begins with their name, if they are several; else as it is.

    ``now`` is who speaks now: a turn that is only just being answered is not written down yet.
    """
    turns = [each for each in chat_ctx.messages() if each.role == "user" and REPORTED not in each.extra]
    speakers: dict[str, str] = {each.id: each.extra.get(SPEAKER, now if each is turns[-1] else "") for each in turns}
    if not several and len(set(speakers.values()) - {""}) <= 1:
        return chat_ctx
    items = [_after_name(item, names.get(speakers.get(item.id, ""), "")) for item in chat_ctx.items]
    after = next(
        (i + 1 for i, item in enumerate(items) if isinstance(item, llm.ChatMessage) and item.role == "system"), 0
    )
    items.insert(after, llm.ChatMessage(role="system", content=[SEVERAL]))
    return llm.ChatContext(items)


def _after_name(item: llm.ChatItem, name: str) -> llm.ChatItem:
    if not name or not isinstance(item, llm.ChatMessage):
        return item
    return item.model_copy(update={"content": [f"{name}: {item.text_content or ''}"]})
