"""What a provider that streams calls words, and what of it was said: noises and our prompt are taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anyio
import pytest
from livekit.agents import APIConnectOptions, NotGivenOr, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN

from mcp_voice.errors import STTError
from mcp_voice.link import Event, SegmentRead, Words
from mcp_voice.room.recognition import recognition
from mcp_voice.tasks import owned_tasks
from testkit.stubs import OnlyStreams
from testkit.waiting import until

pytestmark = pytest.mark.anyio

KINDS = stt.SpeechEventType
LIMIT = 20.0
PROMPT = "The answer is one of: deploy, wait."


class _Told(OnlyStreams):
    """A recogniser that streams, and tells what it is told to tell."""

    def __init__(self, *events: tuple[KINDS, str], hinted: Sequence[str] = ()) -> None:
        super().__init__()
        self.events = events
        self.hinted = tuple(hinted)

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        """Begin."""
        return _Telling(stt=self, conn_options=conn_options)


class _Telling(stt.RecognizeStream):
    async def _run(self) -> None:
        engine: Any = self._stt
        for kind, text in engine.events:
            heard = [stt.SpeechData(language="en", text=text)] if text else []  # type: ignore[arg-type]
            self._event_ch.send_nowait(stt.SpeechEvent(kind, alternatives=heard))
            await anyio.sleep(0.1)  # longer than interim words are held back
        self._event_ch.send_nowait(stt.SpeechEvent(KINDS.END_OF_SPEECH))
        async for _ in self._input_ch:
            pass


async def streamed(engine: stt.STT[Any], *, empty: bool = False) -> list[tuple[str, bool]]:
    """The words that are passed on of a stream, and whether they are final; ``empty`` for those without words too."""
    told: list[Event] = []
    listening = recognition("alice", engine, told.append, lambda error: STTError(str(error)))
    async with owned_tasks() as tasks:
        tasks.start_soon(listening.run)
        await until(lambda: any(isinstance(each, SegmentRead) for each in told), limit=LIMIT)
        tasks.cancel_scope.cancel()
    return [(each.text, each.final) for each in told if isinstance(each, Words) and (each.text or empty)]


@pytest.mark.parametrize(
    "parts",
    [
        ["The", "The answer", "The answer is one of: dep", PROMPT],
        ["the answer is one of"],
        ["Deploy, wait."],
        ["(cough", "(coughing)"],
        ["♪"],
    ],
    ids=str,
)
async def test_neither_our_prompt_nor_a_noise_is_words_of_a_provider_that_streams(parts: list[str]) -> None:
    """Nor are they while they grow: a question that has fallen silent for them would not go on."""
    events = [(KINDS.INTERIM_TRANSCRIPT, part) for part in parts]
    assert await streamed(_Told(*events, (KINDS.FINAL_TRANSCRIPT, parts[-1]), hinted=["deploy", "wait"])) == []


async def test_interim_words_that_turn_out_to_be_a_noise_are_taken_back() -> None:
    """Else the end of the noise would confirm its beginning: "Untertitel der" would be the reply."""
    engine = _Told(
        (KINDS.INTERIM_TRANSCRIPT, "Untertitel der"),
        (KINDS.FINAL_TRANSCRIPT, "Untertitel der Amara.org-Community"),
    )
    assert await streamed(engine, empty=True) == [("Untertitel der", False), ("", False)]


@pytest.mark.parametrize("final", ["", None, "[BLANK_AUDIO]"], ids=["empty", "none", "noise"])
@pytest.mark.parametrize("interim", ["Thank you.", "you", "Thanks for", "Untertitel der"])
async def test_interim_words_that_recognisers_make_up_are_taken_back_unless_they_are_confirmed(
    interim: str, final: str | None
) -> None:
    """An empty final text confirms other words."""
    events = [] if final is None else [(KINDS.FINAL_TRANSCRIPT, final)]
    engine = _Told((KINDS.INTERIM_TRANSCRIPT, interim), *events)
    assert await streamed(engine, empty=True) == [(interim, False), ("", False)]


@pytest.mark.parametrize("said", ["Thank you.", "you can deploy it"])
async def test_words_that_look_like_a_noise_at_first_are_heard_once_they_are_final(said: str) -> None:
    """A human may say thank you, and a sentence may begin so."""
    engine = _Told((KINDS.INTERIM_TRANSCRIPT, said.split(maxsplit=1)[0]), (KINDS.FINAL_TRANSCRIPT, said))
    assert (await streamed(engine))[-1] == (said, True)


async def test_whoever_takes_back_what_was_read_already_is_heard_of_a_stream() -> None:
    """Deploy, and then wait, in the order of our list, is a human; to drop it would leave the consent."""
    engine = _Told(
        (KINDS.INTERIM_TRANSCRIPT, "Deploy."), (KINDS.FINAL_TRANSCRIPT, "Deploy. Wait."), hinted=["deploy", "wait"]
    )
    assert await streamed(engine) == [("Deploy.", False), ("Deploy. Wait.", True)]


async def test_what_is_said_beside_a_noise_is_passed_on_of_a_stream() -> None:
    """Interim words, and the final ones."""
    engine = _Told(
        (KINDS.INTERIM_TRANSCRIPT, "[laughs] the"),
        (KINDS.INTERIM_TRANSCRIPT, "[laughs] the second"),
        (KINDS.FINAL_TRANSCRIPT, "[laughs] The second one."),
        hinted=["deploy", "wait"],
    )
    assert await streamed(engine) == [("the second", False), ("The second one.", True)]
