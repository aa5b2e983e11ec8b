"""The microphones that are heard in one room: an ear for each track, with a recogniser of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import TaskGroup
from livekit import rtc
from livekit.agents import stt

from mcp_voice.bounds.rate_limit import ONCE_A_MINUTE, Limit, RateLimit
from mcp_voice.errors import SpeechError
from mcp_voice.link import Event, Trouble
from mcp_voice.redaction import fault_place
from mcp_voice.room.ear import Ear, Hearing
from mcp_voice.room.joined_tracks import HeardTrack, JoinedTracks
from mcp_voice.room.track_choice import TrackChoice

__all__ = ["Microphones", "Recognisers"]

log = logging.getLogger(__name__)

NEW_EARS = Limit(burst=20, per_second=1)
"""Microphones that one participant may show us; each costs a recogniser, and perhaps a connection to a provider.

Enough for clients that publish anew whenever somebody presses the key to talk."""
AGAIN_SECONDS = 2.0
"""After an ear has failed, or could not be made, until another one hears its microphone."""


@dataclass(frozen=True, slots=True)
class Recognisers:
    """How to make a recogniser, how to tell it which answers are expected, and what its failures mean."""

    make: Callable[[], stt.STT[Any]]
    expect: Callable[[stt.STT[Any], Sequence[str]], None]
    fault: Callable[[BaseException], SpeechError]


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """An ear and what belongs to it."""

    track: rtc.Track
    ear: Ear
    engine: stt.STT[Any]
    heard: HeardTrack


@dataclass(slots=True, eq=False)
class _Person:
    """What one human shows us, and what we hear of it."""

    joined: JoinedTracks
    choice: TrackChoice = field(default_factory=TrackChoice)
    tracks: dict[str, rtc.Track] = field(default_factory=dict)
    ears: dict[str, _Opened] = field(default_factory=dict)
    waiting: bool = False
    """Whether a task is waiting until another ear may be opened."""

    @property
    def gone(self) -> bool:
        return not (self.tracks or self.ears or self.waiting) and self.joined.idle


class Microphones:
    """The ears of one room: one for each track that is heard, each with a recogniser of its own.

    An ear ends with its track, or when one comes that is surely a microphone and its own may be something else.
    """

    def __init__(
        self,
        hearing: Hearing,
        recognisers: Recognisers,
        emit: Callable[[Event], None],
        tasks: TaskGroup,
        *,
        readable: Callable[[str], bool],
    ) -> None:
        self._hearing = hearing
        self._recognisers = recognisers
        self._emit = emit
        self._tasks = tasks
        self._readable = readable
        """Whether what somebody sends can be decrypted."""
        self._choices: Sequence[str] = ()
        self._people: dict[str, _Person] = {}
        self._opened = RateLimit(NEW_EARS)
        self._logged = RateLimit(ONCE_A_MINUTE)

    def hear(self, identity: str, track: rtc.Track, *, is_microphone: bool, muted: bool = False) -> None:
        """A track has come: it is heard if it is a microphone, or if there is none and it may be one.

        Whoever shows too many in a row has the newest of them heard a little later.
        """
        if not self._readable(identity):
            return
        person = self._people.get(identity)
        if person is None:
            person = self._people[identity] = _Person(JoinedTracks(identity, self._emit))
        self._withdraw(person, track.sid)
        person.tracks[track.sid] = track
        person.choice.came(track.sid, is_microphone=is_microphone, muted=muted)
        self._settle(identity, person)

    def mute(self, identity: str, track_sid: str, *, muted: bool) -> None:
        """A track is muted or not: of too many, those are heard into which somebody can speak."""
        if person := self._people.get(identity):
            person.choice.mute(track_sid, muted=muted)
            if track_sid in person.ears:
                person.ears[track_sid].ear.mute(muted=muted)
            self._settle(identity, person)

    def deafen(self, identity: str, track_sid: str) -> None:
        """Stop hearing a track, once what was said into it is heard out; all others are heard on."""
        if person := self._people.get(identity):
            self._withdraw(person, track_sid)
            self._settle(identity, person)

    def left(self, identity: str) -> None:
        """Stop hearing somebody, once what they said is heard out."""
        if person := self._people.get(identity):
            person.joined.left()
            for sid in list(person.tracks):
                self._withdraw(person, sid)
            self._settle(identity, person)

    def expect(self, choices: Sequence[str]) -> None:
        """Tell every recogniser, and those to come, which answers are expected."""
        self._choices = tuple(choices)
        for person in self._people.values():
            for opened in person.ears.values():
                self._tell_choices(opened.engine)

    def turn_over(self, identity: str) -> None:
        """What is said there from now on is read apart."""
        if person := self._people.get(identity):
            person.joined.turn_over()
            for opened in person.ears.values():
                opened.ear.turn_over()

    def _settle(self, identity: str, person: _Person) -> None:
        """Hear what is to be heard now, and nothing else."""
        heard = person.choice.heard()
        for sid in [each for each in person.ears if each not in heard]:
            self._let_go(person, sid)
        for sid in [each for each in heard if each not in person.ears]:
            allowed = self._opened.allows(identity, time.monotonic())
            if not (allowed and self._listen(identity, person, sid)) and not person.waiting:
                person.waiting = True
                self._tasks.start_soon(self._settle_later, identity, person, AGAIN_SECONDS if allowed else 0.1)
        if person.gone:
            self._people.pop(identity, None)

    async def _settle_later(self, identity: str, person: _Person, least_seconds: float) -> None:
        await anyio.sleep(max(least_seconds, self._opened.opens_in(identity, time.monotonic())))
        person.waiting = False
        self._settle(identity, person)

    def _withdraw(self, person: _Person, sid: str) -> None:
        person.choice.went(sid)
        person.tracks.pop(sid, None)
        self._let_go(person, sid)

    def _let_go(self, person: _Person, sid: str) -> None:
        if opened := person.ears.pop(sid, None):
            person.joined.gone(opened.heard, time.monotonic())
            opened.ear.hang_up()

    def _listen(self, identity: str, person: _Person, sid: str) -> bool:
        """Whether there is a recogniser for it; without one that is told."""
        try:
            engine = self._recognisers.make()
        except Exception as error:  # noqa: BLE001  # with no file descriptor left, say, it cannot read certificates
            self._log("a recogniser was not made", identity, error)
            self._emit(Trouble(identity, self._recognisers.fault(error)))
            return False
        self._tell_choices(engine)
        heard = person.joined.open()
        ear = Ear(identity, engine, self._hearing, heard.emit, self._recognisers.fault)
        ear.mute(muted=person.choice.is_muted(sid))
        opened = person.ears[sid] = _Opened(person.tracks[sid], ear, engine, heard)
        self._tasks.start_soon(self._run, identity, person, opened)
        return True

    def _tell_choices(self, engine: stt.STT[Any]) -> None:
        try:
            self._recognisers.expect(engine, self._choices)
        except Exception as error:  # noqa: BLE001  # a hint that a recogniser cannot take is none
            log.error("a recogniser took no choices: %s", fault_place(error))  # noqa: TRY400  # a traceback quotes

    async def _run(self, identity: str, person: _Person, opened: _Opened) -> None:
        failed = False
        try:
            await opened.ear.run(opened.track)
        except Exception as error:  # noqa: BLE001  # whatever broke is told as the recogniser's fault
            failed = True
            # One deaf ear must not take the room down.
            self._log("hearing a microphone failed", identity, error)
            opened.heard.emit(Trouble(identity, self._recognisers.fault(error)))
        finally:
            person.joined.close(opened.heard, time.monotonic())
            if person.gone and self._people.get(identity) is person:
                del self._people[identity]
            with anyio.move_on_after(2, shield=True):
                await opened.engine.aclose()
        if failed:
            await anyio.sleep(AGAIN_SECONDS)
            if person.ears.get(opened.track.sid) is opened:
                del person.ears[opened.track.sid]
                self._settle(identity, person)

    def _log(self, what: str, identity: str, error: Exception) -> None:
        """Once a minute of one person: it is tried again and again."""
        if self._logged.allows(identity, time.monotonic()):
            log.error("%s: %s", what, fault_place(error))  # a traceback quotes
