"""What a store keeps: plain, frozen records that travel as JSON.

Whatever people said or are asked is in ``Request.text``, ``Request.choices``, ``Progress``, ``Outcome`` and
``Place`` notes alone, so that a store can seal it. Instants are Unix times by the store's own clock, in seconds: the
clocks of two machines are never compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mcp_voice.bounds.limits import MOST_OPEN

__all__ = ["Failure", "Outcome", "Place", "Progress", "Renewed", "Request", "RequestKind", "State"]

RequestKind = Literal["ask", "say", "listen", "chat", "meanwhile"]
"""The tool whose work it is: ask_in_room, say_in_room, listen_in_room, send_message_to_room with ``as_chat``.

Meanwhile: turns of the place that no result has returned yet are to be returned beside another result.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A room as one subject has it; nothing of one subject's place is another's."""

    subject: str
    """Empty where nobody is told apart (stdio)."""
    room_name: str


class _Record(BaseModel):
    # A process of a newer version may know more: while one is replaced by the other, each reads what both wrote.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Request(_Record):
    """What one call wants done in a room. An ask outlives its call, all else ends with it."""

    id: str
    kind: RequestKind
    subject: str = ""
    room_name: str
    participant: str = ""
    """Identity or name of the only human who is meant, as the call gave it; empty: everybody."""
    text: str = ""
    """The question or the message."""
    choices: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    """Of a chat text: identities it goes to; empty: everybody."""
    open_ended: bool = False
    call_id: str = ""
    """The same call that comes twice is one request."""
    asker: str = ""
    """The visible name under which it is spoken."""
    named: bool = True
    """Whether the call named the room."""
    rooms: str = ""
    """Glob patterns of the other rooms into which one may look for whoever is meant; empty: all."""
    open_seconds: float
    """How long it may wait until it can be spoken, and from then on as long for its answer."""
    most_open: int = MOST_OPEN
    """Of an ask: how many the subject may have open, in all rooms together; it is refused beyond that."""

    @property
    def place(self) -> Place:
        """Where it is carried out."""
        return Place(self.subject, self.room_name)


class Failure(_Record):
    """A VoiceError, as it travels."""

    error: str
    """The name of its class in ``mcp_voice.errors``."""
    what: str
    fix: str = ""
    code: str = ""
    again_seconds: int | None = None
    """Of Busy: after which it is worth calling again."""


class Progress(_Record):
    """How far one attempt is."""

    phase: str = "joining"
    """As ``asks.hints.Phase``."""
    line: str = ""
    """One line for a person who watches the call."""
    result: dict[str, Any] = Field(default_factory=dict)
    """What a call returns that waits no longer: an ``Answer`` with status pending, as JSON."""
    spoken_times: int = 0
    """In how many attempts the question began to sound."""
    cut_offs: int = 0
    """How many attempts ended without having been given back."""
    refused: int = 0
    """How many attempts ended because the machine that made them could handle no other room; nobody counts these."""
    refused_at: float | None = None
    """Since when everybody who has tried it has been busy."""
    refusal: Failure | None = None
    """What the last of them said."""
    first_sound_at: float | None = None
    unclaimed: int = 0
    """Turns in this place that no result has returned yet."""


class Outcome(_Record):
    """What came of a request: a result of its tool (Answer, Said, Sent) as JSON, or a failure.

    Neither: it was withdrawn while nobody carried it out, so nobody was there to say more.
    """

    result: dict[str, Any] | None = None
    failure: Failure | None = None


class State(_Record):
    """A request as the store has it now."""

    request: Request
    opened_at: float
    version: int = 0
    """Grows with every change of what is carried out: a claim, progress, a withdrawal, an outcome. That a call waits
    for it, or that a claim is renewed with nothing new, is none."""
    attempt: int = 0
    """The number of the latest claim: only who has made it may write. 0: nobody has claimed it yet."""
    worker: str = ""
    """Who has made it; empty once it was given back, so that anybody may claim the next."""
    lease_until: float = 0.0
    """Until when the claim holds unless it is renewed."""
    now: float = 0.0
    """When this was read."""
    progress: Progress = Progress()
    """Of the latest attempt, or of the one before it until there is any."""
    outcome: Outcome | None = None
    is_withdrawn: bool = False
    """Whether a caller wants it to end; whoever carries it out writes the outcome."""
    is_returned: bool = False
    """Whether its call has the outcome: turns that it took count as returned then."""
    calls: int = 0
    """How many calls have waited for it, of any kind."""
    attended_until: float = 0.0
    """Until when a call waits for it, unless that is renewed."""

    @property
    def is_open(self) -> bool:
        """Whether it may still be carried out."""
        return self.outcome is None

    @property
    def is_claimed(self) -> bool:
        """Whether somebody carries it out now."""
        return self.outcome is None and bool(self.worker) and self.lease_until > self.now


class Renewed(_Record):
    """What whoever carries a request out is told when it renews its claim."""

    is_ours: bool
    """Whether the claim still holds; if not, whatever is done for it ends, and nothing of it is written."""
    is_withdrawn: bool = False
    is_attended: bool = False
    """Whether a call waits for it now."""
