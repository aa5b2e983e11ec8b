"""Somebody in a room, and whom a question is for: the same words on both sides of the seam, and in results."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from mcp_voice.texts.foreign import is_named, shown, shown_name

__all__ = [
    "EVERYBODY",
    "CallState",
    "Participant",
    "ParticipantKind",
    "Target",
    "Unheard",
    "came_by",
    "is_human",
    "meant",
]

ParticipantKind = Literal["human", "phone", "agent", "other"]
CallState = Literal["", "ringing", "active", "ended"]
"""How far the call of a phone is; nothing for whoever is no phone, and where the bridge does not say."""
Unheard = Literal["", "muted", "no microphone", "not allowed to publish"]
"""Why the voice of a human cannot be heard; nothing when it can be."""


def is_human(kind: ParticipantKind) -> bool:
    """Whether such a participant may answer: a person at a browser, an ingress or a phone."""
    return kind in ("human", "phone")


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a room, as LiveKit knows them; ``kind`` phone is a SIP caller."""

    identity: str
    name: str
    kind: ParticipantKind
    call: Annotated[CallState, Field(description="of a phone: ringing (not picked up yet), active, or ended")] = ""
    cannot_be_heard: Annotated[
        Unheard, Field(description="why their voice cannot be heard now; they can still type")
    ] = ""

    @property
    def is_human(self) -> bool:
        """Whether they may answer: a person at a browser, an ingress or a phone."""
        return is_human(self.kind)

    @property
    def rings(self) -> bool:
        """Whether this is a phone that nobody has picked up yet."""
        return self.kind == "phone" and self.call == "ringing"

    @property
    def hung_up(self) -> bool:
        """Whether this is a phone whose call is over; it is taken out of the room a moment later."""
        return self.kind == "phone" and self.call == "ended"

    @property
    def is_there(self) -> bool:
        """Whether this is a human who can hear us now; a phone that only rings is not there yet."""
        return self.is_human and not self.rings and not self.hung_up

    def shown(self) -> Participant:
        """The same, as a result shows it."""
        return replace(self, identity=shown_name(self.identity), name=shown(self.name))


@dataclass(frozen=True, slots=True)
class Target:
    """Whom something is for: one participant of a room, or everybody there."""

    participant: str = ""
    """Identity of the only one who is meant; empty: everybody."""
    room_name: str = ""
    """Empty where it goes without saying, as for a listener, which has one room."""

    @property
    def is_everybody(self) -> bool:
        """Whether nobody is left out."""
        return not self.participant

    def concerns(self, identity: str) -> bool:
        """Whether this participant is meant."""
        return self.is_everybody or identity == self.participant

    def covers(self, other: Target) -> bool:
        """Whether everybody whom the other means is meant."""
        return self.is_everybody or self.participant == other.participant


EVERYBODY = Target()


def came_by(participants: Iterable[Participant], invited: Collection[str]) -> Participant | None:
    """The human among those who were invited, by identity: they may have another name here."""
    return next(
        (each for each in participants if each.is_human and not each.hung_up and each.identity in invited), None
    )


def meant(participants: Iterable[Participant], wanted: str) -> Participant | None:
    """The human who is meant, by identity first; the first one there if anybody is."""
    humans = [each for each in participants if each.is_human and not each.hung_up]
    if not wanted:
        return humans[0] if humans else None
    found = [each for each in humans if is_named(each.identity, wanted)]
    found = found or [each for each in humans if wanted in (each.name, shown(each.name))]
    return found[0] if found else None
