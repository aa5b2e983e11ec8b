"""One room's conversation: an ``AgentSession``, the human it is linked to, and the floor."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from livekit import rtc
from livekit.agents import AgentSession, JobContext, SpeechCreatedEvent, llm
from livekit.agents.voice.room_io import RoomOptions, TextInputEvent, TextInputOptions

from agents.companion import Companion
from agents.fallback import Inherit, fall_back
from agents.hold import Hold, hold
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
        session.on("speech_created", self._on_speech)

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

    def _on_speech(self, event: SpeechCreatedEvent) -> None:
        # A realtime model answers by itself, and may have begun to when it was told to hear nothing.
        if not self._open and not event.user_initiated:
            event.speech_handle.interrupt(force=True)

    async def run(self) -> None:
        """Begin, in the state that the floor is in; the session has been started."""
        self._running = True
        if not self._open:
            await self.close()


@asynccontextmanager
async def _realtime(settings: AgentSettings) -> AsyncIterator[llm.RealtimeModel | None]:
    """Give the realtime model, if it is asked for and can be had."""
    if settings.agent_mode == "pipeline":
        yield None
        return
    from agents.realtime import realtime_model  # noqa: PLC0415 - takes a second, and not all need it.

    async with realtime_model(settings) as model:
        yield model


@asynccontextmanager
async def conversation(
    job: JobContext, human: rtc.RemoteParticipant, settings: AgentSettings
) -> AsyncIterator[AgentSession[None]]:
    """Converse with one human, or with the next one when they are gone, while the block lasts."""
    vad = job.proc.userdata["vad"]
    async with pipeline(settings, vad) as parts, _realtime(settings) as realtime:
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
                await succession.settled()
                session.generate_reply(user_input=event.text)

        def on_arrival(newcomer: rtc.RemoteParticipant) -> None:
            if newcomer.kind in HUMAN_KINDS and session.room_io.linked_participant is None:
                session.room_io.set_participant(newcomer.identity)

        def companion(
            floor: Hold, inherit: Inherit | None = None, realtime: llm.RealtimeModel | None = None
        ) -> Companion:
            return Companion(
                instructions=settings.agent_instructions, greeting=settings.agent_greeting,
                floor=floor, inherit=inherit, realtime=realtime,
            )  # fmt: skip

        async with (
            hold(job.room, step_back=ears.close, go_on=ears.reopen) as floor,
            fall_back(session, partial(companion, floor)) as succession,
        ):
            await session.start(
                companion(floor, realtime=realtime),
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
