"""The tools as functions, for scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from mcp_voice.asks.facade import Asks
from mcp_voice.ignored_settings import tell_ignored
from mcp_voice.loading import loading
from mcp_voice.progress import Report, unreported
from mcp_voice.results import Answer, Cancelled, Invitation, Rooms, Said, Sent
from mcp_voice.settings import Settings, load

__all__ = [
    "Voice",
    "ask_in_room",
    "list_rooms",
    "listen_in_room",
    "open_voice",
    "say_in_room",
    "send_message_to_room",
]


class Voice:
    """A voice that stays: rooms are entered once and asks outlive their calls while it is open."""

    def __init__(self, asks: Asks, settings: Settings) -> None:
        self._asks = asks
        self._settings = settings

    async def list_rooms(self) -> Rooms:
        """The rooms that may be entered, and who is there."""
        return await self._asks.rooms()

    async def ask_in_room(
        self,
        question: str,
        room_name: str = "",
        participant: str = "",
        choices: Sequence[str] = (),
        wait_seconds: float | None = None,
        *,
        open_ended: bool = False,
        report: Report = unreported,
    ) -> Answer:
        """Speak a question and return what a human answers.

        ``open_ended`` is for questions that want a story: pauses of 2 to 3 s between whole sentences do not end it.
        ``wait_seconds`` None waits for as long as an ask stays open (``MCP_VOICE_ASK_SECONDS``), since no host limits a
        script. ``report`` is told of every change (joining, speaking, the words so far). Raises VoiceError.
        """
        return await self._asks.ask(
            question,
            room_name=room_name,
            participant=participant,
            choices=choices,
            open_ended=open_ended,
            wait_seconds=self._wait(wait_seconds),
            report=report,
        )

    async def wait_for_reply(
        self, ask_id: str, wait_seconds: float | None = None, *, report: Report = unreported
    ) -> Answer:
        """Wait for the reply to a question that is still open."""
        return await self._asks.wait(ask_id, wait_seconds=self._wait(wait_seconds), report=report)

    async def cancel_ask(self, ask_id: str) -> Cancelled:
        """Take a question back."""
        return await self._asks.cancel(ask_id)

    async def say_in_room(
        self, message: str, room_name: str = "", wait_seconds: float | None = None, *, report: Report = unreported
    ) -> Said:
        """Say something without waiting for a reply.

        ``wait_seconds`` is for how long it may wait for the floor. Raises VoiceError, and says who has it.
        """
        return await self._asks.say(message, room_name=room_name, wait_seconds=self._wait(wait_seconds), report=report)

    async def listen_in_room(
        self,
        room_name: str = "",
        participant: str = "",
        wait_seconds: float | None = None,
        *,
        report: Report = unreported,
    ) -> Answer:
        """What was said and not returned yet, else the next turn."""
        return await self._asks.listen(
            room_name=room_name, participant=participant, wait_seconds=self._wait(wait_seconds), report=report
        )

    async def send_message_to_room(
        self,
        message: str,
        room_name: str = "",
        participants: Sequence[str] = (),
        topic: str = "",
        *,
        as_chat: bool = False,
    ) -> Sent:
        """Send a text as data, or as chat."""
        return await self._asks.send(
            message, room_name=room_name, participants=participants, topic=topic, as_chat=as_chat
        )

    async def invite(self, room_name: str, identity: str, name: str = "") -> Invitation:
        """An address and a token with which one person can enter a room; the token is a secret."""
        return await self._asks.invite(room_name, identity=identity, name=name or identity)

    def _wait(self, wait_seconds: float | None) -> float:
        if wait_seconds is not None:
            return wait_seconds
        return self._settings.wait_seconds if self._settings.wait_seconds is not None else self._settings.ask_seconds


@asynccontextmanager
async def open_voice(settings: Settings | None = None) -> AsyncIterator[Voice]:
    """Open a voice for several calls; leaving the block leaves every room.

    Without ``settings`` they are read from the environment, and what is harmless from the working directory's ``.env``.
    Raises BadSettings, LiveKitError.
    """
    if settings is None:
        tell_ignored()
        settings = load()
    async with loading(settings) as held:
        yield Voice(await held.asks(), settings)


async def list_rooms() -> Rooms:
    """``Voice.list_rooms`` with the settings of the environment."""
    async with open_voice() as voice:
        return await voice.list_rooms()


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
    """``Voice.ask_in_room`` with the settings of the environment; a question left pending is taken back."""
    async with open_voice() as voice:
        return await voice.ask_in_room(
            question, room_name, participant, choices, wait_seconds, open_ended=open_ended, report=report
        )


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
        return await voice.listen_in_room(room_name, participant, wait_seconds, report=report)


async def send_message_to_room(
    message: str, room_name: str = "", participants: Sequence[str] = (), topic: str = "", *, as_chat: bool = False
) -> Sent:
    """``Voice.send_message_to_room`` with the settings of the environment."""
    async with open_voice() as voice:
        return await voice.send_message_to_room(message, room_name, participants, topic, as_chat=as_chat)
