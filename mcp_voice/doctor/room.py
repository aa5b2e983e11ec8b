"""A question in a room made up for it: asked aloud, heard, answered aloud and read, over real WebRTC."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
import anyio
from livekit import api

from mcp_voice.audio import Pcm
from mcp_voice.doctor.asking import Asking
from mcp_voice.doctor.problem import NotTried, Problem, told
from mcp_voice.doctor.speech import CLIP, PHRASE, speech_problem
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import LiveKitError, STTError, TTSError, VoiceError
from mcp_voice.floor_protocol import OUR_PREFIX
from mcp_voice.people.human import Human, human
from mcp_voice.results import Answer
from mcp_voice.room.access import Access, token
from mcp_voice.room.engine import LiveKitEngine, engine
from mcp_voice.settings import Settings
from mcp_voice.tasks import Bell
from mcp_voice.texts.foreign import quoted
from mcp_voice.voices.opening import voice_with

__all__ = ["ROOM", "scratch_name"]

QUESTION = "Can you hear me?"
CHOICES = (PHRASE, "no I cannot")
JOIN_SECONDS = 10.0
LISTED_SECONDS = 5.0
POLL_SECONDS = 0.2
HEARD_SECONDS = 12.0
QUIET_SECONDS = 0.4
ENDED_SECONDS = 8.0
ANSWERED_SECONDS = 12.0
WAIT_SECONDS = 60.0
DELETE_SECONDS = 3.0
"""How long taking the room away may take: it would go by itself after a while."""
NO_MEDIA = frozenset({"no-answer", "join-late", "no-microphone"})
"""Codes of what fails, at a server that was reached a moment ago, when the connection for sound does."""


async def join(visit: Visit) -> Found:
    """Have a synthetic participant join, which takes a connection for sound in both directions."""
    visit.room_name = scratch_name(visit.settings)
    try:
        visit.human = await visit.hold(_participant(visit))
    except LiveKitError as error:
        blocked = error.code in NO_MEDIA
        raise (Problem("media-blocked", code=error.code) if blocked else told("join-refused", error)) from None
    encrypted = ", end-to-end encrypted" if visit.settings.e2ee_key.get_secret_value() else ""
    return Found(f"a test participant, in room {visit.room_name}{encrypted}")


async def question(visit: Visit) -> Found:
    """Ask, and wait until the participant hears it."""
    person = _present(visit)
    voice = await visit.hold(engine(visit.settings))
    await voice.prepare()
    asking = await visit.hold(voice_with(visit.settings.model_copy(update={"quiet_seconds": 0.0}), voice))
    await _listed(voice, visit.room_name)
    visit.asking = current = Asking()
    begun = time.monotonic()
    wait_seconds = WAIT_SECONDS + _voice(visit) + _recogniser(visit)
    ask = partial(asking.ask_in_room, QUESTION, visit.room_name, choices=CHOICES, wait_seconds=wait_seconds)
    visit.tasks.start_soon(current.run, ask)
    heard_at: float | None = None

    async def listen(tasks: anyio.abc.TaskGroup) -> None:
        nonlocal heard_at
        current.speaker = await _our_identity(person)
        heard_at = await person.hears_sound(current.speaker, limit=limit + 1)
        tasks.cancel_scope.cancel()

    limit = HEARD_SECONDS + _voice(visit)
    with anyio.move_on_after(limit):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen, tasks)
            await current.over.wait()
            tasks.cancel_scope.cancel()
    if heard_at is None:
        raise await _why_not(visit, current.outcome, Problem("not-heard", why=f"none within {limit:.0f} s"))
    return Found(f"{QUESTION!r}, heard {(heard_at - begun) * 1000:.0f} ms after the call")


async def answer(visit: Visit) -> Found:
    """Answer aloud, and wait for the words."""
    person, current = _present(visit), visit.asking
    if current is None:
        raise Problem("unexpected", why="Nothing was asked")
    try:
        await person.hears_silence(current.speaker, quiet=QUIET_SECONDS, limit=ENDED_SECONDS)
    except TimeoutError:
        raise Problem("ask-failed", why="The question does not end.", fix="Try again.") from None
    await person.speak(Pcm.load(CLIP))
    with anyio.move_on_after(ANSWERED_SECONDS + _recogniser(visit)):
        await current.over.wait()
    outcome = current.outcome
    if not isinstance(outcome, Answer) or outcome.reply is None:
        raise await _why_not(visit, outcome, Problem("answer-not-heard"))
    return Found(f"{quoted(outcome.reply)}, {outcome.timing.reply_ms} ms after its last sound")


def scratch_name(settings: Settings) -> str:
    """A room that nobody uses and that ``MCP_VOICE_ROOMS`` allows; raises NotTried if there can be none."""
    name = f"mcp-voice-doctor-{uuid.uuid4().hex[:6]}"
    patterns = [pattern.strip() for pattern in settings.rooms.split(",")]
    made_up = [pattern.replace("*", name, 1).replace("*", "") for pattern in patterns if "*" in pattern]
    for candidate in (name, *made_up):
        if settings.may_enter(candidate):
            return candidate
    raise NotTried(Problem("no-scratch-room", patterns=settings.rooms))


@asynccontextmanager
async def _participant(visit: Visit) -> AsyncIterator[Human]:
    """Somebody with a microphone, in a room that is taken away afterwards."""
    access = Access(visit.url, visit.api_key, visit.api_secret)
    identity = f"doctor-{uuid.uuid4().hex[:6]}"
    jwt = token(access, room_name=visit.room_name, identity=identity, name="Doctor", kind="standard")
    async with human(visit.url, jwt, e2ee_key=visit.settings.e2ee_key) as person:
        yield person
    with anyio.move_on_after(DELETE_SECONDS, shield=True):
        await _delete(access, visit.room_name)


async def _delete(access: Access, room_name: str) -> None:
    """An empty room goes by itself after a while; this is good manners."""
    try:
        async with api.LiveKitAPI(access.url, access.api_key, access.api_secret) as server:
            await server.room.delete_room(api.DeleteRoomRequest(room=room_name))
    except (api.ServerError, aiohttp.ClientError):
        return


async def _listed(voice: LiveKitEngine, room_name: str) -> None:
    """Wait until the server API knows of the participant, as an ask needs it."""
    deadline = time.monotonic() + LISTED_SECONDS
    while not any(room.active for room in await voice.rooms() if room.room_name == room_name):
        if time.monotonic() > deadline:
            raise Problem("not-listed")
        await anyio.sleep(POLL_SECONDS)


async def _our_identity(person: Human) -> str:
    """Wait until we are in the room."""
    came = Bell()
    connection = person.connection
    connection.on("participant_connected", lambda _: came.ring())
    while True:
        for identity in connection.remote_participants:
            if identity.startswith(OUR_PREFIX):
                return identity
        await came.wait()


async def _why_not(visit: Visit, outcome: Answer | VoiceError | None, otherwise: Problem) -> Problem:
    if isinstance(outcome, TTSError) and visit.tts is not None:
        return await speech_problem(visit, visit.tts, outcome)
    if isinstance(outcome, STTError) and visit.stt is not None:
        return await speech_problem(visit, visit.stt, outcome)
    if isinstance(outcome, VoiceError):
        if outcome.code == "not-heard":
            return Problem("not-heard", why="nobody received it")
        return told("ask-failed", outcome)
    return otherwise


def _present(visit: Visit) -> Human:
    if visit.human is None:
        raise Problem("unexpected", why="Nobody is in the room")
    return visit.human


def _voice(visit: Visit) -> float:
    """How much longer the voice may take for a question: twice what it took for the phrase."""
    return 2 * visit.first_sound_seconds


def _recogniser(visit: Visit) -> float:
    """The same for the answer."""
    return 2 * visit.read_seconds


ROOM = (
    Step("join", "a participant joins", join, JOIN_SECONDS, ("key",), late="media-blocked"),
    Step(
        "question",
        "the question is heard",
        question,
        HEARD_SECONDS + 8,
        ("join", "tts", "stt-choice"),
        slowness=_voice,
    ),
    Step(
        "answer",
        "the answer comes back",
        answer,
        ENDED_SECONDS + ANSWERED_SECONDS + 4,
        ("question", "stt"),
        slowness=_recogniser,
    ),
)
