"""What a speech engine's process sends, read frame by frame, though whoever reads may stop at any byte."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.speech.child import Child
from mcp_voice.speech.frames import AUDIO

pytestmark = pytest.mark.anyio

LIMIT = 10.0
PROGRAM = """
import sys
from mcp_voice.speech.frames import AUDIO, CANCEL, DONE, HEADER, read_frame, write_frame
out, sound = sys.stdout.buffer, b"~" * 1000
whole = HEADER.pack(AUDIO, len(sound)) + sound
out.write(whole + whole[:500])
out.flush()
assert read_frame(sys.stdin.buffer) == (CANCEL, b"")
out.write(whole[500:])
write_frame(out, DONE)
while frame := read_frame(sys.stdin.buffer):
    write_frame(out, *frame)
"""
"""Sends a frame and half of the next, the rest of it once it is told to stop, and then what it is sent."""


@pytest.fixture
async def child() -> AsyncIterator[Child]:
    """Such a process."""
    pipe = asyncio.subprocess.PIPE
    started = Child(await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, stdin=pipe, stdout=pipe))
    try:
        yield started
    finally:
        await started.aclose()


async def test_a_reader_who_stops_within_a_frame_leaves_the_process_of_use(child: Child) -> None:
    """Its head was lost, so that sound was read as heads, and a process that had obeyed was ended for it."""
    with anyio.fail_after(LIMIT):
        assert await child.receive() == (AUDIO, b"~" * 1000)
    with anyio.move_on_after(0.1) as stopped:
        await child.receive()
    assert stopped.cancelled_caught
    assert await child.settle(seconds=LIMIT)
    with anyio.fail_after(LIMIT):
        await child.send(AUDIO, b"next")
        assert await child.receive() == (AUDIO, b"next")
