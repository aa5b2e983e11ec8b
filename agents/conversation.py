"""One room's conversation: an ``AgentSession``, the human it is linked to, and the floor."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from livekit import rtc
from livekit.agents import AgentSession, JobContext
from livekit.agents.voice.room_io import RoomOptions, TextInputEvent, TextInputOptions

from agents.companion import Companion
from agents.hold import hold
from agents.pipeline import pipeline
from agents.settings import AgentSettings

__all__ = ["HUMAN_KINDS", "conversation"]

log = logging.getLogger(__name__)

HUMAN_KINDS = [
    rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD,
    rtc.ParticipantKind.PARTICIPANT_KIND_SIP,
    rtc.ParticipantKind.PARTICIPANT_KIND_INGRESS,
]


class _Ears:
    """The session's ears and mouth, closed while somebody else has the floor."""

    def __init__(self, session: AgentSession[None]) -> None:
        self._session = session
        self._running = False
        self._open = True

    @property
    def open(self) -> bool:
        """Whether what humans say and write is for us."""
        return self._open

    async def close(self) -> None:
        """Fall silent and hear nothing; what was half said is forgotten."""
        self._open = False
        if self._running:
            self._session.input.set_audio_enabled(False)
            self._session.clear_user_turn()
            await self._session.interrupt(force=True)

    async def reopen(self) -> None:
        """Hear again."""
        self._open = True
        if self._running:
            self._session.input.set_audio_enabled(True)

    async def run(self) -> None:
        """Begin, in the state that the floor is in; the session has been started."""
        self._running = True
        if not self._open:
            await self.close()


@asynccontextmanager
async def conversation(
    job: JobContext, human: rtc.RemoteParticipant, settings: AgentSettings
) -> AsyncIterator[AgentSession[None]]:
    """Converse with one human, or with the next one when they are gone, while the block lasts."""
    vad = job.proc.userdata["vad"]
    async with pipeline(settings, vad) as parts:
        session = AgentSession[None](
            stt=parts.stt,
            llm=parts.llm,
            tts=parts.tts,
            vad=vad,
            turn_handling={"turn_detection": job.proc.userdata["turn_detection"], "interruption": {"mode": "vad"}},
            aec_warmup_duration=None,
            session_close_transcript_timeout=0.0,
        )
        ears = _Ears(session)

        async def on_text(_: AgentSession[None], event: TextInputEvent) -> None:
            if ears.open:
                await session.interrupt()
                session.generate_reply(user_input=event.text)

        def on_arrival(newcomer: rtc.RemoteParticipant) -> None:
            if newcomer.kind in HUMAN_KINDS and session.room_io.linked_participant is None:
                session.room_io.set_participant(newcomer.identity)

        async with hold(job.room, step_back=ears.close, go_on=ears.reopen) as floor:
            companion = Companion(
                instructions=settings.agent_instructions, greeting=settings.agent_greeting, floor=floor
            )
            await session.start(
                companion,
                room=job.room,
                room_options=RoomOptions(
                    participant_identity=human.identity,
                    participant_kinds=HUMAN_KINDS,
                    text_input=TextInputOptions(text_input_cb=on_text),
                    close_on_disconnect=False,
                ),
                session_host=False,
                record=False,
            )
            await ears.run()
            job.room.on("participant_connected", on_arrival)
            try:
                yield session
            finally:
                job.room.off("participant_connected", on_arrival)
                await session.aclose()
