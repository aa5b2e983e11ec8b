"""The tools as functions, for scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from mcp_voice.errors import VoiceError
from mcp_voice.loading import loading
from mcp_voice.progress import Report, unreported
from mcp_voice.results import Answer, Rooms, Said, Sent
from mcp_voice.settings import Settings, load
from mcp_voice.settings.ignored import tell_ignored
from mcp_voice.voice import Voice
from mcp_voice.voices.one_call import once_started, seen, unheard, withdrawn, without_dead_link

__all__ = [
    "ask_in_room",
    "list_rooms",
    "listen_in_room",
    "open_voice",
    "say_in_room",
    "send_message_to_room",
]


@asynccontextmanager
async def open_voice(settings: Settings | None = None) -> AsyncIterator[Voice]:
    """Open a voice for several calls; leaving the block leaves every room.

    With ``MCP_VOICE_STORE`` questions that are open outlive it: another process goes on with them.

    An error that leaves the block names no link of its join page, which has ended with it.

    Without ``settings`` they are read from the environment, and what is harmless from the working directory's ``.env``.
    Raises BadSettings, LiveKitError.
    """
    if settings is None:
        tell_ignored()
        settings = load()
    try:
        async with loading(settings) as held:
            yield await held.voice()
    except VoiceError as error:
        raise without_dead_link(error) from error.__cause__


async def list_rooms(*, report: Report = unreported) -> Rooms:
    """``Voice.list_rooms`` with the environment's settings; it waits for an embedded server that is being built."""
    async with open_voice() as voice:
        return seen(await once_started(lambda: voice.list_rooms(report=report)))


async def ask_in_room(
    question: str,
    room_name: str = "",
    participant: str = "",
    choices: Sequence[str] = (),
    wait_seconds: float | None = None,
    *,
    open_ended: bool = False,
    report: Report = unreported,
) -> Answer:
    """``Voice.ask_in_room`` with the settings of the environment; a question left pending is withdrawn."""
    async with open_voice() as voice:
        answer = await voice.ask_in_room(
            question, room_name, participant, choices, wait_seconds, open_ended=open_ended, report=report
        )
        return await withdrawn(voice, answer)


async def say_in_room(
    message: str, room_name: str = "", wait_seconds: float | None = None, *, report: Report = unreported
) -> Said:
    """``Voice.say_in_room`` with the settings of the environment."""
    async with open_voice() as voice:
        return await voice.say_in_room(message, room_name, wait_seconds, report=report)


async def listen_in_room(
    room_name: str = "", participant: str = "", wait_seconds: float | None = None, *, report: Report = unreported
) -> Answer:
    """``Voice.listen_in_room`` with the settings of the environment."""
    async with open_voice() as voice:
        return unheard(await voice.listen_in_room(room_name, participant, wait_seconds, report=report))


async def send_message_to_room(
    message: str,
    room_name: str = "",
    participants: Sequence[str] = (),
    topic: str = "",
    *,
    as_chat: bool = False,
    report: Report = unreported,
) -> Sent:
    """``Voice.send_message_to_room`` with the settings of the environment; it waits as ``list_rooms`` does."""
    async with open_voice() as voice:
        return await once_started(
            lambda: voice.send_message_to_room(message, room_name, participants, topic, as_chat=as_chat, report=report)
        )
