"""What a provider calls a transcript, brought to the words that somebody said, as a human would read them.

Nothing here knows LiveKit but ``event``, and nothing keeps state but a ``TextLimit``.
"""

from __future__ import annotations

from mcp_voice.speech.transcripts.body import words_in
from mcp_voice.speech.transcripts.event import as_read, hinted, transcript_of
from mcp_voice.speech.transcripts.prompt import prompt_for
from mcp_voice.speech.transcripts.sign_offs import may_be_noise
from mcp_voice.speech.transcripts.text_limit import RECOVERED, TextLimit
from mcp_voice.speech.transcripts.words import words_of

__all__ = [
    "RECOVERED",
    "TextLimit",
    "as_read",
    "hinted",
    "may_be_noise",
    "prompt_for",
    "transcript_of",
    "words_in",
    "words_of",
]
