"""Saying something without waiting for a reply."""

from __future__ import annotations

import uuid

import anyio

from mcp_voice.answer import Said
from mcp_voice.asking import wait_for_silence
from mcp_voice.errors import LiveKitError, VoiceError, quoted
from mcp_voice.link import Engine, Playout
from mcp_voice.links import Links, Seat
from mcp_voice.owned import owned_tasks
from mcp_voice.owner import first_in_line
from mcp_voice.reporting import Report, reporting

__all__ = ["say"]

NEXT_SAID = "It was heard. What somebody answers is in the next result for this room, or call listen_in_room."
NEXT_INTERRUPTED = "Somebody spoke over it: call listen_in_room for what they say."
SECONDS_A_LETTER, SECONDS_A_SIGN = 0.2, 1.0
"""Slower than anybody speaks: a letter of ASCII, and anything else (a digit, a Chinese character)."""
PAUSES_SECONDS = 30.0


class _Saying:
    """One message on its way; ``until`` is the latest instant at which it may begin."""

    def __init__(self, message: str, seat: Seat, *, until: float, report: Report) -> None:
        self.id = f"say-{uuid.uuid4().hex[:10]}"
        self.message = message
        self.seat = seat
        self.holder = ""
        """The agent that has the floor."""
        self.began_at: float | None = None
        self.limit = anyio.CancelScope(deadline=until)
        self._report = report

    @property
    def _ahead(self) -> str:
        return self.seat.spoken_for if self.seat.spoken_for != self.id else ""

    def news(self) -> str:
        """What it is about."""
        if self.began_at is not None:
            return "speaking"
        return (
            "waiting until the floor is free" if self._ahead or self.holder else f"joining room {self.seat.room_name}"
        )

    def note_holder(self, holder: str) -> None:
        """Somebody else has the floor, or nobody has any more."""
        self.holder = holder

    async def play(self, playout: Playout) -> None:
        """Speak it; what began in time may go on for as long as it takes to say."""
        self.began_at = await playout.started()
        self.limit.deadline = self.began_at + PAUSES_SECONDS + _longest(self.message)
        await self._report("speaking")
        with self.seat.listening.interruptible(playout):
            await playout.done()

    def too_late(self) -> VoiceError:
        """Why it could not be said in time, or not to its end."""
        room = quoted(self.seat.room_name)
        if self.began_at is not None:
            return LiveKitError(
                f"What was to be said in room {room} never came to its end; a part may have been heard."
            )
        if ahead := self._ahead:
            return VoiceError(
                f"Nothing was said: {ahead} has the floor in room {room}. Wait for its reply (wait_for_reply), take it "
                "back (cancel_ask), or call again later."
            )
        if self.holder:
            return VoiceError(f"Nothing was said: {self.holder} has the floor in room {room}. Call again later.")
        return LiveKitError(
            f"Nothing was said in room {room}: joining it and making the speech took too long. Try again; "
            "`mcp-voice doctor` finds out more."
        )


def _longest(message: str) -> float:
    """For how long it may be spoken, in seconds."""
    letters = sum(each.isascii() and not each.isdigit() for each in message)
    return letters * SECONDS_A_LETTER + (len(message) - letters) * SECONDS_A_SIGN


async def say(message: str, seat: Seat, links: Links, engine: Engine, *, until: float, report: Report) -> Said:
    """Take the floor, speak, and give it back; whoever speaks over it silences it.

    Raises VoiceError if it cannot begin before ``until`` (``time.monotonic()``), and says who has the floor.
    """
    saying = _Saying(message, seat, until=until, report=report)
    await report(saying.news())
    async with reporting(report, saying.news), first_in_line(seat, saying.id, until=until) as first:
        if not first:
            raise saying.too_late()
        with saying.limit:
            playout = await _speak(saying, links, engine)
        if saying.limit.cancelled_caught:
            raise saying.too_late()
    spoken = playout.spoken or message
    if saying.began_at is not None:
        seat.transcript.add(spoken, began_at=saying.began_at)
    return Said(
        status="interrupted" if playout.interrupted else "said",
        spoken=spoken,
        room_name=seat.room_name,
        next=NEXT_INTERRUPTED if playout.interrupted else NEXT_SAID,
    )


async def _speak(saying: _Saying, links: Links, engine: Engine) -> Playout:
    async with engine.synthesis(saying.message) as speech, links.enter(saying.seat) as link, owned_tasks() as tasks:
        tasks.start_soon(saying.seat.lost, link)
        await wait_for_silence(saying.seat.listening)
        async with link.hold_floor(saying.id, tell=saying.note_holder), link.say(speech) as playout:
            await saying.play(playout)
        tasks.cancel_scope.cancel()
        return playout
