"""The conversation, played: the human speaks and hears, and what was measured is kept."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from math import inf

import anyio

from mcp_voice.demo.screen import Screen
from mcp_voice.errors import VoiceError
from mcp_voice.people.human import Human, SpeechTimes
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.demo.script import ScriptedTurn

__all__ = ["CompanionSpeech", "Exchange", "Talk", "talk"]

GREET_SECONDS = 60.0
"""The companion is a process that is started when it is sent to the room."""
ANSWER_SECONDS = 20.0
SPEECH_SECONDS = 60.0
TOLD_SECONDS = 10.0
PACKET_SECONDS = 3600.0
QUIET_SECONDS = 0.8
"""Silence after which the human takes what is said for finished: more than a voice rests between two sentences."""
GAP_SECONDS = 0.3
SOUNDING_SHARE = 0.75
"""How much of the time in which a voice speaks it sounds at least; the rest are the rests between sentences."""
STATE_TOPIC, USER_TOPIC, AGENT_TOPIC = "agent.state", "transcript.user", "transcript.agent"
"""As in ``mcp_voice_agent.telemetry.room_data``, which takes seconds to import."""


@dataclass(slots=True)
class CompanionSpeech:
    """What the companion said. Instants are ``time.monotonic()`` seconds, at the human's ear."""

    began_at: float
    note: str = ""
    """What was measured, for the screen."""
    ended_at: float = 0.0
    text: str = ""
    """What was really spoken."""
    interrupted: bool = False
    told: anyio.Event = field(default_factory=anyio.Event)
    """Set when the companion has told the text."""


@dataclass(slots=True)
class Exchange:
    """What the human said, and the companion answered."""

    turn: ScriptedTurn
    spoken: SpeechTimes
    transcripts: list[str]
    speech: CompanionSpeech

    @property
    def heard(self) -> str:
        """What the companion understood."""
        return " ".join(self.transcripts)

    @property
    def answer_ms(self) -> int:
        """Last sample of the human's speech → first sound of the answer."""
        return _ms(self.spoken.ended_at, self.speech.began_at)


