"""What the metadata of a dispatch says: whose place in the room it is, by a tag. No names, no speech, and no ask id.

A worker is sent for a place, of which it carries out all asks in their order: that for which it was sent may be over by
then, and the next one needs no other dispatch. LiveKit's server logs metadata, and shows it to whoever may list
dispatches; whoever may dispatch may send us anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mcp_voice.bounds.payloads import read_object, read_texts, to_json
from mcp_voice.store.records import Place
from mcp_voice.store.tags import tag

__all__ = ["AGENT_NAME", "Assignment"]

AGENT_NAME = "mcp-voice-asker"
"""Of LiveKit's explicit dispatch: to whom such metadata goes."""
KEY, VERSION = "mcp_voice_asker", "1"
SUBJECT = "subject_tag"
LONGEST = 2048
"""Characters of metadata that are looked at."""
TAG = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker is sent to a room for; who that is, and by which name they ask, is in the store."""

    subject_tag: str
    """As ``AskStore.waiting_of`` takes it."""

    @classmethod
    def to(cls, place: Place) -> Assignment:
        """Somebody is to carry out what is asked there."""
        return cls(tag(place.subject))

    def written(self) -> str:
        """As metadata."""
        return to_json({KEY: VERSION, SUBJECT: self.subject_tag}).decode()

    @classmethod
    def read(cls, metadata: str) -> Assignment | None:
        """From metadata; None where it is none of ours."""
        told = read_texts(read_object(metadata) if len(metadata) <= LONGEST else None, KEY, SUBJECT)
        if told is None:
            return None
        version, subject_tag = told
        return cls(subject_tag) if version == VERSION and TAG.fullmatch(subject_tag) else None
