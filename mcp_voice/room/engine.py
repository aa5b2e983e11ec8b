"""All that is below the seam, put together: importing this module loads LiveKit and takes seconds."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial

import anyio
from livekit import local_inference
from livekit.agents import tokenize

from mcp_voice.floor_protocol import OUR_PREFIX
from mcp_voice.link import RoomLink
from mcp_voice.redaction import fault_place, without_login
from mcp_voice.results import Invitation, RoomInfo, Sent
from mcp_voice.room.connection import GUEST_TOKEN_LIFETIME, token
from mcp_voice.room.ear import Hearing, hearing
from mcp_voice.room.microphones import Recognisers
from mcp_voice.room.ourselves import Ourselves
from mcp_voice.room.removals import Removals
from mcp_voice.room.server import LiveKitServer
from mcp_voice.room.session import join
from mcp_voice.settings import Settings
from mcp_voice.speech.catalogue import SPEECH_TO_TEXT, choose, make_shared, make_stt, make_tts, preload
from mcp_voice.speech.faults import stt_fault
from mcp_voice.speech.offers import Choice
from mcp_voice.speech.parts import parts
from mcp_voice.speech.provider_http import provider_http
from mcp_voice.speech.synthesis import Synthesis, synthesis
from mcp_voice.tasks import owned_tasks

__all__ = ["LiveKitEngine", "engine"]

log = logging.getLogger(__name__)


class LiveKitEngine:
    """Satisfies ``link.Engine``."""

    def __init__(self, settings: Settings, server: LiveKitServer, ears: Hearing, stt: Choice, tts: Choice) -> None:
        self._settings = settings
        self._server = server
        self._ourselves = Ourselves()
        self._removals = Removals()
        self._ears = ears
        self._stt = stt
        self._tts = tts
        self._shared = make_shared(settings, stt)
        self._synthesizer = make_tts(settings, tts)

    def _recognisers(self) -> Recognisers:
        return Recognisers(
            make=partial(make_stt, self._settings, self._stt, self._shared),
            expect=SPEECH_TO_TEXT.offers[self._stt.provider].expect,
            fault=partial(stt_fault, provider=self._stt.label, key=self._stt.key_variable),
        )

    @asynccontextmanager
    async def connect(self, room_name: str, *, name: str) -> AsyncIterator[RoomLink]:
        """Be in a room; see ``link.Engine``."""
        known, access = await self._server.server_api(), await self._server.access()
        with self._ourselves.new(OUR_PREFIX) as identity:
            jwt = token(access, room_name=room_name, identity=identity, name=name)
            joining = join(
                known,
                access,
                room_name,
                jwt=jwt,
                hearing=self._ears,
                recognisers=self._recognisers(),
                captions=self._settings.captions,
                removed=partial(self._removals.note, room_name),
            )
            async with joining as link:
                yield link

    def synthesis(self, text: str) -> AbstractAsyncContextManager[Synthesis]:
        """Begin to turn a text into sound."""
        return synthesis(
            self._synthesizer,
            text,
            provider=self._tts.label,
            key=self._tts.key_variable,
            first_sound_seconds=self._settings.tts_seconds,
        )

    def progress(self) -> str:
        """What is being waited for."""
        return self._server.progress

    def starting(self) -> str:
        """What is done until LiveKit's server is there."""
        return self._server.starting

    async def rooms(self, only: str = "") -> Sequence[RoomInfo]:
        """The rooms of the server, or only one."""
        return await (await self._server.server_api()).rooms(only)

    def removed(self, room_name: str, identity: str, *, since: float) -> bool:
        """Whether we heard that they were removed."""
        return self._removals.since(room_name, identity, since)

    async def make_room(self, room_name: str, *, empty_seconds: float) -> None:
        """Make a room unless it exists."""
        await (await self._server.server_api()).make_room(room_name, empty_seconds=empty_seconds)

    async def invite(self, room_name: str, *, identity: str, name: str) -> Invitation:
        """A token for one human, who has to come in within ten minutes; the identity is made their own."""
        seconds = GUEST_TOKEN_LIFETIME.total_seconds()
        return await self.admit(
            room_name, identity=f"{identity}-{secrets.token_hex(3)}", name=name, seconds=seconds, may_send=True
        )

    async def address(self) -> str:
        """Where clients reach the LiveKit server."""
        return without_login((await self._server.access()).url)

    async def admit(
        self, room_name: str, *, identity: str, name: str, seconds: float = 600.0, may_send: bool = True
    ) -> Invitation:
        """A token for exactly that identity; see ``link.Engine``."""
        access = await self._server.access()
        jwt = token(
            access,
            room_name=room_name,
            identity=identity,
            name=name,
            kind="standard",
            lifetime=timedelta(seconds=seconds),
            may_send=may_send,
        )
        return Invitation(
            url=without_login(access.url),
            room_name=room_name,
            identity=identity,
            token=jwt,
            valid_seconds=round(seconds),
        )

    async def send(
        self, room_name: str, message: str, *, to: Sequence[str], topic: str, as_chat: bool, sender: str
    ) -> Sent:
        """Send a data packet or a chat text."""
        known = await self._server.server_api()
        if as_chat:
            return await known.send_chat(room_name, message, to=to, sender=sender, ourselves=self._ourselves)
        return await known.send_data(room_name, message, to=to, topic=topic, sender=sender, ourselves=self._ourselves)

    async def prepare(self) -> None:
        """Load what the first question, and the first answer, would otherwise wait for."""
        self._synthesizer.prewarm()
        async with owned_tasks() as tasks:
            tasks.start_soon(self._warm_recognisers)
            await self._load_models()

    async def _load_models(self) -> None:
        # Reads its patterns at the first word, in the event loop: the first question stuttered for 0.17 s.
        await anyio.to_thread.run_sync(tokenize.basic.hyphenate_word, "prepare", abandon_on_cancel=True)
        # The same for what splits a long text: 0.04 s.
        await anyio.to_thread.run_sync(parts, "One sentence. " * 20, abandon_on_cancel=True)
        if self._settings.turn_detector:
            await anyio.to_thread.run_sync(local_inference.init_eot, abandon_on_cancel=True)

    async def _warm_recognisers(self) -> None:
        """A recogniser that streams needs nothing: an ear opens its connection before the question sounds."""
        if self._shared is None:
            return
        try:
            await self._shared.warm()
        except Exception as error:  # noqa: BLE001  # whatever it is, the first words meet it again, and tell it
            log.debug("warming the recognisers failed: %s", fault_place(error))

    async def aclose(self) -> None:
        """Close clients and child processes."""
        await self._synthesizer.aclose()
        if self._shared is not None:
            await self._shared.aclose()


@asynccontextmanager
async def engine(settings: Settings) -> AsyncIterator[LiveKitEngine]:
    """The engine for as long as the block lasts; raises BadSettings for a provider that cannot be used."""
    stt_choice, tts_choice = choose(settings, "stt"), choose(settings, "tts")
    await preload(stt_choice)
    await preload(tts_choice)
    log.info(
        "speech to text: %s (%s); text to speech: %s (%s)",
        stt_choice.label,
        stt_choice.why,
        tts_choice.label,
        tts_choice.why,
    )
    async with (
        provider_http(),
        hearing(activity=settings.vad, language=settings.language, end_of_turn_model=settings.turn_detector) as ears,
        owned_tasks() as tasks,
    ):
        running = LiveKitEngine(settings, LiveKitServer(settings, tasks), ears, stt_choice, tts_choice)
        try:
            yield running
        finally:
            tasks.cancel_scope.cancel()
            with anyio.move_on_after(3, shield=True):
                await running.aclose()