class Talk:
    """A human and a companion in one room; the methods raise VoiceError when the companion does not do its part."""

    def __init__(self, person: Human, screen: Screen, *, log: str) -> None:
        self.companion = ""
        """Its identity, once it was heard."""
        self._person = person
        self._screen = screen
        self._log = log
        self._transcripts: list[str] = []
        self._untold: deque[CompanionSpeech] = deque()
        """What sounded, and was not told yet: an answer that is interrupted is told late."""
        self._held: deque[tuple[float, Callable[[], None]]] = deque()
        """What is shown after that, because it came after it."""

    async def read(self) -> None:
        """Take in what the companion tells of itself, until cancelled."""
        while True:
            packet = await self._person.packets.next(limit=PACKET_SECONDS)
            if packet.topic == STATE_TOPIC:
                state = json.loads(packet.data)["state"]
                self._screen.progress("" if state == "listening" else f"the companion is {state}")
            elif packet.topic == USER_TOPIC:
                self._transcripts.append(json.loads(packet.data)["text"])
                self._says("hears", self._transcripts[-1])
            elif packet.topic == AGENT_TOPIC and self._untold:
                self._take(self._untold.popleft(), json.loads(packet.data))

    def _take(self, speech: CompanionSpeech, told: dict[str, str]) -> None:
        speech.text, speech.interrupted = told["text"], bool(told["interrupted"])
        text = speech.text + (" …" if speech.interrupted else "")
        self._screen.says("companion", text, note=speech.note, at=speech.began_at)
        self.show_held(until=self._untold[0].began_at if self._untold else inf)
        speech.told.set()

    def _says(self, who: str, text: str, *, note: str = "") -> None:
        """Show an event in its order: after what the companion has begun to say, whose words are not known yet."""
        at = time.monotonic()
        self._show(at, partial(self._screen.says, who, text, note=note, at=at))

    def _show(self, at: float, show: Callable[[], None]) -> None:
        self._held.append((at, show))
        if not self._untold:
            self.show_held()

    def show_held(self, *, until: float = inf) -> None:
        """Show what came before an instant, and was held back."""
        while self._held and self._held[0][0] < until:
            _, show = self._held.popleft()
            show()

    def heading(self, text: str) -> None:
        """A new part begins, after what the companion is saying."""
        self._show(time.monotonic(), partial(self._screen.heading, text))

    async def greeting(self, *, sent_at: float) -> CompanionSpeech:
        """Wait for the first sound of a companion that was sent at that instant."""
        with self._in_time(f"The companion did not greet within {GREET_SECONDS:.0f} s"):
            began_at = await self._person.hears_sound(limit=GREET_SECONDS)
            self.companion = self._person.heard.sounds[0].identity
        return self._begin(began_at, note=f"first sound {_ms(sent_at, began_at)} ms after it was sent")

    async def say(self, turn: ScriptedTurn, *, over: CompanionSpeech | None = None, after: float = 0.0) -> Exchange:
        """Say something, and wait for the first sound of the answer.

        That is said ``over`` what the companion is saying, ``after`` so many seconds of it.
        """
        if over is not None:
            await anyio.sleep(over.began_at + after - time.monotonic())
            # On a busy machine a voice stalls now and then, and has said less by then.
            with anyio.move_on_after(after):
                while (left := SOUNDING_SHARE * after - self._sounded_since(over.began_at)) > 0:  # noqa: ASYNC110  # sound is not an event
                    await anyio.sleep(left)
        self._says(self._person.identity, turn.words, note="over the answer" if over else "")
        transcripts = self._transcripts = []
        spoken = await self._person.speak(turn.sound())
        if over is not None:
            over.ended_at = self._last_sound(spoken.ended_at)
        with self._in_time(f"The human said {turn.words!r}, and the companion did not answer"):
            began_at = await self._sound_after(spoken.ended_at)
        note = f"first sound {_ms(spoken.ended_at, began_at)} ms after the last word"
        return Exchange(turn, spoken, transcripts, self._begin(began_at, note=note))

    async def hear_out(self, speech: CompanionSpeech) -> None:
        """Wait until the companion has finished, and has told what it said."""
        with self._in_time("The companion spoke, and did not tell what it said"):
            speech.ended_at = await self._person.hears_silence(
                self.companion, quiet=QUIET_SECONDS, limit=SPEECH_SECONDS
            )
            with anyio.fail_after(TOLD_SECONDS):
                await speech.told.wait()

    def _begin(self, began_at: float, *, note: str) -> CompanionSpeech:
        speech = CompanionSpeech(began_at, note)
        self._untold.append(speech)
        return speech

    def _last_sound(self, before: float) -> float:
        sounds = [each for each in self._person.heard.sounds if each.identity == self.companion]
        return max(each.ended_at for each in sounds if each.began_at < before)

    def _sounded_since(self, instant: float) -> float:
        """Seconds of sound of the companion."""
        sounds = [each for each in self._person.heard.sounds if each.identity == self.companion]
        return sum(each.ended_at - each.began_at for each in sounds if each.began_at >= instant)

    async def _sound_after(self, instant: float) -> float:
        with anyio.fail_after(ANSWER_SECONDS):
            while True:
                began_at = await self._person.hears_sound(self.companion, limit=ANSWER_SECONDS)
                if began_at > instant:
                    return began_at
                await self._person.hears_silence(self.companion, quiet=GAP_SECONDS, limit=ANSWER_SECONDS)

    @contextmanager
    def _in_time(self, what: str) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            heard = f" It understood {' '.join(self._transcripts)!r}." if self._transcripts else ""
            raise VoiceError(
                f"{what}.{heard}", fix=f"See {self._log!r}, and run it again on a less busy machine.", code="demo"
            ) from None


@asynccontextmanager
async def talk(person: Human, screen: Screen, *, log: str) -> AsyncIterator[Talk]:
    """Follow what a companion tells the room while the block lasts; ``log`` is where it says what went wrong."""
    async with owned_tasks() as tasks:
        opened = Talk(person, screen, log=log)
        tasks.start_soon(opened.read)
        try:
            yield opened
        finally:
            opened.show_held()
        tasks.cancel_scope.cancel()


def _ms(start: float, end: float) -> int:
    return round((end - start) * 1000)
