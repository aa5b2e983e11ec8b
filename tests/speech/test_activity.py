"""Voice activity by LiveKit's library or by its plugin: one setting, the same events."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from livekit import rtc
from livekit.agents.vad import VADEvent, VADEventType

from mcp_voice.audio import Pcm, pink_noise
from mcp_voice.errors import BadSettings
from mcp_voice.settings import load
from mcp_voice.speech.activity import (
    PLUGIN,
    Detection,
    VoiceActivity,
    check_voice_activity,
    open_voice_activity,
    voice_activity,
)
from mcp_voice_agent.check import check
from testkit.agent_settings import bare_environment, given
from testkit.clips import clip

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
RATE, FRAME = 16_000, 320
KINDS: tuple[VoiceActivity, ...] = ("livekit", "silero")


def spoken(*texts: str) -> Pcm:
    """Clips of speech, with a second of noise before, between and after them."""
    noise = pink_noise(1.0, rate=RATE)
    return noise.joined(*(part for text in texts for part in (clip(text).pcm.resampled(RATE), noise)))


async def told(stream: Detection, pcm: Pcm) -> list[VADEvent]:
    """What begins and ends."""
    for part in np.array_split(pcm.samples, len(pcm.samples) // FRAME):
        stream.push_frame(rtc.AudioFrame(part.tobytes(), RATE, 1, len(part)))
    stream.end_input()
    events = [event async for event in stream if event.type != VADEventType.INFERENCE_DONE]
    await stream.aclose()
    return events


async def spans(stream: Detection) -> list[tuple[float, float]]:
    """From when to when somebody speaks in a second of noise, a clip of speech, and a second of noise."""
    found: list[tuple[float, float]] = []
    began = 0.0
    for event in await told(stream, spoken("yes please go ahead")):
        if event.type == VADEventType.START_OF_SPEECH:
            began = event.timestamp - event.speech_duration
        else:
            found.append((began, event.timestamp - event.silence_duration))
    return found


async def test_both_hear_the_same_speech_begin_and_end() -> None:
    """The plugin is told LiveKit's own silence; by its default every turn would end 0.3 s later."""
    (first,), (second,) = [await spans(voice_activity(kind).stream()) for kind in KINDS]
    assert second == pytest.approx(first, abs=0.15)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_ear_gets_the_silence_that_it_asks_for(kind: VoiceActivity) -> None:
    """The end of speech is told 0.2 s after it, for either of them."""
    begin = await open_voice_activity(kind, silence_seconds=0.2, longest_segment=20.0)
    _, ended = await told(begin(), spoken("yes please go ahead"))
    assert ended.silence_duration == pytest.approx(0.2, abs=0.033)


async def test_an_ear_is_told_what_livekits_own_stream_tells() -> None:
    """The same instants, the same sound: only the way there is shorter."""
    begin = await open_voice_activity("livekit", silence_seconds=0.2, longest_segment=20.0)
    pcm = spoken("yes please go ahead", "what time is it", "neither of them")
    theirs = await told(voice_activity("livekit", silence_seconds=0.2, longest_segment=20.0).stream(), pcm)
    ours = await told(begin(), pcm)
    assert len(ours) >= 6
    for one, other in zip(ours, theirs, strict=True):
        assert one.type == other.type
        assert one.timestamp == pytest.approx(other.timestamp)
        assert one.speech_duration == pytest.approx(other.speech_duration)
        assert one.silence_duration == pytest.approx(other.silence_duration)
        assert one.frames[0].data.tobytes() == other.frames[0].data.tobytes()


async def test_of_speech_that_never_ends_the_beginning_is_kept() -> None:
    """As much as is asked for, with the half second before it; what follows is still told."""
    begin = await open_voice_activity("livekit", silence_seconds=0.2, longest_segment=1.0)
    _, ended = await told(begin(), spoken("yes please go ahead"))
    assert ended.frames[0].duration == pytest.approx(1.5, abs=0.033)


def test_a_plugin_that_is_not_installed_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is opened, by the MCP server and by the companion."""
    monkeypatch.setitem(sys.modules, PLUGIN, None)
    check_voice_activity("livekit")
    for refused in (lambda: voice_activity("silero"), lambda: check_voice_activity("silero")):
        with pytest.raises(BadSettings, match=r"MCP_VOICE_VAD is silero, .*'mcp-voice\[silero\]'"):
            refused()
    bare_environment(monkeypatch)
    with pytest.raises(BadSettings, match="livekit-plugins-silero is not installed"):
        check(given(llm_base_url="http://127.0.0.1:9/v1"))
    check(given(llm_base_url="http://127.0.0.1:9/v1", vad="livekit"))


def test_the_companion_takes_the_plugin_and_the_mcp_server_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the one setting says otherwise for both."""
    bare_environment(monkeypatch)
    assert (load(_env_file=None).vad, given().vad) == ("livekit", "silero")
    monkeypatch.setenv("MCP_VOICE_VAD", "livekit")
    assert (load(_env_file=None).vad, given().vad) == ("livekit", "livekit")


def test_an_mcp_server_is_installed_without_the_plugin() -> None:
    """Its onnxruntime is for those who ask for it, and for the companion."""
    server, companion = (
        tomllib.loads((ROOT / path).read_text(encoding="utf-8"))["project"]
        for path in ("pyproject.toml", "agents/pyproject.toml")
    )
    assert not [each for each in server["dependencies"] if "silero" in each]
    assert [each for each in server["optional-dependencies"]["silero"] if each in companion["dependencies"]]
