"""Everything an end-to-end test needs around it: a LiveKit server, speech providers, rooms and people."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from livekit import api, rtc
from pydantic import SecretStr

from mcp_voice.audio import Pcm
from mcp_voice.embedded import LocalServer
from mcp_voice.people.human import Human, SpeechTimes, human
from mcp_voice.room.access import Access, token
from mcp_voice.speech.offline_tts import OfflineTTS
from testkit.clips import clip
from testkit.gate import Gate
from testkit.host import Host, host
from testkit.openai_server import OpenAIServer
from testkit.waiting import until

__all__ = ["LIMIT", "Rig", "after_the_question", "ours", "part_of", "voice_of"]

LIMIT = 30.0
"""Seconds within which anything that should happen has happened, on a machine that is busy."""

OURS = "mcp-voice-"


def voice_of(text: str, *, voice: str = "") -> Pcm:
    """One of the clips, without the silence around it."""
    pcm = clip(text, voice=voice).pcm
    return pcm.cut(*pcm.voiced())


def part_of(text: str, first: int, last: int, *, voice: str = "") -> Pcm:
    """The words number ``first`` up to, but not including, ``last`` of a clip."""
    return clip(text, voice=voice).part(first, last)


async def after_the_question(person: Human, *parts: Pcm | float) -> SpeechTimes:
    """Hear a question out, then say something, with pauses (seconds) in it."""
    await person.hears_sound(limit=LIMIT)
    await person.hears_silence(quiet=0.4, limit=LIMIT)
    # On a busy machine a voice stalls for longer than that in the middle of a sentence.
    await until(lambda: all(each.attributes.get("lk.agent.state") != "speaking" for each in ours(person)), limit=LIMIT)
    # Our subscription may take longer than a short question, and what is said before it reaches nobody.
    await person.subscribed(limit=LIMIT)
    return await person.speak_all(*parts)


@dataclass
class Rig:
    """One of each for all tests; every test has rooms of its own."""

    server: LocalServer
    gate: Gate
    speech: OpenAIServer
    folder: Path

    @property
    def access(self) -> Access:
        """The LiveKit server without the gate."""
        return Access(self.server.url, self.server.api_key, self.server.api_secret)

    def environment(self, **changed: str) -> dict[str, str]:
        """The settings of an MCP server that speaks and hears through the tests' own provider."""
        return {
            "LIVEKIT_URL": self.gate.url,
            "LIVEKIT_API_KEY": self.server.api_key,
            "LIVEKIT_API_SECRET": self.server.api_secret,
            "OPENAI_BASE_URL": self.speech.base_url,
            "MCP_VOICE_STT": "openai/whisper-1",
            "MCP_VOICE_TTS": "openai/tts-1:alloy",
            "MCP_VOICE_LOG_LEVEL": "INFO",
            # What a machine bears that is busy with other tests is no part of what they show.
            "MCP_VOICE_MOST_ROOMS": "100",
            # What hangs is told of within a test's patience.
            "MCP_VOICE_STT_SECONDS": "8",
            "MCP_VOICE_TTS_SECONDS": "12",
            # The rooms of earlier tests would take half a core between them.
            "MCP_VOICE_QUIET_SECONDS": "8",
            **changed,
        }

    @asynccontextmanager
    async def host(self, **changed: str) -> AsyncIterator[Host]:
        """An MCP server of one's own."""
        folder = self.folder / uuid.uuid4().hex[:8]
        folder.mkdir()
        async with host(self.environment(**changed), folder) as started:
            yield started

    def person(
        self,
        room_name: str,
        identity: str,
        *,
        name: str = "",
        kind: str = "standard",
        call_status: str = "",
        e2ee_key: str = "",
    ) -> AbstractAsyncContextManager[Human]:
        """Somebody in a room; kind sip is a phone, kind agent another agent with a voice.

        ``call_status`` is what LiveKit's SIP bridge says of a phone's call; see ``call``.
        """
        jwt = token(
            self.access,
            room_name=room_name,
            identity=identity,
            name=name or identity.title(),
            kind=kind,
            attributes={"sip.callStatus": call_status} if call_status else {},
        )
        return human(self.server.url, jwt, e2ee_key=SecretStr(e2ee_key))

    def guest(
        self,
        room_name: str,
        identity: str,
        *,
        plugged_in: bool = True,
        may_publish: bool = True,
        takes_sound: bool = True,
    ) -> AbstractAsyncContextManager[Human]:
        """Somebody with a token of another service's: they may publish whatever they like, or nothing."""
        jwt = (
            api.AccessToken(self.server.api_key, self.server.api_secret)
            .with_identity(identity)
            .with_name(identity.title())
            .with_grants(api.VideoGrants(room_join=True, room=room_name, can_publish=may_publish))
            .to_jwt()
        )
        return human(self.server.url, jwt, plugged_in=plugged_in and may_publish, takes_sound=takes_sound)

    async def call(self, room_name: str, identity: str, status: str) -> None:
        """Let the call of a phone be active, hangup and so on, as the SIP bridge does."""
        asked = api.UpdateParticipantRequest(room=room_name, identity=identity, attributes={"sip.callStatus": status})
        async with self.api() as server:
            await server.room.update_participant(asked)

    async def say(self, text: str) -> Pcm:
        """Any words, spoken by espeak-ng, which are recognised from now on."""
        async with OfflineTTS() as engine, engine.synthesize(text) as speech:
            frames = [event.frame async for event in speech]
        samples = np.concatenate([np.frombuffer(frame.data, dtype=np.int16) for frame in frames])
        pcm = Pcm(samples, frames[0].sample_rate)
        pcm = pcm.cut(*pcm.voiced())
        self.speech.match.learn(text, pcm)
        return pcm

    async def synthesized(self, text: str) -> None:
        """Wait until this was asked to be turned into sound."""
        await until(lambda: any(asked.text == text for asked in self.speech.speech.asked), limit=LIMIT)

    @asynccontextmanager
    async def api(self) -> AsyncIterator[api.LiveKitAPI]:
        """The server's API."""
        async with api.LiveKitAPI(self.server.url, self.server.api_key, self.server.api_secret) as opened:
            yield opened


def ours(person: Human) -> list[rtc.RemoteParticipant]:
    """Our participants, as somebody in the room sees them."""
    return [each for each in person.connection.remote_participants.values() if each.identity.startswith(OURS)]
