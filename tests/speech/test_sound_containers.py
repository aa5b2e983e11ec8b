"""Sound that is labelled wrongly, or not at all: it is heard as what it is, or one error names it."""

from __future__ import annotations

import io
import struct
from collections.abc import AsyncIterator

import av
import numpy as np
import pytest
from livekit.agents import APIConnectionError, APIConnectOptions
from starlette.responses import Response

from mcp_voice.audio import Pcm
from mcp_voice.speech.containers import Label, container, is_noise, labelled
from mcp_voice.speech.openai_tts import BoundedTTS
from mcp_voice.speech.plausible import is_text
from testkit import faults
from testkit.babble import babble
from testkit.clips import clip
from testkit.openai_server import OpenAIServer, openai_server

pytestmark = pytest.mark.anyio

TEXT = "The second one, as you have said before."
HERTZ = 440.0
SECONDS = 2.0
ONCE = APIConnectOptions(max_retry=0, timeout=5.0)
FILES = {
    "mp3": ("mp3", "libmp3lame", 24_000),
    "mp3 of 44.1 kHz": ("mp3", "libmp3lame", 44_100),
    "wav": ("wav", "pcm_s16le", 24_000),
    "wav of 22.05 kHz": ("wav", "pcm_s16le", 22_050),
    "flac": ("flac", "flac", 24_000),
    "ogg": ("ogg", "libopus", 48_000),
    "webm": ("webm", "libopus", 48_000),
    "aac": ("adts", "aac", 24_000),
}


def tone(rate: int) -> bytes:
    """Two seconds of one note, as samples."""
    times = np.arange(round(SECONDS * rate)) / rate
    samples = 8_000 * np.sin(2 * np.pi * HERTZ * times)
    return samples.astype("<i2").tobytes()


