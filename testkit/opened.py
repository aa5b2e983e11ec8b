"""What a voice of this process has open: its seats in rooms, and the asks that it carries out there."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_voice.asks.ask import Ask
from mcp_voice.asks.seats import Seats
from mcp_voice.requests.asking import CarriedAsk
from mcp_voice.requests.local import LocalCarriers
from mcp_voice.voice import Voice

__all__ = ["ask_of", "asks_of", "seats_of"]


def seats_of(voice: Voice) -> Seats:
    """Those in the rooms of a voice for which this process carries out."""
    return _here(voice).voice(voice._subject).seats


def asks_of(voice: Voice) -> Iterator[Ask]:
    """What is carried out for it here now, the oldest first."""
    works = [work for carrying in _here(voice)._carried.values() for work in carrying._works.values()]
    yield from sorted((work._ask for work in works if isinstance(work, CarriedAsk)), key=lambda ask: ask.opened_at)


def ask_of(voice: Voice, ask_id: str) -> Ask:
    """That of an id; raises LookupError where it is not carried out here now."""
    for ask in asks_of(voice):
        if ask.id == ask_id:
            return ask
    raise LookupError(ask_id)


def _here(voice: Voice) -> LocalCarriers:
    assert isinstance(voice.carriers, LocalCarriers)
    return voice.carriers
