"""Somebody else in a room, as the code on both sides of the seam knows them."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_voice.results import Call, Kind, Unheard, can_be_asked, is_human

__all__ = ["Occupant"]


@dataclass(frozen=True, slots=True)
class Occupant:
    """A remote participant of the room."""

    identity: str
    name: str
    kind: Kind
    call: Call = ""
    """How far the call of a phone is."""
    cannot_be_heard: Unheard = ""
    """Why their voice cannot be heard now."""

    @property
    def is_human(self) -> bool:
        """Whether this participant may answer: a person at a browser, an ingress or a phone."""
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
        """Whether this is a human who can hear us now."""
        return can_be_asked(self.kind, self.call)
