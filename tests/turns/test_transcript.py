"""What was said in a room, as it is written down."""

from __future__ import annotations

import time

from mcp_voice.participants import Participant
from mcp_voice.turns.transcript import KEPT_LINES, Transcript

ALICE = Participant("alice", "Alice", "human")


def test_lines_stand_in_the_order_in_which_they_began() -> None:
    """An answer that interrupts a question may be written down before the question is."""
    transcript = Transcript()
    now = time.monotonic()
    transcript.add("yes", began_at=now - 1, participant=ALICE)
    transcript.add("There are two", began_at=now - 4)
    transcript.add("thank you", began_at=now)
    assert [line.text for line in transcript.lines] == ["There are two", "yes", "thank you"]
    assert [line.at for line in transcript.lines] == sorted(line.at for line in transcript.lines)


def test_a_full_transcript_forgets_its_oldest_line() -> None:
    """Also when the line that is added is not the latest."""
    transcript = Transcript()
    now = time.monotonic()
    for number in range(KEPT_LINES):
        transcript.add(str(number), began_at=now + number)
    transcript.add("late", began_at=now + KEPT_LINES - 1.5)
    assert len(transcript.lines) == KEPT_LINES
    assert transcript.lines[0].text == "1"
    assert [line.text for line in transcript.lines][-2:] == ["late", str(KEPT_LINES - 1)]
