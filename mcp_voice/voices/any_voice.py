"""The voice that tools, command line and library call, whoever carries out what they ask: here, or through a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, Self

from mcp_voice.asks.registry import Registry
from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.callers.caller import Caller
from mcp_voice.participants import Participant
from mcp_voice.progress import Report, unreported
from mcp_voice.results import Answer, Cancelled, Invitation, Invited, Rooms, Said, Sent
from mcp_voice.settings import Settings
from mcp_voice.turns.transcript import Line

__all__ = ["AnyVoice"]


class AnyVoice(Protocol):
    """What ``voice.Voice`` says of each of these holds."""

    caller: Caller

    def called_by(self, caller: Caller) -> Self:
        """The same voice for calls of this caller."""

    def apart(self, settings: Settings, *, inviter: str, registry: Registry | None = None) -> AnyVoice:
        """Another voice in this process; neither knows of the other."""

    def is_at_rest(self) -> bool:
        """Whether nothing of it goes on in this process, so that it may be forgotten and made anew."""

    async def charge(self, limit: Limit) -> float:
        """Count a call, with all processes that share its store; seconds until it may be made, 0: now."""

    def asks_waiting(self) -> Iterable[str]:
        """What each open ask waits for, as one of ``figures.WAITED_FOR``."""

    def return_calls(self) -> None:
        """Have every call that waits for a reply return what there is."""

    async def list_rooms(self, *, report: Report = unreported) -> Rooms:
        """The rooms that may be entered, and who is there."""

    async def people(self, room_name: str) -> list[Participant]:
        """Everybody in one room."""

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
        """Speak a question and return what a human answers."""

    async def wait_for_reply(
        self, ask_id: str, wait_seconds: float | None = None, *, report: Report = unreported
    ) -> Answer:
        """Wait for the reply to a question that is still open."""

    async def cancel_ask(self, ask_id: str) -> Cancelled:
        """Withdraw a question."""

    async def say_in_room(
        self, message: str, room_name: str = "", wait_seconds: float | None = None, *, report: Report = unreported
    ) -> Said:
        """Say something without waiting for a reply."""

    async def listen_in_room(
        self,
        room_name: str = "",
        participant: str = "",
        wait_seconds: float | None = None,
        *,
        report: Report = unreported,
    ) -> Answer:
        """What was said and not returned yet, else the next turn."""

    async def send_message_to_room(
        self,
        message: str,
        room_name: str = "",
        participants: Sequence[str] = (),
        topic: str = "",
        *,
        as_chat: bool = False,
        report: Report = unreported,
    ) -> Sent:
        """Send a text as data, or as chat."""

    async def invite(self, room_name: str, identity: str, name: str = "") -> Invitation:
        """An address and a token with which one person can enter a room."""

    async def invite_to_room(self, room_name: str = "", name: str = "", *, autojoin: bool = False) -> Invited:
        """A link by which one person joins a room in a browser."""

    def transcript(self, room_name: str) -> list[Line]:
        """What was said in a room that this process has entered."""

    def entered(self) -> list[str]:
        """The rooms that this process is in."""

    async def read_transcript(self, room_name: str) -> list[Line]:
        """What was said in a room, whoever was there for us."""

    async def rooms_entered(self) -> list[str]:
        """The rooms that somebody is in for us."""
