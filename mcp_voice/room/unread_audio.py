"""The sound that a recogniser which streams has not answered yet, kept so that another stream can be given it again.

Pure, without clock: instants are ``time.monotonic()`` seconds.
"""

from __future__ import annotations

from collections import deque

from livekit import rtc

__all__ = ["UnreadAudio"]

MOST_SECONDS = 120.0
"""4 MB. A provider that streams gives final words at every pause, so that no speech waits for as long."""
LEAD_SECONDS = 1.0
"""Kept of a silence: voice activity is told of with a delay, and the first sounds of a word are soft."""
TAIL_SECONDS = 0.5
"""Kept of speech that goes on, where final words do not say how far they reach: better read twice than lost."""
FORGOTTEN_SECONDS = 15.0
"""A sound that nothing was said about for so long was none with words."""
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
        self._finals = 0
        self.owed = False
        """Whether words of it are owed."""

    @property
    def frames(self) -> list[rtc.AudioFrame]:
        """All of it, the oldest first."""
        return [frame for _, frame in self._frames]

    def push(self, frame: rtc.AudioFrame, now: float) -> None:
        """Keep a frame that has just come."""
        self._frames.append((now, frame))
        self._seconds += frame.duration
        if self.owed and not self._speaking and now - self._stopped_at > FORGOTTEN_SECONDS:
            self.owed = False
        self._trim(MOST_SECONDS if self.owed or self._speaking else LEAD_SECONDS)

    def speech_started(self, at: float) -> None:
        """Voice activity began."""
        self._speaking = self.owed = True
        self._started_at = at

    def speech_stopped(self, at: float) -> None:
        """Voice activity ended."""
        self._speaking = False
        self._stopped_at = at
        if not self.owed:
            self._trim(0.0)

    def worded(self) -> None:
        """Interim words came."""
        self.owed = True

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
        self.owed = self._started_at is not None and self._started_at >= first - SLACK_SECONDS

    def segment_over(self) -> None:
        """The recogniser is done with a stretch of sound, of which it has given the words, if any."""
        if not self._finals:
            self.finalised(0)
        self._finals = 0

    def give_up(self) -> None:
        """Nothing of it will be read any more."""
        self._trim(0.0)
        self.owed = False

    def replayed(self) -> None:
        """A new stream has been given all of it."""
        self._position = 0.0

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
