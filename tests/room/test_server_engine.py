"""The engine of a process that leaves rooms and sound to workers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from livekit import api, rtc

from mcp_voice.errors import BadInput
from mcp_voice.link.room_server import RoomServer
from mcp_voice.room.server_engine import server_engine
from mcp_voice.settings import load

pytestmark = pytest.mark.anyio

SERVING = ("mcp_voice.server.http", "mcp_voice.loading", "mcp_voice.workers.serving")
"""What a serving process with workers imports."""
ENGINE = ("livekit.rtc", "livekit.agents", "livekit.plugins", "livekit.local_inference", "mcp_voice.speech", "numpy")

KINDS = ("STANDARD", "INGRESS", "SIP", "AGENT")


def test_a_serving_process_with_workers_imports_no_engine() -> None:
    """It starts in a moment and takes little memory, which is what makes many of them cheap."""
    code = f"import sys, {', '.join(SERVING)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert loaded.issuperset(SERVING)
    assert not loaded.intersection(ENGINE)


def test_livekits_api_and_its_media_library_give_participants_and_tracks_the_same_numbers() -> None:
    """One table reads both."""
    kinds = {name: getattr(rtc.ParticipantKind, f"PARTICIPANT_KIND_{name}") for name in KINDS}
    assert {name: api.ParticipantInfo.Kind.Value(name) for name in KINDS} == kinds
    sources = {name: getattr(rtc.TrackSource, f"SOURCE_{name}") for name in ("MICROPHONE", "UNKNOWN")}
    assert {name: api.TrackSource.Value(name) for name in sources} == sources


async def test_without_being_in_a_room_no_chat_text_is_sent() -> None:
    """It would have to join, which the worker does."""
    async with server_engine(load(folder=None)) as engine:
        server: RoomServer = engine
        with pytest.raises(BadInput):
            await server.send("kitchen", "hello", to=(), topic="", as_chat=True, sender="me")
