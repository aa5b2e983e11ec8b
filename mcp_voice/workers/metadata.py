"""What the metadata of a dispatch says: whose place in the room it is, and under which name. No speech.

LiveKit's server logs metadata, and whoever may dispatch agents may send us anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcp_voice.foreign import shown
from mcp_voice.payloads import read_object, read_texts, to_json
from mcp_voice.store.records import Place
from mcp_voice.subjects import LONGEST_SUBJECT

__all__ = ["AGENT_NAME", "Assignment"]

AGENT_NAME = "mcp-voice-asker"
"""Of LiveKit's explicit dispatch: to whom such metadata goes."""
KEY, VERSION = "mcp_voice_asker", "1"
LONGEST = 2048
"""Characters of metadata that are looked at."""
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker is sent to a room for."""

    subject: str
    """As of ``Place``."""
    name: str = ""
    """The visible one of whoever asks."""

    def written(self) -> str:
        """As metadata; a name of more than 64 characters is cut."""
        told = {KEY: VERSION, "subject": self.subject, "name": shown(self.name, limit=LONGEST_NAME)}
        return to_json(told).decode()

    @classmethod
    def read(cls, metadata: str) -> Assignment | None:
        """From metadata; None where it is none of ours."""
        told = read_texts(read_object(metadata) if len(metadata) <= LONGEST else None, KEY, "subject", "name")
        if told is None:
            return None
        version, subject, name = told
        if version != VERSION or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
            return None
        return cls(subject, shown(name, limit=LONGEST_NAME))

    def place(self, room_name: str) -> Place:
        """Where it is."""
        return Place(self.subject, room_name)
