"""When a human's turn is over: a state machine without clock, tasks or I/O.

A turn is what one human says (or keys) until they are done. It is fed with what is heard and asked at any time
when it will end if nothing else happens. Three things decide, because none of them alone does it well (measured
over real WebRTC): the silence so far, whether the words can be a whole answer, and LiveKit's end-of-turn model as
a hint. Instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mcp_voice.results import Channel
from mcp_voice.texts.foreign import LONGEST_TEXT
from mcp_voice.turns.outage import DONE_SECONDS, HEARD_ON_SECONDS, Outage
from mcp_voice.turns.patience import Patience
from mcp_voice.turns.unconfirmed import UnconfirmedWords
from mcp_voice.turns.verdict import NOTHING_ASKED, ExpectedAnswer, silence_asked_for
from mcp_voice.words import choice_by_key

__all__ = ["READING_SECONDS", "Patience", "Turn"]

READING_SECONDS = 2.0
"""A sound of which nothing was read for this long was most likely no speech."""
SINGLE_KEY_CHOICES = 9
"""Of so many choices one key names one; of more, a second key may follow."""
MOST_KEYS = 64
"""No answer on a keypad is longer; whoever presses on has these taken."""


@dataclass(slots=True)
class Turn:
    """What one human is saying; create one for each turn."""

    patience: Patience
    language: str
    expected: ExpectedAnswer = NOTHING_ASKED
    started_at: float | None = None
    stopped_at: float = 0.0
    """End of the last voiced sample, of the last new word, or of the last key."""
    words_at: float | None = None
    speaking: bool = False
    unconfirmed: UnconfirmedWords | None = None
    """Words of this human's last turn that the recogniser had not confirmed when it ended."""
    keys: str = ""
    outage: Outage | None = None
    """That the connection broke while it was said, unless the sound went on all the same."""
    _final: str = ""
    _interim: str = ""
    _doubtful: bool = False
    """Whether the interim words are such as a recogniser writes of a noise too."""
    _unread: bool = False
    _reading_at: float | None = None
    """When the recogniser told last that it is at words of this turn."""
    _likely: bool | None = None
    _judged: tuple[str, ExpectedAnswer] | None = None
    """The words of the last verdict, and what was expected: it is asked for with every event, whoever it concerns."""
    _patience: float | None = None
    """The verdict: seconds, or None when the words leave it open."""

    @property
    def text(self) -> str:
        """The words so far, final and interim ones; none where all that there is is in doubt."""
        return "" if self._in_doubt else _joined(self._final, self._interim)

    @property
    def _in_doubt(self) -> bool:
        return self._doubtful and not self._final

    @property
    def said(self) -> tuple[str, Channel] | None:
        """What was keyed, else said, and how; nothing so far."""
        if self.keys:
            return self.keys.rstrip("#") or self.keys, "keypad"
        return (self.text, "speech") if self.text else None

    @property
    def instants(self) -> tuple[float, float, float] | None:
        """When it began and ended, and when its words were told; nothing before it began."""
        if self.started_at is None:
            return None
        return self.started_at, self.stopped_at, self.words_at or self.stopped_at

    def is_nothing(self, now: float) -> bool:
        """Whether it has not begun, and no words of the turn before it are to be told from its own any more."""
        before = self.unconfirmed is not None and now < self.unconfirmed.until
        return self.started_at is None and not before

    def begins_after(self, ended_at: float | None) -> bool:
        """Whether what had ended then, if that is known, was said before this turn."""
        return ended_at is not None and self.started_at is not None and self.started_at >= ended_at

    def speech_started(self, at: float) -> None:
        """Voice activity began."""
        self.speaking = True
        self._unread = True
        self.outage = self.outage.unless_heard(at) if self.outage is not None else None
        self._likely = None
        if self.started_at is None:
            self.started_at = at

    def speech_stopped(self, at: float) -> None:
        """Voice activity ended."""
        self.outage = self.outage.unless_heard(at) if self.outage is not None else None
        self.ended(at)

    def ended(self, at: float) -> None:
        """Nothing more of this can be heard."""
        self.speaking = False
        self.stopped_at = max(self.stopped_at, at)
        # Words that come after something new was said are taken for new ones: better twice than lost.
        self.unconfirmed = None

    def broke_off(self, at: float, *, is_for_good: bool = False) -> None:
        """The connection went: what was heard stays as it is, and what comes over the next one is added.

        ``is_for_good``: there will be no other one, so that what was heard is all there is.
        """
        if is_for_good:
            self.outage = None
        else:
            self.breaks(at)
        self.gone(at)
        self.heard("", final=True, at=at)

    def breaks(self, at: float, *, is_theirs: bool = False) -> None:
        """The connection breaks, ours or ``is_theirs``; whoever is speaking may say the rest to nobody."""
        is_under_way = self.speaking or at < self.stopped_at + DONE_SECONDS
        if self.outage is None and self.started_at is not None and is_under_way:
            self.outage = Outage(at, is_theirs=is_theirs)

    def is_cut_off(self, now: float) -> bool:
        """Whether nothing of it has been heard for so long, since the connection broke, that they do not go on."""
        return self.outage is not None and self.outage.mended_at is None and now >= self.outage.at + HEARD_ON_SECONDS

    def mended(self, at: float) -> None:
        """The connection is back."""
        self.outage = self.outage.mended(at) if self.outage is not None else None

    def gone(self, at: float) -> None:
        """Their sound has ended, and what is heard of it from now on was said before."""
        if self.outage is not None:
            self.outage = replace(self.outage, is_gone=True)
        self.ended(at)

    def heard(
        self,
        text: str,
        *,
        final: bool,
        at: float,
        began_at: float | None = None,
        ended_at: float | None = None,
        doubtful: bool = False,
    ) -> None:
        """Words arrived; an interim text replaces the interim text before it, an empty final text confirms it.

        An empty interim text takes it back. ``began_at`` and ``ended_at``: when they were spoken, where that is known.
        ``doubtful``: as in ``link.Words``.
        """
        if self.unconfirmed is not None and self.unconfirmed.covers(text, at):
            self.unconfirmed = None if final else self.unconfirmed
            return
        self.unconfirmed = None
        room = max(0, LONGEST_TEXT - len(self._final))
        text = text.strip() or (self._interim if final else "")
        self._doubtful = doubtful and not final
        if not text:
            self._interim = ""
        text = text[:room]
        if not text:
            return
        if self.started_at is None:
            # A recogniser may hear what voice activity detection missed: very soft or very short words.
            self.started_at = at if began_at is None else began_at
        if not self.speaking and not self._unread and text != self._interim:
            self.stopped_at = max(self.stopped_at, at if ended_at is None else ended_at)
        self.words_at = at
        if final:
            self._final = _joined(self._final, text)
            self._interim = ""
            self._unread = self.speaking
        else:
            self._interim = text
            self._unread = True

    def reading(self, at: float) -> None:
        """The recogniser is at the speech so far: however slow it is, its words will come."""
        if self.started_at is not None:
            self._unread = True
            self._reading_at = at

    @property
    def at_recogniser(self) -> bool:
        """Whether the recogniser is known to be at words of this turn."""
        return self._unread and self._reading_at is not None

    def segment_read(self) -> None:
        """The recogniser will say nothing more about the speech so far, unless it goes on."""
        self._reading_at = None
        if self.unconfirmed is not None:
            self.unconfirmed = None
        elif not self.speaking:
            self._unread = False

    def hinted(self, *, likely: bool) -> None:
        """The end-of-turn model judged the pause under way."""
        self._likely = likely

    def being_read(self, now: float) -> bool:
        """Whether words of a sound that has just ended may still come."""
        if self.started_at is None or not self._unread:
            return False
        return self.at_recogniser or now < self.stopped_at + READING_SECONDS

    def keyed(self, digit: str, at: float) -> None:
        """A key was pressed."""
        if len(self.keys) >= MOST_KEYS and digit != "#":
            return
        self.keys = self.keys[:MOST_KEYS] + digit
        self.stopped_at = max(self.stopped_at, at)
        if self.started_at is None:
            self.started_at = at

    @property
    def chooses_by_key(self) -> bool:
        """Whether the keys so far name a choice, and no further key could name another."""
        choices = self.expected.choices
        return len(choices) <= SINGLE_KEY_CHOICES and choice_by_key(self.keys, choices) is not None

    def ends_at(self) -> float | None:
        """When the turn is over if nothing else happens; None while it cannot be: nobody began, or somebody speaks."""
        if self.started_at is None or self.speaking:
            return None
        if self.outage is not None and not self.keys:
            read_at = 0.0 if self._reading_at is None or not self._unread else self._reading_at + self.patience.unread
            mended_at = self.outage.mended_at
            return None if mended_at is None else max(mended_at + self.patience.unfinished, read_at)
        if self.keys:
            return self.stopped_at + (0.0 if self.keys.endswith("#") else self.patience.keypad)
        silence = self.stopped_at + self._silence()
        if self._unread and self._reading_at is not None:
            return max(silence, max(self.stopped_at, self._reading_at) + self.patience.unread)
        if self._interim and self._unread:
            # From the last word on: a recogniser that lags behind still brings them.
            return max(silence, max(self.stopped_at, self.words_at or 0.0) + self.patience.unconfirmed)
        return max(silence, self.stopped_at + self.patience.unread) if self._unread else silence

    def still_unconfirmed(self) -> UnconfirmedWords | None:
        """What the recogniser may still bring of this turn after its end."""
        if self._interim and self._unread and not self._in_doubt:
            return UnconfirmedWords(self._interim, self.stopped_at + self.patience.late_words)
        return self.unconfirmed

    def _silence(self) -> float:
        """Seconds of silence after which these words are taken for the whole of it."""
        text = self.text
        if not text:
            return 0.0
        if self._judged != (text, self.expected):
            self._judged = text, self.expected
            self._patience = silence_asked_for(text, self.expected, self.patience, language=self.language)
        if self._patience is not None:
            return self._patience
        return self.patience.unlikely if self._likely is False else self.patience.complete


def _joined(text: str, more: str) -> str:
    return f"{text} {more}" if text and more else text or more
