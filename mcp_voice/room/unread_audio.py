"""The sound that a recogniser which streams has not answered yet, kept so that another stream can be given it again.

Pure, without clock: instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from collections import deque

from livekit import rtc

__all__ = ["UnreadAudio"]

MOST_SECONDS = 120.0
"""4 MB. A provider that streams gives final words at every pause, so that no speech waits for as long."""
LEAD_SECONDS = 2.0
"""Kept of a silence: voice activity is told of with a delay, and the first sounds of a word are soft."""
TAIL_SECONDS = 0.5
"""Kept of speech that goes on, where final words do not say how far they reach: better read twice than lost."""
FORGOTTEN_SECONDS = 60.0
"""A sound that nothing was said about for so long was none with words, if the stream is still there: a connection that
is gone is noticed within 45 s, since the providers' clients ask every 30 s whether the other side is."""
AGAIN_SECONDS = 15.0
"""The same of a stream that was given the sound after another one: it connects, or fails, within 10 s."""
SLACK_SECONDS = 0.1


class UnreadAudio:
    """What was pushed since the last final words."""

    def __init__(self) -> None:
        self._frames: deque[tuple[float, rtc.AudioFrame]] = deque()
        self._seconds = 0.0
        self._position = 0.0
        """Where the first of the frames begins in the present stream, in seconds of sound."""
        self._speaking = False
        self._started_at: float | None = None
        self._stopped_at = 0.0
        self._sounded_at = 0.0
        """The last of what is due: the end of speech, or interim words."""
        self._given_at: float | None = None
        """When the present stream was given all of it; None while there is none."""
        self._again = False
        """Whether another stream had it before."""
        self._finals = 0
        self.due = False
        """Whether words of it are due."""
        self.overflowed = False
        """Whether some of what is due had to be dropped."""

    @property
    def frames(self) -> list[rtc.AudioFrame]:
        """All of it, the oldest first."""
        return [frame for _, frame in self._frames]

    def push(self, frame: rtc.AudioFrame, now: float) -> None:
        """Keep a frame that has just come."""
        self._frames.append((now, frame))
        self._seconds += frame.duration
        if self.due and self._without_words(now):
            self._settle(due=False)
        if self.due and self._seconds > MOST_SECONDS:
            self.overflowed = True
        self._trim(MOST_SECONDS if self.due or self._speaking else LEAD_SECONDS)

    def speech_started(self, at: float) -> None:
        """Voice activity began."""
        self._speaking = self.due = True
        self._again = False
        self._started_at = at

    def speech_stopped(self, at: float) -> None:
        """Voice activity ended."""
        self._speaking = False
        self._stopped_at = self._sounded_at = at
        if not self.due:
            self._trim(0.0)

    def worded(self, now: float) -> None:
        """Interim words came."""
        self.due = True
        self._sounded_at = now

    def finalised(self, end: float) -> None:
        """Final words came, or a sound was found to have none.

        ``end``: how far they reach in the present stream, in seconds of sound; 0 where that is not known.
        """
        self._finals += 1
        if self._known(end):
            while self._frames and self._position + self._frames[0][1].duration <= end + SLACK_SECONDS / 2:
                self._drop()
        elif not self._speaking:
            self._trim(0.0)
        else:
            self._drop_before_speech()
        first = self._frames[0][0] if self._frames else float("inf")
        self._settle(due=self._started_at is not None and self._started_at >= first - SLACK_SECONDS)

    def segment_over(self) -> None:
        """The recogniser is done with a stretch of sound, of which it has given the words, if any."""
        if not self._finals:
            self.finalised(0)
        self._finals = 0

    def give_up(self) -> None:
        """Nothing of it will be read any more."""
        self._trim(0.0)
        self._settle(due=False)

    def given(self, now: float) -> None:
        """A new stream has been given all of it."""
        self._position = 0.0
        self._given_at = now

    def stream_ended(self) -> None:
        """The stream is gone, and with it what it did not answer."""
        self._given_at, self._again = None, self.due

    def _settle(self, *, due: bool) -> None:
        """What was due until now is not due any more; whether something else is."""
        self.due = due
        self._again = self.overflowed = False

    def _without_words(self, now: float) -> bool:
        """Whether nothing was said about the sound for so long that there is nothing to say: somebody was listening."""
        if self._speaking or self._given_at is None:
            return False
        silent = now - max(self._sounded_at, self._given_at)
        return silent > (AGAIN_SECONDS if self._again else FORGOTTEN_SECONDS)

    def _known(self, end: float) -> bool:
        """Whether words may reach as far; no word is over before there is anything of it."""
        first = self._frames[0][1].duration if self._frames and not self._position else 0.0
        return first <= end + SLACK_SECONDS / 2 and 0 < end <= self._position + self._seconds + SLACK_SECONDS

    def _drop_before_speech(self) -> None:
        """Keep what is spoken now, if it began after a pause within the frames; else the end of it."""
        first, since = self._frames[0][0] if self._frames else 0.0, self._started_at
        if since is None or not first < self._stopped_at < since:
            self._trim(TAIL_SECONDS)
            return
        while self._frames and self._frames[0][0] < since - TAIL_SECONDS:
            self._drop()

    def _trim(self, most: float) -> None:
        while self._frames and self._seconds > most:
            self._drop()

    def _drop(self) -> None:
        _, frame = self._frames.popleft()
        self._seconds -= frame.duration
        self._position += frame.duration
