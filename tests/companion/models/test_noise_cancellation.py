"""LiveKit's noise cancellation: its plugin is an extra, which is not installed here, so that one stands in for it."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from livekit import rtc

from mcp_voice.errors import BadSettings
from mcp_voice.room.sdk import track_audio
from mcp_voice_agent.check import check
from mcp_voice_agent.models.noise import FILTERS, NOISE_PLUGIN, noise_cancellation
from testkit.agent_settings import bare_environment, given


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the test only."""
    bare_environment(monkeypatch)


def test_without_its_plugin_it_is_said_what_to_install() -> None:
    """Before a room comes, and not in it."""
    settings = given(llm_base_url="http://127.0.0.1:9/v1", stt="offline", tts="offline", agent_noise_cancellation="bvc")
    with pytest.raises(BadSettings, match="NOISE_CANCELLATION is bvc, but livekit-plugins-noise-cancellation is not"):
        check(settings)
    assert noise_cancellation(given()) is None


@pytest.mark.parametrize("kind", ["nc", "bvc", "bvc-telephony"])
def test_each_kind_is_the_plugins_own(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names are those of ``livekit.plugins.noise_cancellation``."""
    plugin: Any = ModuleType(NOISE_PLUGIN)
    plugin.__spec__ = SimpleNamespace()
    for name in FILTERS.values():
        setattr(plugin, name, lambda name=name: rtc.NoiseCancellationOptions(module_id=name, options={}))
    monkeypatch.setitem(sys.modules, NOISE_PLUGIN, plugin)
    made = noise_cancellation(given(agent_noise_cancellation=kind))
    assert made is not None
    assert made.module_id == FILTERS[kind]


def test_a_microphone_is_heard_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's stream gets what the plugin made."""
    asked: dict[str, object] = {}

    def stream(_: object, **options: object) -> object:
        asked.update(options)
        return SimpleNamespace()

    monkeypatch.setattr(rtc, "AudioStream", stream)
    options = rtc.NoiseCancellationOptions(module_id="nc", options={})
    track: Any = None
    track_audio(track, sample_rate=24_000, frame_ms=20, noise=options)
    assert asked["noise_cancellation"] is options
