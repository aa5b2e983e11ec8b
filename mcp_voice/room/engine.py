"""All that is below the seam, put together: importing this module loads LiveKit and takes seconds."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial

import anyio
from anyio.abc import TaskGroup
from livekit import local_inference
from livekit.agents import tokenize

from mcp_voice.floor_protocol import OUR_PREFIX
from mcp_voice.link import RoomLink
from mcp_voice.redaction import fault_place
from mcp_voice.results import Sent
from mcp_voice.room.access import Access, GivenToken, token
from mcp_voice.room.chat_sending import ChatSending
from mcp_voice.room.ear import Hearing, hearing
from mcp_voice.room.microphones import Recognisers
from mcp_voice.room.removals import Removals
from mcp_voice.room.server import LiveKitServer
from mcp_voice.room.server_engine import ServerEngine
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


class LiveKitEngine(ServerEngine):
    """Satisfies ``link.Engine``."""

    def __init__(
        self,
        settings: Settings,
        server: LiveKitServer,
        ears: Hearing,
        stt: Choice,
        tts: Choice,
        *,
        tasks: TaskGroup,
        given: GivenToken | None = None,
    ) -> None:
        """``tasks`` owns what goes on after a call has returned.

        ``given`` is what its room is entered with first, in place of a token of our own.
        """
        super().__init__(server)
        self._settings = settings
        self._chat = ChatSending(self._ourselves, tasks)
        self._given = given
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

    @contextmanager
    def _token(self, access: Access, room_name: str, name: str) -> Iterator[str]:
        """One with which a room can be entered, for a participant that is ours while the block lasts."""
        given = self._given
        if given is not None and given.room_name == room_name:
            self._given = None
        else:
            given = None
        with self._ourselves.new(OUR_PREFIX) if given is None else self._ourselves.named(given.identity) as identity:
            yield given.jwt if given else token(access, room_name=room_name, identity=identity, name=name)

    @asynccontextmanager
    async def connect(self, room_name: str, *, name: str) -> AsyncIterator[RoomLink]:
        """Be in a room; see ``link.Engine``."""
        known, access = await self._server.server_api(), await self._server.access()
        with self._token(access, room_name, name) as jwt:
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

    def behind(self) -> float:
        """By how many seconds hearing is behind what is said, where it is most.

        That is voice activity, or the queue of a recogniser.
        """
        ears = (ear.behind for ear in self._ears.microphones.values())
        return max(*ears, 0.0, 0.0 if self._shared is None else self._shared.behind)

    def removed(self, room_name: str, identity: str, *, since: float) -> bool:
        """Whether we heard that they were removed."""
        return self._removals.since(room_name, identity, since)

    async def send(
        self, room_name: str, message: str, *, to: Sequence[str], topic: str, as_chat: bool, sender: str
    ) -> Sent:
        """Send a data packet or a chat text."""
        if not as_chat:
            return await super().send(room_name, message, to=to, topic=topic, as_chat=False, sender=sender)
        known, access = await self._server.server_api(), await self._server.access()
        return await self._chat.send(known, access, room_name, message, to=to, sender=sender)

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
async def engine(settings: Settings, *, given: GivenToken | None = None) -> AsyncIterator[LiveKitEngine]:
    """The engine for as long as the block lasts; raises BadSettings for a provider that cannot be used.

    The first room is entered with the token that was ``given``, if one was.
    """
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
        server = LiveKitServer(settings, tasks)
        running = LiveKitEngine(settings, server, ears, stt_choice, tts_choice, tasks=tasks, given=given)
        try:
            yield running
        finally:
            tasks.cancel_scope.cancel()
            with anyio.move_on_after(3, shield=True):
                await running.aclose()
