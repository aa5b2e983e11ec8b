"""Two real LiveKit participants meet on the embedded server, and nobody from outside could."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import TYPE_CHECKING

import psutil
import pytest
from livekit import api, rtc

from mcp_voice.embedded import LocalServer, embedded_server, status, stop
from mcp_voice.embedded.keeper.files import Files
from mcp_voice.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

LIMIT = 20.0


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    """Settings with a state folder of the test's own; whatever runs there afterwards is stopped."""
    settings = load(state_dir=tmp_path / "state", _env_file=None)
    yield settings
    await stop(settings)


async def join(server: LocalServer, identity: str) -> rtc.Room:
    """A participant of the room "kitchen", without any ICE configuration of its own."""
    grants = api.VideoGrants(room_join=True, room="kitchen")
    token = api.AccessToken(server.api_key, server.api_secret).with_identity(identity).with_grants(grants).to_jwt()
    room = rtc.Room()
    await room.connect(server.url, token)
    return room


def addresses(pid: int) -> set[str]:
    """The local addresses of all sockets that the process has, listening or not."""
    connections = psutil.Process(pid).net_connections(kind="inet")
    return {connection.laddr.ip for connection in connections}


async def test_two_participants_exchange_data_and_sound_over_the_loopback_only(settings: Settings) -> None:
    """A packet and an audio frame arrive; then every socket of server and keeper is a loopback one."""
    async with embedded_server(settings, progress=print, grace=0.3) as server:
        speaker, listener = await join(server, "speaker"), await join(server, "listener")
        try:
            packet: asyncio.Future[rtc.DataPacket] = asyncio.get_running_loop().create_future()
            track: asyncio.Future[rtc.Track] = asyncio.get_running_loop().create_future()
            listener.on("data_received", packet.set_result)
            listener.on("track_subscribed", lambda remote, _publication, _participant: track.set_result(remote))

            await speaker.local_participant.publish_data(b"tea?", reliable=True)
            async with asyncio.timeout(LIMIT):
                assert (await packet).data == b"tea?"

            source = rtc.AudioSource(48_000, 1)
            voice = rtc.LocalAudioTrack.create_audio_track("voice", source)
            await speaker.local_participant.publish_track(voice)
            async with asyncio.timeout(LIMIT):
                sound = rtc.AudioStream(await track)
                speaking = asyncio.create_task(keep_speaking(source))
                try:
                    async for event in sound:
                        if any(event.frame.data):
                            break
                finally:
                    speaking.cancel()
                    await sound.aclose()

            keeper = Files(status(settings).folder).read_state()
            assert keeper is not None
            found = addresses(status(settings).pid)
            assert found
            assert {address for address in found if not ip_address(address).is_loopback} == set()
            assert addresses(keeper.keeper_pid) == set()
        finally:
            await speaker.disconnect()
            await listener.disconnect()


async def keep_speaking(source: rtc.AudioSource) -> None:
    """A loud square wave, 10 ms at a time, until cancelled."""
    wave = (b"\x00\x20" * 48 + b"\x00\xe0" * 48) * 5
    while True:
        await source.capture_frame(rtc.AudioFrame(wave, 48_000, 1, 480))
