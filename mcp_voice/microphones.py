"""The microphones that are heard in one room: an ear for each human, with a recogniser of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.abc import TaskGroup
from livekit import rtc
from livekit.agents import stt

from mcp_voice.discretion import fault_place
from mcp_voice.ears import Ear, Hearing
from mcp_voice.errors import SpeechError
from mcp_voice.link import Event, Trouble
from mcp_voice.rate_limit import Limit, RateLimit

__all__ = ["Microphones", "Recognisers"]

log = logging.getLogger(__name__)

NEW_EARS = Limit(burst=20, per_second=1)
"""Microphones that one participant may show us; each costs a recogniser, and perhaps a connection to a provider.

Enough for clients that publish anew whenever somebody presses the key to talk."""


@dataclass(frozen=True, slots=True)
class Recognisers:
    """How to make a recogniser, how to tell it which answers are expected, and what its failures mean."""

    make: Callable[[], stt.STT[Any]]
    expect: Callable[[stt.STT[Any], Sequence[str]], None]
    fault: Callable[[BaseException], SpeechError]


class Microphones:
    """The ears of one room: one per human microphone, each with a recogniser of its own."""

    def __init__(
        self, hearing: Hearing, recognisers: Recognisers, emit: Callable[[Event], None], tasks: TaskGroup
    ) -> None:
        self._hearing = hearing
        self._recognisers = recognisers
        self._emit = emit
        self._tasks = tasks
        self._choices: Sequence[str] = ()
        self._listening: dict[str, tuple[Ear, stt.STT[Any]]] = {}
        self._wanted: dict[str, rtc.Track] = {}
        """The newest microphone of each, heard or about to be."""
        self._opened = RateLimit(NEW_EARS)

    def hear(self, identity: str, track: rtc.Track) -> None:
        """Begin to hear a microphone; the one heard before under that identity is let go.

        Whoever shows too many in a row has the newest of them heard a little later.
        """
        self._let_go(identity)
        self._wanted[identity] = track
        if self._opened.allows(identity, time.monotonic()):
            self._listen(identity, track)
        else:
            self._tasks.start_soon(self._listen_later, identity, track)

    def deafen(self, identity: str, track_sid: str) -> None:
        """Stop hearing a microphone, once what was said into it is heard out; another one is heard on."""
        wanted = self._wanted.get(identity)
        if wanted is not None and wanted.sid == track_sid:
            del self._wanted[identity]
            self._let_go(identity)

    async def _listen_later(self, identity: str, track: rtc.Track) -> None:
        while self._wanted.get(identity) is track:
            if self._opened.allows(identity, time.monotonic()):
                self._listen(identity, track)
                return
            await anyio.sleep(max(0.1, self._opened.opens_in(identity, time.monotonic())))

    def _listen(self, identity: str, track: rtc.Track) -> None:
        engine = self._recognisers.make()
        self._tell_choices(engine)
        ear = Ear(identity, engine, self._hearing, self._emit, self._recognisers.fault)
        self._listening[identity] = (ear, engine)
        self._tasks.start_soon(self._run, identity, track, engine, ear)

    def _let_go(self, identity: str) -> None:
        if listening := self._listening.pop(identity, None):
            listening[0].hang_up()

    def expect(self, choices: Sequence[str]) -> None:
        """Tell every recogniser, and those to come, which answers are expected."""
        self._choices = tuple(choices)
        for _, engine in self._listening.values():
            self._tell_choices(engine)

    def turn_over(self, identity: str) -> None:
        """What is said there from now on is read apart."""
        if listening := self._listening.get(identity):
            listening[0].turn_over()

    def _tell_choices(self, engine: stt.STT[Any]) -> None:
        try:
            self._recognisers.expect(engine, self._choices)
        except Exception as error:  # noqa: BLE001  # a hint that a recogniser cannot take is none
            log.error("a recogniser took no choices: %s", fault_place(error))  # noqa: TRY400  # a traceback quotes

    async def _run(self, identity: str, track: rtc.Track, engine: stt.STT[Any], ear: Ear) -> None:
        try:
            await ear.run(track)
        except Exception as error:  # noqa: BLE001  # whatever broke is told as the recogniser's fault
            # One deaf ear must not take the room down.
            log.error("hearing a microphone failed: %s", fault_place(error))  # noqa: TRY400  # a traceback quotes
            self._emit(Trouble(identity, self._recognisers.fault(error)))
        finally:
            with anyio.move_on_after(2, shield=True):
                await engine.aclose()
