"""What was typed and waits: nobody's words interrupt somebody else, and what one person types meanwhile is one turn.

Pure: told who is listened to, whether they are busy, and the time, in ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mcp_voice_agent.conversation.partner import MOST_SECONDS

__all__ = ["LONGEST_TURN", "MOST_TURNS", "MOST_WAITING", "TypedTurns"]

LONGEST_TURN = 4_000
"""Characters of one turn that the language model gets."""
MOST_TURNS = 4
"""Turns of one person that wait: what does not fit into one is another."""
MOST_WAITING = 20
"""People whose words wait at once."""


@dataclass(slots=True)
class _Turn:
    words: str
    since: float


@dataclass(slots=True, eq=False)
class TypedTurns:
    """Turns that wait, of one person after the other."""

    _waiting: dict[str, list[_Turn]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, identity: str, words: str, now: float) -> bool:
        """Somebody has typed something; gives False if it is left out, because they or all have too much waiting."""
        if identity not in self._waiting and len(self._waiting) >= MOST_WAITING:
            return False
        turns = self._waiting.setdefault(identity, [])
        if turns and len(turns[-1].words) + 1 + len(words) <= LONGEST_TURN:
            turns[-1].words += f"\n{words}"
            return True
        if len(turns) >= MOST_TURNS:
            return False
        turns.append(_Turn(words, now))
        return True

    def take(self, now: float, *, partner: str, busy: bool) -> tuple[str, str] | None:
        """The next turn, an identity and the words, if it is time: the partner may interrupt their own answer.

        ``busy`` is whether the partner speaks or is being answered. All others wait for the end of that, and at most
        as long as voices do.
        """
        if not self._waiting:
            return None
        identity, turns = next(iter(self._waiting.items()))
        if busy and partner not in ("", identity) and now - turns[0].since < MOST_SECONDS:
            return None
        del self._waiting[identity]
        if turns[1:]:
            # Behind everybody else.
            self._waiting[identity] = turns[1:]
        return identity, turns[0].words
