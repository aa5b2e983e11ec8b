"""What we hear as captions for whoever is in the room: ``lk.transcription``, in the name of who said it.

Written as livekit-agents' room output writes what its session hears (livekit-agents 1.8, ``room_io/_output.py``): each
text is a stream of its own, which replaces the one before it of the same ``lk.segment_id``, and whose
``lk.transcription_final`` says whether it was the last.

Nobody is captioned twice. An agent that runs an ``AgentSession`` sends captions of whom it listens to, and carries
``lk.agent.state``: with one in the room that is not ours we send none, unless it holds for our question, for then it
hears nobody. Of several of ours it is the one that asks, else the one whose identity comes first.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

import anyio
from livekit import rtc

from mcp_voice.floor_protocol import ASK_ATTRIBUTE, FLOOR_ATTRIBUTE, OUR_PREFIX
from mcp_voice.link import Event, SpeechStarted, Words
from mcp_voice.redaction import fault_place
from mcp_voice.room.floor_others import agents
from mcp_voice.room.received import is_microphone
from mcp_voice.room.state_shown import STATE_ATTRIBUTE
from mcp_voice.tasks import Bell

__all__ = ["Captions"]

log = logging.getLogger(__name__)

TOPIC = "lk.transcription"
SEGMENT, FINAL, TRACK = "lk.segment_id", "lk.transcription_final", "lk.transcribed_track_id"
ASKS = (FLOOR_ATTRIBUTE, ASK_ATTRIBUTE)
LEAST_SECONDS = 0.2
"""Between two texts of one person that are not the last of their segment: some recognisers revise 30 times a second."""
SEND_SECONDS = 2.0
LONGEST_CAPTION = 2_000
"""Characters of one text: the last ones."""
MOST_WAITING = 20
"""Finished segments of one person that wait to be sent; the oldest go, for they are captions of what is long over."""
MOST_PEOPLE = 100
"""People of whom something waits to be sent."""


class OwnFloor(Protocol):
    """What is known of the floor."""

    @property
    def asks(self) -> bool:
        """Whether we have the floor, or a question that is open."""

    def holds(self, identity: str) -> bool:
        """Whether that agent hears nobody now, for our sake."""


@dataclass(slots=True)
class _Caption:
    """What one person says between two final texts."""

    id: str
    text: str = ""
    final: bool = False
    sent: str | None = None
    begun: bool = False
    """Whether anything of it was sent, so that its end is ours to send."""
    sent_at: float = -math.inf

    @property
    def due_at(self) -> float:
        """When it is to be sent; never if everybody has it already."""
        if self.final:
            return -math.inf
        return math.inf if self.text == (self.sent or "") else self.sent_at + LEAST_SECONDS


@dataclass(slots=True, eq=False)
class _Spoken:
    """The segments of one person that are not sent to their end: the last of them goes on."""

    segments: list[_Caption] = field(default_factory=list)
    over: _Caption | None = None
    """That of the turn that ended last, of which words may still come until something new is said."""


class Captions:
    """Sends them; ``run`` is its task. ``heard`` only notes what there is, so that no turn waits for it."""

    def __init__(self, connection: rtc.Room, *, may_send: Callable[[], bool]) -> None:
        """``may_send`` tells whether the room is encrypted as we are."""
        self.floor: OwnFloor | None = None
        """Once we are in the room."""
        self._connection = connection
        self._may_send = may_send
        self._people: dict[str, _Spoken] = {}
        self._count = 0
        self._changed = Bell()

    def heard(self, event: Event) -> None:
        """What comes out of a room; words, as a recogniser tells them, and that somebody speaks."""
        match event:
            case Words():
                if not event.doubtful or event.final:
                    self._words(event)
            case SpeechStarted(identity):
                if spoken := self._people.get(identity):
                    spoken.over = None

    def turn_over(self, identity: str) -> None:
        """What they said is whole, though its recogniser may never say so."""
        spoken = self._people.get(identity)
        if spoken is not None and spoken.segments and not spoken.segments[-1].final:
            spoken.over = spoken.segments[-1]
            spoken.over.final = True
            self._changed.ring()

    def _words(self, words: Words) -> None:
        spoken = self._people.get(words.identity)
        if spoken is None:
            if not words.text.strip():
                return
            spoken = self._people[words.identity] = _Spoken()
            for oldest in list(islice(self._people, max(0, len(self._people) - MOST_PEOPLE))):
                del self._people[oldest]
        self._note(spoken, words)
        self._changed.ring()

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        while True:
            change, now = self._changed.next, time.monotonic()
            for identity in [who for who, spoken in self._people.items() if _due_at(spoken) <= now]:
                await self._send_due(identity)
            due = min((_due_at(spoken) for spoken in self._people.values()), default=math.inf)
            with anyio.move_on_after(max(0.0, due - time.monotonic())):
                await change.wait()

    def _note(self, spoken: _Spoken, words: Words) -> None:
        text = words.text.strip()[-LONGEST_CAPTION:]
        segment = spoken.segments[-1] if spoken.segments and not spoken.segments[-1].final else spoken.over
        if segment is None:
            if not text:
                return
            self._count += 1
            segment = _Caption(f"SG_{self._connection.local_participant.sid}_{self._count}")
        if segment not in spoken.segments and text != segment.text:
            spoken.segments.append(segment)
            del spoken.segments[:-MOST_WAITING]
        # An empty final text makes the interim one stay as it is; so does an empty one when the turn is over.
        segment.text = text or (segment.text if words.final or segment.final else "")
        segment.final = words.final or segment.final
        if words.final:
            spoken.over = None

    async def _send_due(self, identity: str) -> None:
        """One after the other, as far as they are due; who has nothing more to be sent is forgotten."""
        spoken = self._people[identity]
        for segment in list(spoken.segments):
            if segment.due_at > time.monotonic():
                break
            text, final = segment.text, segment.final
            if (text or segment.begun) and self._can_send() and (segment.begun or self._ours_to_send()):
                segment.begun = True
                await self._send(identity, segment.id, text, final=final)
            segment.sent, segment.sent_at = text, time.monotonic()
            if final and segment in spoken.segments:
                spoken.segments.remove(segment)
        if not spoken.segments and spoken.over is None and self._people.get(identity) is spoken:
            del self._people[identity]

    async def _send(self, identity: str, segment_id: str, text: str, *, final: bool) -> None:
        attributes = {FINAL: "true" if final else "false", SEGMENT: segment_id}
        if track := self._microphone(identity):
            attributes[TRACK] = track
        try:
            with anyio.move_on_after(SEND_SECONDS):
                writer = await self._connection.local_participant.stream_text(
                    topic=TOPIC,
                    sender_identity=identity,
                    attributes=attributes,
                    destination_identities=self._readers(),
                )
                await writer.write(text)
                await writer.aclose()
        except Exception as error:  # noqa: BLE001  # nobody is to miss an answer for want of a caption
            log.debug("a caption was not sent: %s", fault_place(error))

    def _can_send(self) -> bool:
        return self._connection.isconnected() and self._may_send()

    def _ours_to_send(self) -> bool:
        """Whether nobody else captions who speaks now."""
        if self.floor is None:
            return False
        ours = (not self.floor.asks, self._connection.local_participant.identity)
        for each in agents(self._connection):
            if STATE_ATTRIBUTE not in each.attributes:
                continue
            if not each.identity.startswith(OUR_PREFIX):
                if not self.floor.holds(each.identity):
                    return False
            elif (not any(each.attributes.get(name) for name in ASKS), each.identity) < ours:
                return False
        return True

    def _readers(self) -> list[str]:
        """Everybody but other agents; nobody in particular where there are none."""
        others = {each.identity for each in agents(self._connection)}
        everybody = self._connection.remote_participants
        return [identity for identity in everybody if identity not in others] if others else []

    def _microphone(self, identity: str) -> str:
        human = self._connection.remote_participants.get(identity)
        tracks = list(human.track_publications.values()) if human is not None else []
        microphones = [each for each in tracks if is_microphone(each)]
        surely = [each for each in microphones if each.source == rtc.TrackSource.SOURCE_MICROPHONE]
        return next((each.sid for each in surely or microphones), "")


def _due_at(spoken: _Spoken) -> float:
    return min((segment.due_at for segment in spoken.segments), default=math.inf if spoken.over else -math.inf)
