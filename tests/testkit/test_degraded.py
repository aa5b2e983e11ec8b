"""What a telephone, noise and a bad network make of speech."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mcp_voice.audio import Pcm
from testkit.degraded import FRAME_SECONDS, LINE_HZ, active_rms, lossy, mu_law, noisy, telephone
from testkit.speakers import LEVEL_RMS, Utterance, choices, people, replies

RATE = 16_000


def tone(hertz: float, *, seconds: float = 1.0, peak: float = 8000.0) -> Pcm:
    """One frequency."""
    return Pcm((peak * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.int16), RATE)


@pytest.fixture(scope="module")
def speech() -> Pcm:
    """A natural reply."""
    return replies()[-1].pcm


@pytest.mark.parametrize("change", [telephone, lossy, lambda pcm: noisy(pcm, snr_db=10)])
def test_the_same_speech_is_always_spoilt_in_the_same_way(change: Callable[[Pcm], Pcm], speech: Pcm) -> None:
    """And is as long as before, and no longer what it was."""
    once, again = change(speech), change(speech)
    assert np.array_equal(once.samples, again.samples)
    assert once.rate == speech.rate
    assert abs(once.seconds - speech.seconds) < 0.01
    assert not np.array_equal(once.samples[:1000], speech.samples[:1000]) or change is lossy


@pytest.mark.parametrize(("hertz", "passes"), [(100, False), (1000, True), (3300, True), (3700, False), (6000, False)])
def test_a_telephone_line_passes_its_band_only(hertz: float, passes: bool) -> None:  # noqa: FBT001
    """300 to 3,400 Hz."""
    level = telephone(tone(hertz)).rms / tone(hertz).rms
    assert (level > 0.9) if passes else (level < 0.02)
    assert passes == (LINE_HZ[0] <= hertz <= LINE_HZ[1])


def test_mu_law_is_coarse_for_loud_samples_and_fine_for_soft_ones() -> None:
    """Values of ITU-T G.711: silence stays silence, 8 steps at the ends, and 38 dB between a tone and its error."""
    samples = np.array([0, 3, -3, 100, 1000, 8000, 32_000, -32_768], dtype=np.int16)
    assert mu_law(samples).tolist() == [0, 0, 0, 104, 988, 7932, 32_124, -32_124]
    assert len(np.unique(mu_law(np.arange(-32_768, 32_768, dtype=np.int32).astype(np.int16)))) == 255
    sound = tone(997.3)
    error = Pcm(mu_law(sound.samples) - sound.samples, RATE)
    assert 35 < 20 * np.log10(sound.rms / error.rms) < 42


@pytest.mark.parametrize("snr_db", [20, 10])
def test_noise_is_as_far_below_the_speech_as_it_says(snr_db: float, speech: Pcm) -> None:
    """In decibels, measured on what was added."""
    added = Pcm((noisy(speech, snr_db=snr_db).samples.astype(np.int32) - speech.samples).astype(np.int16), RATE)
    assert 20 * np.log10(active_rms(speech) / added.rms) == pytest.approx(snr_db, abs=0.5)


def test_lost_packets_are_whole_frames_of_nothing() -> None:
    """About 2 of 100 frames of 20 ms, and the others as they were."""
    size = round(FRAME_SECONDS * RATE)
    sound = tone(440.5, seconds=40.0)
    before, after = (each.samples.reshape(-1, size) for each in (sound, lossy(sound)))
    gone = ~after.any(axis=1)
    assert 0.01 < gone.mean() < 0.03
    assert np.array_equal(before[~gone], after[~gone])


@pytest.mark.parametrize("each", [*people(), *replies(), *choices()], ids=lambda each: each.path.stem)
def test_every_speaker_is_as_loud_as_the_others(each: Utterance) -> None:
    """At one level, without silence at the ends, and not clipped."""
    assert each.pcm.rate == RATE
    assert active_rms(each.pcm) == pytest.approx(LEVEL_RMS, rel=0.03)
    start, end = each.pcm.voiced()
    assert start < 0.02
    assert end > each.pcm.seconds - 0.02
    assert np.abs(each.pcm.samples.astype(np.int32)).max() < 32_767