def packed(form: str, codec: str, rate: int) -> bytes:
    """The same in a file."""
    made = io.BytesIO()
    with av.open(made, "w", format=form) as file:
        stream = file.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(np.frombuffer(tone(rate), "<i2")[None, :], format="s16", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
        for each in [*resampler.resample(frame), *resampler.resample(None), None]:
            file.mux(stream.encode(each))
    return made.getvalue()


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    """A provider."""
    async with openai_server() as started:
        yield started


async def heard(server: OpenAIServer, body: bytes, content_type: str) -> tuple[float, float]:
    """Seconds of what is heard of such an answer, and its pitch in Hz; raises what the voice does."""
    voice = BoundedTTS(model="tts-1", voice="alloy", base_url=server.base_url, api_key="none")

    async def answer(_: faults.Answer) -> Response:
        response = Response(body)
        if content_type:
            response.headers["content-type"] = content_type
        return response

    try:
        with server.speech.failing(answer):
            async with voice.synthesize(TEXT, conn_options=ONCE) as speech:
                frames = [event.frame async for event in speech]
    finally:
        await voice.aclose()
    samples = np.concatenate([np.frombuffer(frame.data, dtype="<i2") for frame in frames])
    rate = frames[0].sample_rate
    middle = samples[rate // 2 : rate * 3 // 2]
    crossings = np.count_nonzero(np.diff(np.signbit(middle)))
    return len(samples) / rate, crossings / 2 / (len(middle) / rate)


@pytest.mark.parametrize("content_type", ["audio/pcm", "", "application/octet-stream", "audio/flac"])
@pytest.mark.parametrize("kind", FILES)
async def test_a_file_is_heard_as_what_it_is(kind: str, content_type: str, server: OpenAIServer) -> None:
    """An MP3 called PCM was 0.26 s of noise, and an unlabelled WAV lost its end."""
    seconds, hertz = await heard(server, packed(*FILES[kind]), content_type)
    assert seconds == pytest.approx(SECONDS, abs=0.15)
    assert hertz == pytest.approx(HERTZ, rel=0.03)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
async def test_the_rate_of_a_label_is_kept(rate: int, server: OpenAIServer) -> None:
    """It was ignored, and every voice spoke at 24 kHz."""
    seconds, hertz = await heard(server, tone(rate), f"audio/pcm; rate={rate}")
    assert seconds == pytest.approx(SECONDS, abs=0.05)
    assert hertz == pytest.approx(HERTZ, rel=0.03)


async def test_samples_called_a_file_are_samples(server: OpenAIServer) -> None:
    """They were asked for; some servers call every sound an MP3."""
    seconds, hertz = await heard(server, tone(24_000), "audio/mpeg")
    assert seconds == pytest.approx(SECONDS, abs=0.05)
    assert hertz == pytest.approx(HERTZ, rel=0.03)


def wav_of(*, rate: int = 24_000, channels: int = 1) -> bytes:
    """A WAV file of 96 kB with a header of its own."""
    form = struct.pack("<HHIIHH", 1, channels, rate, 0, 2, 16)
    samples = bytes(96_000)
    head = b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " + struct.pack("<I", len(form))
    return head + form + b"data" + struct.pack("<I", len(samples)) + samples


@pytest.mark.parametrize(
    ("body", "content_type", "why"),
    [
        (b'{"detail": "no such voice"}', "audio/pcm", "text or a web page"),
        (b'{\n  "detail": "no such voice"\n}', "", "text or a web page"),
        (b"[]", "audio/pcm", "text or a web page"),
        (b"Internal Server Error", "audio/pcm", "text or a web page"),
        (b"null", "application/json", "text or a web page"),
        (np.random.default_rng(1).bytes(60_000), "audio/pcm", "unknown format, labelled audio/pcm"),
        (np.random.default_rng(1).bytes(60_000), "", "unknown format, labelled nothing"),
        (packed("aiff", "pcm_s16be", 24_000), "audio/pcm", "audio as audio/aiff"),
        (packed("au", "pcm_s16be", 24_000), "audio/pcm", "audio as audio/basic"),
        (tone(24_000), "audio/pcm;rate=24000;channels=2", "two channels"),
        (wav_of(rate=1), "audio/wav", "an unusable rate"),
        (wav_of(rate=2**32 - 1), "audio/pcm", "an unusable rate"),
        (wav_of(channels=9), "", "an unusable rate"),
        (b"RIFF\xff\xff\xff\xffWAVEdata" + bytes(4_000), "audio/wav", "an unusable rate"),
    ],
    ids=[
        "json",
        "json lines",
        "empty json",
        "text",
        "null",
        "noise",
        "unlabelled noise",
        "aiff",
        "au",
        "stereo",
        "rate 1",
        "rate 4e9",
        "9 channels",
        "no format",
    ],
)
async def test_what_cannot_be_heard_is_one_error_that_names_it(
    body: bytes, content_type: str, why: str, server: OpenAIServer
) -> None:
    """A click, or full noise, was reported as said; asking again would not help."""
    with pytest.raises(APIConnectionError, match=why):
        await heard(server, body, content_type)
    assert len(server.speech.asked) == 1


def test_a_label_says_what_can_be_believed() -> None:
    """Everything else in it is not said."""
    assert labelled("audio/pcm;rate=22050;channels=1") == Label("audio/pcm", 22_050, 1)
    assert labelled('Audio/L16; rate="8000"') == Label("audio/pcm", 8_000)
    assert labelled("audio/pcm; rate=fast; channels=99") == labelled("audio/pcm;rate=1") == Label("audio/pcm")
    assert labelled("audio/mpeg; rate=8000") == Label("audio/mpeg")
    assert labelled("") == Label("")


@pytest.mark.parametrize("text", ["the second option", "what time is it", "one two three four"])
def test_no_voice_is_taken_for_a_file_a_text_or_noise(text: str) -> None:
    """Wherever in it an answer were to begin, and however loud it is."""
    for sound in (clip(text).pcm, babble(text)):
        loud = sound.samples.astype(np.float64) * 32_000 / max(1, np.abs(sound.samples).max())
        for samples in (sound.samples, loud.astype(np.int16)):
            data = Pcm(samples, sound.rate).samples.tobytes()
            for start in range(0, len(data) - 2_048, 2_048):
                part = data[start : start + 2_048]
                assert (container(part), is_text(part)) == ("", False)
            assert not is_noise(data)
