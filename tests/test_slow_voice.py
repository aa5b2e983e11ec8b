"""A voice that is slow: it is waited for as long as is set, and no longer."""

from __future__ import annotations

import pytest

from mcp_voice.speech.synthesis import synthesis
from tests.support.stubs import StubTTS

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("seconds", "heard"), [(30.0, True), (0.2, False)])
async def test_a_slow_voice_is_waited_for_as_long_as_is_set(seconds: float, heard: bool) -> None:  # noqa: FBT001  # a case
    """Sound after 18 s was an error at 15 s, and no setting changed that."""
    voice = StubTTS(first_byte=1.0)
    async with synthesis(voice, "Which one?", provider="stub", key="", first_sound_seconds=seconds) as speech:
        frames = [frame async for frame in speech.frames()]
    assert bool(frames) is heard
    assert (speech.error is None) is heard
    if speech.error is not None:
        assert "did not answer in time" in str(speech.error)
