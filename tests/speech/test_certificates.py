"""The certificate authorities are read once for a process, however many voices and ears it has."""

from __future__ import annotations

import ssl

import pytest

from mcp_voice.speech.certificates import certificates
from mcp_voice.speech.openai_stt import ClosingSTT
from mcp_voice.speech.openai_tts import BoundedTTS

pytestmark = pytest.mark.anyio

NOBODY = "http://127.0.0.1:9/v1"


async def test_no_voice_and_no_ear_reads_the_certificates_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading takes 20 to 40 ms of the event loop, on which all rooms are heard."""
    certificates()
    read: list[str] = []
    create = ssl.create_default_context

    def counted(*args: object, **options: object) -> ssl.SSLContext:
        read.append("again")
        return create(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    for _ in range(2):
        voice = BoundedTTS(model="tts-1", voice="alloy", base_url=NOBODY, api_key="none")
        ear = ClosingSTT(model="whisper-1", language="en", base_url=NOBODY, api_key="none", seconds=1.0)
        await voice.aclose()
        await ear.aclose()
    assert read == []


async def test_a_voice_that_is_closed_leaves_no_connection() -> None:
    """Its client is our own, which the plugin does not close."""
    voice = BoundedTTS(model="tts-1", voice="alloy", base_url=NOBODY, api_key="none")
    client = voice._client
    await voice.aclose()
    assert client.is_closed()
