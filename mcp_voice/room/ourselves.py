"""Who we are in rooms: a new identity for each stay, so that nobody is thrown out by us, nor we by a process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mcp_voice.errors import UnknownParticipant, quoted_name
from mcp_voice.floor_protocol import OUR_PREFIX

__all__ = ["CHAT_PREFIX", "Ourselves"]

CHAT_PREFIX = f"{OUR_PREFIX}chat-"
"""How the identity begins of an agent that is in a room only to send a chat text: ours, or another process's."""


class Ourselves:
    """The identities that this process has in rooms now."""

    def __init__(self) -> None:
        self._identities: set[str] = set()

    @contextmanager
    def new(self, prefix: str) -> Iterator[str]:
        """A new identity, ours while the block lasts."""
        with self.named(f"{prefix}{uuid.uuid4().hex[:8]}") as identity:
            yield identity

    @contextmanager
    def named(self, identity: str) -> Iterator[str]:
        """An identity that was given to us, ours while the block lasts."""
        self._identities.add(identity)
        try:
            yield identity
        finally:
            self._identities.discard(identity)

    def others(self, identities: Sequence[str]) -> list[str]:
        """Those that are not ours."""
        return [each for each in identities if each not in self._identities]

    def addressed(self, identities: Sequence[str]) -> list[str]:
        """Whom a message is for; raises UnknownParticipant if it is for nobody but us."""
        others = self.others(identities)
        if identities and not others:
            raise UnknownParticipant(
                f"{quoted_name(identities[0])} is mcp-voice itself. Nothing was sent.",
                fix="Name somebody else, or leave participants empty to reach all.",
            )
        return others
