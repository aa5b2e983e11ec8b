"""One job: a process that holds one place, for as long as something is asked there."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import uuid
from contextlib import suppress

import anyio
from livekit.agents import JobContext, JobProcess, JobRequest, tokenize
from livekit.local_inference import init_eot

from mcp_voice.asks.room_voice import room_voice
from mcp_voice.errors import LiveKitError, StoreError, VoiceError, quoted_name
from mcp_voice.floor_protocol import OUR_PREFIX
from mcp_voice.redaction import fault_place
from mcp_voice.requests.carrying import carry_out
from mcp_voice.requests.holding import carrier
from mcp_voice.room.engine import engine
from mcp_voice.room.server_engine import ServerEngine
from mcp_voice.settings import load
from mcp_voice.speech.certificates import read_certificates
from mcp_voice.speech.parts import parts
from mcp_voice.store.opening import open_store
from mcp_voice.store.records import Place
from mcp_voice.store.seam import LEASE_SECONDS, AskStore
from mcp_voice.tasks import owned_tasks
from mcp_voice.texts.foreign import shown
from mcp_voice.workers.counted_store import CountedStore
from mcp_voice.workers.counts import count_request
from mcp_voice.workers.dispatching import worker_name
from mcp_voice.workers.draining import VARIABLE, until_draining
from mcp_voice.workers.figures import share_room
from mcp_voice.workers.job_token import job_token
from mcp_voice.workers.metadata import AGENT_NAME, Assignment
from mcp_voice.workers.settings import WorkerSettings

__all__ = ["answer", "carry_out_job", "prewarm"]

log = logging.getLogger(__name__)

READ_SECONDS = 0.05
"""Between two looks whether whoever takes what was noted of a place has left it."""
NAME_SECONDS = 1.0
"""For the visible name of whoever asks; LiveKit's server sends a job elsewhere that is not accepted soon."""
LONGEST_NAME = 64
OUR_NAME = "mcp-voice"
DELETE_SECONDS = 2.0
"""For taking back the dispatch of a job that is over; whoever sends the next one deletes it, too."""


def prewarm(process: JobProcess) -> None:
    """Load, before a room needs it, what an engine would load at its first question."""
    share_room(process)
    settings = load(WorkerSettings, folder=None)
    read_certificates()
    tokenize.basic.hyphenate_word("prepare")
    parts("One sentence. " * 20)
    if settings.turn_detector:
        try:
            init_eot()
        except (OSError, RuntimeError, ValueError) as error:
            log.warning("no local end-of-turn model (%s)", type(error).__name__)


async def answer(request: JobRequest, *, store: AskStore) -> None:
    """Take what is for us, under the name of whoever asks; a dispatch of somebody else ends here."""
    assignment = Assignment.read(request.job.metadata)
    if assignment is None:
        log.warning(
            "a dispatch of %s to room %s is none of ours, and is refused: its metadata cannot be read",
            AGENT_NAME,
            quoted_name(request.room.name),
        )
        await request.reject()
        return
    name = await _name(store, assignment, request.room.name)
    if name is None:
        log.info("a dispatch to room %s is refused: nothing waits there", quoted_name(request.room.name))
        await request.reject()
        return
    await request.accept(identity=f"{OUR_PREFIX}{uuid.uuid4().hex[:8]}", name=name)


async def _name(store: AskStore, assignment: Assignment, room_name: str) -> str | None:
    """The visible one of whoever asks; ours, where the store does not tell it in time. None: nothing waits there.

    Whoever may dispatch agents may send any number of them, and each that is taken has a process of its own.
    """
    with suppress(StoreError), anyio.move_on_after(NAME_SECONDS):
        waiting = await store.waiting_of(assignment.subject_tag, room_name)
        if not waiting:
            return None
        return next((shown(each.request.asker, limit=LONGEST_NAME) for each in waiting if each.request.asker), OUR_NAME)
    return OUR_NAME


async def carry_out_job(job: JobContext) -> None:
    """Begin with what is asked in the job's room; LiveKit wants the entrypoint to return, and a job to end itself."""
    job._on_connect()  # noqa: SLF001  # quirk: job-connection
    # Where it knows of a job, LiveKit's session enters the room once more, under the same identity.
    work = asyncio.create_task(_work(job), context=contextvars.Context())

    async def end() -> None:
        work.cancel()
        await asyncio.wait([work])

    job.add_shutdown_callback(end)
    work.add_done_callback(lambda _: job.shutdown("nothing is asked here any more"))


async def _work(job: JobContext) -> None:
    try:
        await _carry_out(job)
    except VoiceError as error:
        log.error("what is asked in room %s cannot be carried out: %s", quoted_name(job.job.room.name), error)  # noqa: TRY400
    except Exception as error:  # noqa: BLE001  # told without a traceback, which may quote
        log.error("carrying out failed: %s", fault_place(error))  # noqa: TRY400


async def _carry_out(job: JobContext) -> None:
    assignment = Assignment.read(job.job.metadata)
    if assignment is None:
        return
    settings = load(WorkerSettings, folder=None)
    async with (
        open_store(settings) as store,
        engine(settings, given=job_token(job)) as running,
        room_voice(settings, running) as voice,
    ):
        counted = CountedStore(store, count_request)
        try:
            if (place := await wanted(store, assignment, job.job.room.name)) is not None:
                async with owned_tasks() as tasks:
                    tasks.start_soon(running.prepare)
                    draining = anyio.Event()
                    tasks.start_soon(_tell_when_draining, draining)
                    name = worker_name(job.job.dispatch_id, job.job.id)
                    await carry_out(place, store=counted, voice=voice, worker=name, draining=draining)
                    tasks.cancel_scope.cancel()
        finally:
            with anyio.move_on_after(DELETE_SECONDS, shield=True):
                await _delete_dispatch(running, job)


async def wanted(store: AskStore, assignment: Assignment, room_name: str) -> Place | None:
    """Where something is asked that nobody carries out; None: a dispatch may come late."""
    waiting = await store.waiting_of(assignment.subject_tag, room_name)
    if not waiting:
        return None
    place = waiting[0].request.place
    if await carrier(store, place):
        return None
    with anyio.move_on_after(LEASE_SECONDS):
        while await store.holder(place) and not await carrier(store, place):  # noqa: ASYNC110  # a reader, for an instant
            await anyio.sleep(READ_SECONDS)
    return place


async def _tell_when_draining(draining: anyio.Event) -> None:
    if VARIABLE in os.environ:
        await until_draining()
        draining.set()


async def _delete_dispatch(server: ServerEngine, job: JobContext) -> None:
    """LiveKit's server would keep it as long as there is the room."""
    try:
        dispatches = await server.dispatches(AGENT_NAME)
        await dispatches.delete(job.job.room.name, job.job.dispatch_id)
    except LiveKitError as error:
        log.info("a dispatch that is over could not be taken back (%s)", error.code)
