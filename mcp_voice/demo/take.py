"""One scene, played: the tool is called, the human hears, thinks and answers, and what was measured is kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import anyio

from mcp_voice.demo.scenes import Scene
from mcp_voice.demo.screen import Screen
from mcp_voice.demo.stage import Tools
from mcp_voice.errors import VoiceError
from mcp_voice.people.human import Human, SpeechTimes
from mcp_voice.results import Answer
from mcp_voice.tasks import owned_tasks

__all__ = ["Take", "check", "play"]

THINKING_SECONDS = 0.9
"""Silence after which the human takes the question for asked: more than a voice rests between two sentences."""
HEAR_SECONDS = 30.0
QUESTION_SECONDS = 60.0
REPLY_SECONDS = 30.0
"""How long the tool waits for the reply, from the call on."""


@dataclass(slots=True)
class Take:
    """What happened in a scene. Instants are ``time.monotonic()`` seconds, at the human's ear and mouth."""

    scene: Scene
    called_at: float
    result: dict[str, Any] = field(default_factory=dict)
    sounded_at: float | None = None
    """First sound of the question."""
    silent_at: float | None = None
    """Last sound of the question."""
    spoken: SpeechTimes | None = None
    """When the human spoke."""
    ended_at: float = 0.0
    """When the client had the result."""

    @property
    def answer(self) -> Answer:
        """The result, read."""
        return Answer.model_validate(self.result)

    @property
    def came_out_right(self) -> bool:
        """Whether the human's words are the tool's result."""
        return self.scene.is_answered_by(self.answer.reply) and self.answer.choice == self.scene.choice

    @property
    def first_sound_ms(self) -> int | None:
        """Call → first sound of the question at the human's ear."""
        return _ms(self.called_at, self.sounded_at)

    @property
    def silence_ms(self) -> int | None:
        """The human speaks over the question → the voice is silent at their ear; none where they heard it out."""
        if self.spoken is None or not self.answer.interrupted:
            return None
        return _ms(self.spoken.started_at, self.silent_at)

    @property
    def reply_ms(self) -> int | None:
        """Last sample of the human's speech → the client has the result."""
        return None if self.spoken is None else _ms(self.spoken.ended_at, self.ended_at)


async def play(scene: Scene, tools: Tools, human: Human, room_name: str, *, screen: Screen) -> Take:
    """Ask as a model would, and answer as a human would; raises VoiceError with what the tool has to say."""
    take = Take(scene, time.monotonic())
    async with owned_tasks() as tasks:
        tasks.start_soon(_answer, take, human, screen)
        take.result = await tools.call(
            "ask_in_room",
            question=scene.question,
            room_name=room_name,
            choices=list(scene.choices),
            wait_seconds=REPLY_SECONDS,
            show=screen.progress,
        )
        take.ended_at = time.monotonic()
        take.silent_at = max((sound.ended_at for sound in human.heard.sounds), default=None)
        tasks.cancel_scope.cancel()
    return take


def check(take: Take, label: str) -> None:
    """Raise VoiceError where the human's words did not come out as the result; ``label`` says which ask it is."""
    if take.came_out_right:
        return
    if take.sounded_at is None:
        raise VoiceError(f"{label}: the human heard nothing.", fix="`mcp-voice doctor` shows why.", code="demo")
    got = f"{take.answer.reply!r} (choice {take.answer.choice!r}, {take.answer.status})"
    raise VoiceError(
        f"{label}: the human said {take.scene.answer!r}, but the result was {got}.",
        fix="Run it again on a less busy machine, or set MCP_VOICE_STT to another recogniser; `mcp-voice doctor` tests "
        "each part separately.",
        code="demo",
    )


async def _answer(take: Take, human: Human, screen: Screen) -> None:
    # When nothing is heard, nothing is said: the tool's result tells.
    with anyio.move_on_after(HEAR_SECONDS):
        take.sounded_at = await human.hears_sound(limit=HEAR_SECONDS * 2)
        screen.says("mcp-voice", take.scene.question, note=f"heard {take.first_sound_ms} ms after the call")
        if take.scene.interrupts_after is None:
            await human.hears_silence(quiet=THINKING_SECONDS, limit=QUESTION_SECONDS)
        else:
            await anyio.sleep(take.sounded_at + take.scene.interrupts_after - time.monotonic())
        screen.says(human.identity, take.scene.answer, note="over the question" if take.scene.interrupts_after else "")
        take.spoken = await human.speak(take.scene.sound())


def _ms(start: float, end: float | None) -> int | None:
    return None if end is None else round((end - start) * 1000)
