"""One room's conversation: an ``AgentSession``, the human it is linked to, and the floor."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession, CloseEvent, CloseReason, JobContext, UserStateChangedEvent, llm
from livekit.agents.voice import SpeechHandle
from livekit.agents.voice.room_io import RoomOptions

from mcp_voice.room.events import HUMAN_KINDS
from mcp_voice.room.livekit_events import handling
from mcp_voice.settings import listed
from mcp_voice_agent.conversation.audience import Audience, audience
from mcp_voice_agent.conversation.companion import Companion, People
from mcp_voice_agent.conversation.end_call import ending
from mcp_voice_agent.conversation.endpointing import WordsSoFar
from mcp_voice_agent.conversation.failures import apologizing
from mcp_voice_agent.conversation.filler import filling
from mcp_voice_agent.conversation.handover import Handover, Predecessor, handing_over
from mcp_voice_agent.conversation.hold import Hold, hold
from mcp_voice_agent.conversation.linking import Linking
from mcp_voice_agent.conversation.microphones import microphones
from mcp_voice_agent.conversation.mute import Mute
from mcp_voice_agent.conversation.session import agent_session, modelled
from mcp_voice_agent.conversation.speech_rules import instructed
from mcp_voice_agent.conversation.typed import typing
from mcp_voice_agent.learned import SPEAKER, Asked
from mcp_voice_agent.models.noise import noise_cancellation
from mcp_voice_agent.models.pipeline import pipeline
from mcp_voice_agent.models.voices import REALTIME, own_voice, realtime_temperature
from mcp_voice_agent.room_config.overlay import overlaid
from mcp_voice_agent.room_config.service import RoomConfig
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.telemetry.instruments import Instruments
from mcp_voice_agent.telemetry.logs import name_lines
from mcp_voice_agent.telemetry.observed import counted, observed, tell_begun
from mcp_voice_agent.webhooks import VoiceTools, voice_tools

__all__ = ["conversation"]

log = logging.getLogger(__name__)

HEARD_OUT_SECONDS = 300.0
"""Beyond the end of an ask, somebody who is speaking then still has the floor."""


@asynccontextmanager
async def _realtime(settings: AgentSettings, config: RoomConfig) -> AsyncIterator[llm.RealtimeModel | None]:
    """Give the realtime model, if it is asked for and can be had."""
    if settings.agent_mode == "pipeline":
        yield None
        return
    from mcp_voice_agent.models.realtime import realtime_model  # noqa: PLC0415 - takes a second, and not all need it.

    voice = own_voice(REALTIME, config.voice) if config.voice else ""
    percent = settings.agent_temperature
    temperature = None if percent is None else realtime_temperature(percent)
    async with realtime_model(settings, voice=voice, temperature=temperature) as model:
        yield model


def _count_realtime(figures: Instruments, settings: AgentSettings, *, has_model: bool) -> None:
    """Count a conversation that has to do without the realtime model that it was to have."""
    if settings.agent_mode == "realtime":
        figures.fell_back_from_realtime(settings.agent_realtime_model, when="before", by=0 if has_model else 1)
        figures.fell_back_from_realtime(settings.agent_realtime_model, when="during", by=0)


class _Conversation:
    """What happens in a session, translated."""

    def __init__(
        self, job: JobContext, session: AgentSession[None], human: rtc.RemoteParticipant, settings: AgentSettings
    ) -> None:
        self._job = job
        self._session = session
        self._settings = settings
        self.mute = Mute(session)
        self._answer: SpeechHandle | None = None
        """To what was typed last."""
        name = partial(_name, job)
        self.linking = Linking(job.room, session, human, patience=settings.patience, changed=name)

    async def on_typed(self, listeners: Audience, handover: Handover, identity: str, words: str) -> None:
        """Answer what somebody has typed or pressed."""
        self.linking.take(identity)
        await listeners.known()
        # Where nobody may interrupt an answer LiveKit raises, and the next one comes after it.
        with suppress(RuntimeError):
            await self._session.interrupt()
        await handover.settled()
        said = llm.ChatMessage(role="user", content=[words], extra={SPEAKER: identity})
        self._answer = self._session.generate_reply(user_input=said)

    def floor(self) -> tuple[str, bool]:
        """Whom we listen to, and whether they speak or are being answered."""
        partner, busy = self.linking.floor()
        # The session tells of an answer only once it has begun with it.
        return partner, busy or (self._answer is not None and not self._answer.done())

    def on_user_state(self, event: UserStateChangedEvent) -> None:
        """Ask once whether somebody is there who has said nothing for long."""
        if (
            event.new_state == "away"
            and not self.mute.is_on
            and self.linking.linked()
            and self._settings.agent_away_message
        ):
            self._session.say(self._settings.agent_away_message)

    def on_close(self, event: CloseEvent) -> None:
        """End a job whose session has closed by itself: nobody would hear the human; a job that ends is replaced."""
        if event.reason is CloseReason.ERROR:
            log.error("the session has closed by an error")
            self._job.shutdown("the session has closed by an error")

    async def learn(self, asked: Asked) -> None:
        """Remember what another agent asked, and what was answered."""
        agent = self._session.current_agent
        if isinstance(agent, Companion):
            await agent.learn(asked)


@asynccontextmanager
async def conversation(
    job: JobContext, human: rtc.RemoteParticipant, base: AgentSettings, config: RoomConfig
) -> AsyncIterator[AgentSession[None]]:
    """Converse with one human, or with the next one when they are gone, while the block lasts.

    ``config`` is what the room wants different from the settings. Raises BadSettings.
    """
    settings = overlaid(base, config)
    async with (
        counted(job, settings.agent_mode) as figures,
        pipeline(settings, job.proc.userdata["vad"]) as parts,
        _realtime(settings, config) as realtime,
    ):
        _count_realtime(figures, settings, has_model=realtime is not None)
        session = agent_session(job.proc.userdata, settings, parts)
        talk = _Conversation(job, session, human, settings)
        linking = talk.linking
        WordsSoFar(session, settings, modelled=modelled(job.proc.userdata)).follow()
        session.input.audio = linking.audio

        def succeed(broken: Predecessor) -> Companion:
            figures.fell_back_from_realtime(settings.agent_realtime_model, when="during")
            return _companion(settings, floor, tools, linking, listeners, broken)

        async with (
            observed(job, session, figures, parts=parts, mode=settings.agent_mode, participant=human.identity),
            hold(
                job.room,
                step_back=talk.mute.on,
                go_on=talk.mute.off,
                learn=talk.learn,
                longest=settings.ask_seconds + HEARD_OUT_SECONDS,
            ) as floor,  # fmt: skip
            voice_tools(
                settings,
                room_name=job.room.name,
                identity=linking.linked,
                floor=floor,
                session=session,
                allowed=config.tools,
            ) as tools,
            ending(job, settings, tools, allowed=config.tools, partner=linking.linked, step_back=talk.mute.on),
            apologizing(session, floor, settings),
            filling(session, floor, settings),
            audience(job.room, session) as listeners,
            handing_over(session, succeed) as handover,
            _started(
                session,
                _companion(settings, floor, tools, linking, listeners, realtime=realtime),
                room=job.room,
                room_options=RoomOptions(
                    participant_identity=human.identity,
                    participant_kinds=HUMAN_KINDS,
                    audio_input=False,
                    text_input=False,
                    close_on_disconnect=False,
                ),
            ),
        ):
            await talk.mute.run()
            model = settings.agent_realtime_model if realtime else ""
            voice = getattr(realtime, "voice", "")
            tell_begun(settings, parts, configuration=config.told, realtime=model, voice=voice)
            with (
                handling(job.room, participant_connected=linking.on_change, participant_disconnected=linking.on_change),
                handling(session, user_state_changed=talk.on_user_state, close=talk.on_close),
            ):
                # Later than the handlers above, which choose the human.
                async with (
                    microphones(job.room, linking.audio, job.proc.userdata["vad"], noise_cancellation(settings)),
                    typing(job.room, partial(talk.on_typed, listeners, handover), talk.floor, lambda: talk.mute.is_on),
                ):
                    yield session


def _name(job: JobContext, identity: str) -> None:
    name_lines(job, participant=identity)


def _companion(
    settings: AgentSettings,
    floor: Hold,
    tools: VoiceTools,
    linking: Linking,
    listeners: Audience,
    predecessor: Predecessor | None = None,
    realtime: llm.RealtimeModel | None = None,
) -> Companion:
    return Companion(
        instructions=instructed(settings.agent_instructions), greeting=settings.agent_greeting,
        keyterms=listed(settings.agent_keyterms), floor=floor, tools=tools, people=People(linking.named, listeners),
        predecessor=predecessor, realtime=realtime,
    )  # fmt: skip


@asynccontextmanager
async def _started(session: AgentSession[None], companion: Companion, **options: Any) -> AsyncIterator[None]:
    try:
        await session.start(companion, session_host=False, record=False, **options)
        yield
    finally:
        await session.aclose()
