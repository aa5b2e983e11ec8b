"""The door of a room: every event is checked here before it is heard, and nobody may send more than their share.

Participants and providers send what they like. What comes in has the type, length and alphabet that the code behind it
counts on; everything else is dropped and logged without its content. Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import get_args

from mcp_voice.bounds.limits import LONGEST_IDENTITY
from mcp_voice.bounds.rate_limit import ONCE_A_MINUTE, Limit, RateLimit
from mcp_voice.errors import VoiceError
from mcp_voice.link import CallChanged, Event, Joined, Keyed, Left, MicrophoneChanged, Trouble, Typed, Words
from mcp_voice.participants import CallState, Participant, ParticipantKind, Unheard
from mcp_voice.room.latest_states import LatestStates, StateChanged
from mcp_voice.texts.foreign import LONGEST_TEXT, printable

__all__ = ["Admission", "checked"]

log = logging.getLogger(__name__)

KEYS = "0123456789*#ABCD"
"""The alphabet of a telephone's keypad (RFC 4733, section 3.2)."""
LONGEST_NAME = 256
"""Characters of a visible name; the rest is cut off."""
AHEAD_SECONDS, BEHIND_SECONDS = 60.0, 3600.0
"""An instant further in the future, or in the past, than this is no instant of ours."""
SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which can be sent nowhere."""
MESSAGES = Limit(burst=20, per_second=4)
TYPED = Limit(burst=5 * LONGEST_TEXT, per_second=2_000)
"""Characters of messages: whoever pastes a few long logs one after the other loses none of them."""
KEYSTROKES = Limit(burst=64, per_second=20)
READ = Limit(burst=500, per_second=100)
"""What is read of one microphone; the fastest recognisers send some 20 interim texts a second."""


def _identity(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_IDENTITY and not SURROGATE.search(value)


def _participant(value: object) -> bool:
    return (
        isinstance(value, Participant)
        and _identity(value.identity)
        and isinstance(value.name, str)  # type: ignore[redundant-expr]  # if it is what its annotation says
        and value.kind in get_args(ParticipantKind)
        # Only a phone has a call: a guest who says that it rings would be waited for, or be taken for gone.
        and value.call in (get_args(CallState) if value.kind == "phone" else ("",))
        and value.cannot_be_heard in get_args(Unheard)
    )


FIELDS: dict[str, Callable[[object], bool]] = {
    "identity": _identity,
    "text": lambda value: isinstance(value, str),
    "digit": lambda value: isinstance(value, str) and len(value) == 1 and value in KEYS,
    "final": lambda value: isinstance(value, bool),
    "doubtful": lambda value: isinstance(value, bool),
    "broke": lambda value: isinstance(value, bool),
    "likely": lambda value: isinstance(value, bool),
    "at": lambda value: isinstance(value, float) and math.isfinite(value),
    "began_at": lambda value: value is None or (isinstance(value, float) and math.isfinite(value)),
    "ended_at": lambda value: value is None or (isinstance(value, float) and math.isfinite(value)),
    "participant": _participant,
    "error": lambda value: isinstance(value, VoiceError),
}
"""What the field of that name must be, in whatever kind of event."""
KINDS = get_args(Event)


def checked(event: object, now: float) -> Event | None:
    """The event as it may be heard, with too long a text or name cut off; None when it is not what it must be."""
    if type(event) not in KINDS:
        return None
    values = {each.name: getattr(event, each.name) for each in fields(event)}  # type: ignore[arg-type]  # one of Event
    if not all(FIELDS[name](value) for name, value in values.items()):
        return None
    if not now - BEHIND_SECONDS <= values.get("at", now) <= now + AHEAD_SECONDS:
        return None
    if isinstance(event, Joined | Left | CallChanged | MicrophoneChanged):
        return replace(event, participant=replace(event.participant, name=_cut(event.participant.name, LONGEST_NAME)))
    if isinstance(event, Words | Typed):
        return _worded(event)
    return event  # type: ignore[return-value]  # one of KINDS


def _worded(event: Words | Typed) -> Event | None:
    """With the text that can be seen: what is nothing but unseen characters is no message, and no words."""
    text = _cut(event.text, LONGEST_TEXT)
    if printable(text).strip():
        return replace(event, text=text)
    return replace(event, text="") if isinstance(event, Words) else None


def _cut(text: str, most: int) -> str:
    # Half a pair of surrogates, which JSON can hold, can be sent nowhere.
    return text[:most].encode(errors="replace").decode()


@dataclass(slots=True, eq=False)
class Admission:
    """Lets into a room's events what is sound and not too much; a share of one's own for each participant.

    Who comes and goes, voice activity, and the end of the connection are never held back: nobody can send more of them
    than there is. Of calls and microphones that change too often the last change is kept, and given by ``due``.
    """

    _messages: RateLimit = field(default_factory=lambda: RateLimit(MESSAGES))
    _typed: RateLimit = field(default_factory=lambda: RateLimit(TYPED))
    _keystrokes: RateLimit = field(default_factory=lambda: RateLimit(KEYSTROKES))
    _read: RateLimit = field(default_factory=lambda: RateLimit(READ))
    _states: LatestStates = field(default_factory=LatestStates)
    _logged: RateLimit = field(default_factory=lambda: RateLimit(ONCE_A_MINUTE))

    def admit(self, event: object, now: float) -> Event | None:
        """The event if it may be heard, else None."""
        sound = checked(event, now)
        if isinstance(sound, StateChanged):
            return self._states.take(sound, now)
        if sound is None:
            self._refuse(type(event).__name__, "malformed", now)
        elif not self._within_share(sound, now):
            self._refuse(type(sound).__name__, "more than a participant's share", now)
            return None
        else:
            self._states.look_at(sound)
        return sound

    def due_at(self, now: float) -> float | None:
        """When ``due`` has something to give, if nothing comes in before."""
        return self._states.due_at(now)

    def due(self, now: float) -> Sequence[Event]:
        """What came too often to be heard at once and is still so."""
        return self._states.due(now)

    def _within_share(self, event: Event, now: float) -> bool:
        match event:
            case Typed(identity, text):
                return self._messages.allows(identity, now) and self._typed.allows(identity, now, cost=len(text))
            case Keyed(identity):
                return self._keystrokes.allows(identity, now)
            case Words(identity) | Trouble(identity):
                return self._read.allows(identity, now)
            case _:
                return True

    def _refuse(self, kind: str, why: str, now: float) -> None:
        # Once a minute for each kind: a flood of events must not become a flood of lines.
        if self._logged.allows(f"{kind} {why}", now):
            log.warning("an event of a room was dropped (%s: %s)", kind, why)
