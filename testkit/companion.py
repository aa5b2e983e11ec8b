"""A conversation with the companion, as a human and the language model see it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from livekit import api, rtc

from mcp_voice.audio import Pcm
from mcp_voice.floor_protocol import FLOOR_ATTRIBUTE, HOLD_METHOD, RENEWED_ATTRIBUTE
from mcp_voice.people.human import Human
from testkit.chat_model import Message, Reply, text_of
from testkit.rig import LIMIT, Rig
from testkit.waiting import until
from testkit.worker import companions

__all__ = [
    "ANSWER",
    "GREETING",
    "arrived",
    "floor_of",
    "greeted",
    "heard_by_model",
    "person_in",
    "replying",
    "requests_after",
    "said_by",
    "spoken",
    "spoken_to",
    "talked_over",
]

GREETING = "Hello! How can I help?"
ANSWER = "Well, there is a lot to say about that, so please listen to me."
"""What ``talked_over`` talks over."""


def spoken(rig: Rig) -> list[str]:
    """What was turned into sound so far, by whomever."""
    return [asked.text for asked in rig.speech.speech.asked]


async def spoken_to(rig: Rig, text: str) -> None:
    """Wait until something was turned into sound."""
    await until(lambda: any(text in each for each in spoken(rig)), limit=LIMIT)


def said_by(role: str, messages: tuple[Message, ...]) -> list[str]:
    """The texts of one role in a request to the language model."""
    return [text_of(message) for message in messages if message["role"] == role]


def requests_after(rig: Rig, words: str) -> list[tuple[Message, ...]]:
    """The requests to the language model in which these were the human's last words, in any case."""
    asked = [each.messages for each in rig.speech.chat.asked]
    return [messages for messages in asked if words.lower() in said_by("user", messages)[-1].lower()]


def heard_by_model(rig: Rig) -> list[str]:
    """The last words of the human in each request to the language model."""
    return [said_by("user", asked.messages)[-1] for asked in rig.speech.chat.asked]


@contextmanager
def replying(rig: Rig, reply: Reply) -> Iterator[None]:
    """Have the language model say something else than an echo while the block lasts."""
    before = rig.speech.reply
    rig.speech.reply = reply
    try:
        yield
    finally:
        rig.speech.reply = before


async def talked_over(
    rig: Rig, person: Human, identity: str, sound: Pcm, *, quiet: float, limit: float = LIMIT
) -> tuple[float, float]:
    """Make a sound over ``ANSWER``; gives the instants at which the answer began, and ended for ``quiet`` seconds."""
    with replying(rig, lambda _: ANSWER):
        await person.type("talk")
        began_at = await person.hears_sound(identity, limit=LIMIT)
        await person.speak(sound)
        return began_at, await person.hears_silence(identity, quiet=quiet, limit=limit)


async def arrived(person: Human) -> str:
    """Wait until the companion has come; gives its identity."""
    await until(lambda: companions(person), limit=2 * LIMIT)
    (companion,) = companions(person)
    return companion.identity


async def greeted(person: Human) -> str:
    """Wait until the companion has greeted somebody; gives its identity."""
    identity = await arrived(person)
    # It may have been heard, and be over, before a busy test looks.
    await until(lambda: any(sound.identity == identity for sound in person.heard.sounds), limit=2 * LIMIT)
    await person.hears_silence(identity, quiet=0.5, limit=LIMIT)
    return identity


@asynccontextmanager
async def person_in(
    rig: Rig, room: str, *, agent_name: str = "", metadata: str = "", e2ee_key: str = ""
) -> AsyncIterator[Human]:
    """Somebody in a room that was made with metadata, or for an agent of that name."""
    agents = [api.RoomAgentDispatch(agent_name=agent_name)] if agent_name else []
    async with rig.api() as server:
        await server.room.create_room(api.CreateRoomRequest(name=room, metadata=metadata, agents=agents))
    async with rig.person(room, "alice", e2ee_key=e2ee_key) as person:
        yield person


@asynccontextmanager
async def floor_of(rig: Rig, room: str, companion: str) -> AsyncIterator[rtc.LocalParticipant]:
    """Somebody else's agent, who takes the floor as an ask does, and gives it back when the block ends."""
    async with rig.person(room, "asker", kind="agent") as asker:
        we = asker.connection.local_participant
        await we.set_attributes({FLOOR_ATTRIBUTE: "ask-1", RENEWED_ATTRIBUTE: f"{time.time():.3f}"})
        await we.perform_rpc(destination_identity=companion, method=HOLD_METHOD, payload='{"ask_id": "ask-1"}')
        yield we
        await we.set_attributes({FLOOR_ATTRIBUTE: "", RENEWED_ATTRIBUTE: ""})
