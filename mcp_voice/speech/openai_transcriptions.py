"""The plugin's way to a server's transcripts, which takes what all kinds of servers answer, with their scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import anyio.to_thread
from openai import BadRequestError, UnprocessableEntityError
from openai.resources.audio import AsyncTranscriptions
from openai.types.audio import Transcription, TranscriptionVerbose

from mcp_voice.audio import Pcm
from mcp_voice.speech.transcripts import words_in

__all__ = ["Transcriptions"]

SCORED, PLAIN = "verbose_json", "json"


class Transcriptions:
    """In place of the client's own. The plugin's 1.8.9 looks at the text of an answer only, and drops the scores."""

    def __init__(self, asked: AsyncTranscriptions, *, hinted: Callable[[], Sequence[str]]) -> None:
        """``hinted`` gives the choices that are in the prompt."""
        self._asked = asked.with_raw_response
        self._hinted = hinted
        self._plain = False

    async def create(
        self, *, model: str, file: tuple[str, bytes, str], **wanted: Any
    ) -> Transcription | TranscriptionVerbose:
        """Ask for a transcript; its text is what somebody said.

        Whisper's models, whoever serves them, send scores with ``verbose_json``. The models after it refuse that, and a
        server that does so too is asked without from then on. Raises what the client does, and KeyError or TypeError
        for an answer that is no transcript.
        """
        choices = self._hinted()
        scored = "whisper" in model.lower() and not self._plain
        wanted["response_format"] = SCORED if scored else PLAIN
        try:
            answer = await self._asked.create(model=model, file=file, **wanted)
        except (BadRequestError, UnprocessableEntityError):
            if not scored:
                raise
            answer = await self._asked.create(model=model, file=file, **{**wanted, "response_format": PLAIN})
            self._plain = True
        # In a thread: hundreds of long segments take longer than the loop of all rooms may be held.
        read = partial(_read, answer.http_response.content, seconds=cache(partial(_sounding, file[1])), choices=choices)
        body, text = await anyio.to_thread.run_sync(read)
        fields = body if isinstance(body, dict) else {}
        if scored and isinstance(fields.get("language"), str):
            return TranscriptionVerbose(text=text, language=fields["language"], duration=0.0)
        return Transcription.construct(text=text, languages=fields.get("languages"))


def _read(content: bytes, *, seconds: Callable[[], float], choices: Sequence[str]) -> tuple[object, str]:
    """The body, and the words in it."""
    try:
        body = json.loads(content)
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # Python reads no number of more than 4,300 digits
        raise TypeError("a transcript cannot hold such a number") from error
    return body, words_in(body, seconds=seconds, choices=choices)


def _sounding(wav: bytes) -> float:
    """Seconds from the first sound to the last."""
    begins, ends = Pcm.from_wav(wav).voiced()
    return ends - begins
