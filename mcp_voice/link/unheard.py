"""Which humans cannot be heard, and why: a muted microphone, none, or none that is allowed."""

from __future__ import annotations

from collections.abc import Iterable

from mcp_voice.errors import quoted_name
from mcp_voice.participants import EVERYBODY, Participant, ParticipantKind, Target, Unheard, is_human

__all__ = ["cannot_be_heard", "in_short", "in_words"]

MOST_NAMED = 3
IN_WORDS: dict[Unheard, str] = {
    "muted": "the microphone is muted",
    "no microphone": "no microphone is on",
    "not allowed to publish": "their token does not allow a microphone",
}


def cannot_be_heard(kind: ParticipantKind, microphones: Iterable[tuple[bool, bool]], *, may_publish: bool) -> Unheard:
    """Why the voice of somebody cannot be heard, by their audio tracks: whether each is surely a microphone, and muted.

    A track of an unknown source counts where there is no microphone. A phone has none until it is picked up.
    """
    tracks = list(microphones)
    muted = [is_muted for is_microphone, is_muted in tracks if is_microphone] or [is_muted for _, is_muted in tracks]
    if not is_human(kind) or (kind == "phone" and not muted):
        return ""
    if muted:
        return "muted" if all(muted) else ""
    return "no microphone" if may_publish else "not allowed to publish"


def in_short(people: Iterable[Participant], target: Target = EVERYBODY) -> str:
    """Who cannot be heard and why, in brackets after a line of progress; nothing where everybody can be.

    ``target``: those who matter.
    """
    named = [f"{quoted_name(each.identity)}: {each.cannot_be_heard}" for each in _unheard(people, target)]
    return f" ({_some(named)})" if named else ""


def in_words(people: Iterable[Participant], target: Target = EVERYBODY) -> str:
    """The same as a sentence for ``next``."""
    unheard = _unheard(people, target)
    if not unheard:
        return ""
    named = _some([f"{quoted_name(each.identity)} ({IN_WORDS[each.cannot_be_heard]})" for each in unheard])
    way = "the keypad" if all(each.kind == "phone" for each in unheard) else "chat"
    return f" Cannot be heard now: {named}. They can still answer by {way}."


def _unheard(people: Iterable[Participant], target: Target) -> list[Participant]:
    return [each for each in people if each.cannot_be_heard and target.concerns(each.identity)]


def _some(named: list[str]) -> str:
    more = len(named) - MOST_NAMED
    return ", ".join(named[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
