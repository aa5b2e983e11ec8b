"""``end_call``: the language model ends the conversation once the human has said goodbye.

LiveKit's ``EndCallTool`` also ends it where the human interrupts the goodbye with one more wish, and it hangs up a
telephone only by closing the room with everybody in it; so this is ours. Whoever else is in the room stays there, and
so does the companion as long as that is a human: nobody sends it away from others.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import anyio
from livekit import api, rtc
from livekit.agents import JobContext, RunContext, function_tool, llm
from livekit.agents.llm import ToolFlag
from livekit.agents.voice import SpeechHandle

from mcp_voice.room.events import HUMAN_KINDS
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.dispatch.removal import MOST_SECONDS, take_back
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks import END_CALL, VoiceTools
from mcp_voice_agent.webhooks.server_tools import Allowed

__all__ = ["ending"]

log = logging.getLogger(__name__)

CALL_SECONDS = 5.0
"""LiveKitAPI itself waits for ever."""
LAST_SOUND_SECONDS = 0.5
"""From the end of the goodbye here until it has been heard at the other end of a telephone."""

LEAVE = "Say goodbye in one short sentence now, and nothing else. The call ends when you have said it."
STAY = (
    "Say goodbye to that person now, in one short sentence, and nothing else. Others are in the room, and you stay "
    "with them."
)


class _Ending:
    """One conversation, and whether it is to end."""

    def __init__(self, job: JobContext, partner: Callable[[], str], step_back: Callable[[], Awaitable[None]]) -> None:
        self._job = job
        self._partner = partner
        self._step_back = step_back
        self._goodbye: SpeechHandle | None = None
        self._caller = ""
        """Who said goodbye."""
        self._over = anyio.Event()

    def tool(self) -> llm.Tool:
        """What the language model calls."""

        @function_tool(name=END_CALL, flags=ToolFlag.IGNORE_ON_ENTER)
        async def end_call(ctx: RunContext[None]) -> str:
            """End the conversation, after the human has said goodbye or that they are done. You cannot undo it.

            Do not call it when they pause, want to wait, thank you in between, or are to be asked something still. If
            you are not sure, ask whether there is anything else. Say nothing before you call it.

            Args:
                ctx: The call, from LiveKit.
            """
            if self._goodbye is not ctx.speech_handle:
                # The answer to this call is said by the same handle.
                self._goodbye, self._caller = ctx.speech_handle, self._partner()
                ctx.speech_handle.add_done_callback(self._on_said)
            return STAY if self._is_anybody_else_there() else LEAVE

        return end_call

    def _is_anybody_else_there(self) -> bool:
        humans = [each for each in self._job.room.remote_participants.values() if each.kind in HUMAN_KINDS]
        return len(humans) > 1

    def _on_said(self, goodbye: SpeechHandle) -> None:
        if goodbye.interrupted:
            log.info("the goodbye was interrupted: the conversation goes on")
        else:
            self._over.set()

    async def run(self) -> None:
        """Leave the room when it is time; before that, hang up on those who leave others there."""
        while True:
            await self._over.wait()
            if not self._is_anybody_else_there():
                break
            self._over = anyio.Event()
            log.info("somebody has said goodbye; others are there, and the conversation goes on")
            await anyio.sleep(LAST_SOUND_SECONDS)
            await self._hang_up(self._caller)
        await self._leave()

    async def _leave(self) -> None:
        # Whoever began anew now would be cut off.
        await self._step_back()
        await anyio.sleep(LAST_SOUND_SECONDS)
        log.info("the conversation has ended with a goodbye")
        # First: LiveKit may not answer for seconds, and meanwhile a silent companion would be there.
        self._job.shutdown("the conversation has ended")
        # The job that ends now ends the block around this, too.
        with anyio.move_on_after(MOST_SECONDS, shield=True):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._hang_up, self._caller)
                tasks.start_soon(take_back, self._job)

    async def _hang_up(self, identity: str) -> None:
        partner = self._job.room.remote_participants.get(identity)
        if partner is None or partner.kind != rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
            return
        try:
            with anyio.fail_after(CALL_SECONDS):
                await self._job.api.room.remove_participant(
                    api.RoomParticipantIdentity(room=self._job.room.name, identity=identity)
                )
        except (api.ServerError, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("the telephone could not be hung up: %s", type(error).__name__)


@asynccontextmanager
async def ending(
    job: JobContext,
    settings: AgentSettings,
    tools: VoiceTools,
    *,
    allowed: Allowed,
    partner: Callable[[], str],
    step_back: Callable[[], Awaitable[None]],
) -> AsyncIterator[None]:
    """Put ``end_call`` beside the tools, where the settings and the room allow it; it works while the block lasts.

    It changes nothing but the conversation itself, so that it is among the tools for reading. ``partner`` tells the
    identity of the human who is listened to; ``step_back`` has the session hear nothing any more.
    """
    if not settings.agent_end_call or not (allowed is None or allowed == "reading" or END_CALL in allowed):
        yield
        return
    end = _Ending(job, partner, step_back)
    async with owned_tasks() as tasks:
        tasks.start_soon(end.run)
        tools.append(end.tool())
        yield
        tasks.cancel_scope.cancel()
