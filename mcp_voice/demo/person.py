"""``mcp-voice demo --join``: waits for a real person in a room, and asks them."""

from __future__ import annotations

import sys
from datetime import timedelta

import anyio

from mcp_voice.counting import counted
from mcp_voice.demo.screen import Screen
from mcp_voice.demo.stage import Tools, ears, livekit, tools
from mcp_voice.errors import NobodyThere
from mcp_voice.redaction import without_login
from mcp_voice.results import Answer, Rooms
from mcp_voice.room.connection import Access, token
from mcp_voice.settings import Settings

__all__ = ["ask_a_person"]

ROOM = "demo"
LOOK_SECONDS = 1.0
SETTLE_SECONDS = 2.0
"""A person who has just joined sees to their microphone first."""
QUESTION = "Hello! This is mcp-voice. Can you hear me clearly?"
CHOICES = ("yes", "no")
"""Every recogniser reads them, the offline one as well."""
ONE_CALL_SECONDS = 30.0
LEAST_VALID_SECONDS = 60.0
HOW_TO_JOIN = """\
Join room {room} with any LiveKit client that takes a server's address and a token: an app of your own, or the tab
"Custom" of LiveKit's example app at https://meet.livekit.io.
The token lets one person in and is valid for {valid}. {where}
"""
LOCAL = "Only a client on this machine reaches the embedded server."


async def ask_a_person(settings: Settings, *, screen: Screen, configured: bool, limit: float) -> None:
    """Print how to join, wait up to ``limit`` seconds for somebody, ask them one question and print what they said.

    Raises VoiceError when a part fails, NobodyThere when nobody comes or answers in time.
    """
    await ears(settings, progress=screen.step)
    async with livekit(settings, configured=configured, progress=screen.step) as access:
        _invite(access, screen, where="" if configured else LOCAL, limit=limit)
        async with tools(access, room_name=ROOM, log=sys.stderr) as called:
            with anyio.move_on_after(limit):
                name = await _somebody(called, screen)
                screen.step(f"{name} is here")
                await anyio.sleep(SETTLE_SECONDS)
                answer = await _ask(called, screen)
                if answer.reply is not None:
                    await called.call("say_in_room", message=f"I heard: {answer.reply}. Thank you!", room_name=ROOM)
                return
    raise NobodyThere(
        f"Nobody joined and answered within {limit:.0f} s.", fix="Start it again, or allow more with --wait."
    )


def _invite(access: Access, screen: Screen, *, where: str, limit: float) -> None:
    lifetime = timedelta(seconds=max(limit, LEAST_VALID_SECONDS))
    jwt = token(access, room_name=ROOM, identity="guest", name="Guest", kind="standard", lifetime=lifetime)
    screen.heading("Come in")
    valid = counted(int(lifetime.total_seconds() // 60), "minute")
    screen.note(HOW_TO_JOIN.format(room=ROOM, where=where, valid=valid))
    screen.note(f"URL    {without_login(access.url)}")
    screen.note(f"Token  {jwt}")
    screen.heading("Waiting for you (Ctrl-C ends it)")


async def _somebody(called: Tools, screen: Screen) -> str:
    """Wait until a human is in the room; gives their name."""
    while True:
        found = Rooms.model_validate(await called.call("list_rooms"))
        names = [
            each.name for room in found.rooms for each in room.participants if room.room_name == ROOM and each.is_human
        ]
        if names:
            return names[0]
        screen.progress("nobody is there yet")
        await anyio.sleep(LOOK_SECONDS)


async def _ask(called: Tools, screen: Screen) -> Answer:
    screen.says("call", f"ask_in_room: {QUESTION} (choices {' · '.join(CHOICES)})")
    result = await called.call(
        "ask_in_room",
        question=QUESTION,
        room_name=ROOM,
        choices=list(CHOICES),
        wait_seconds=ONE_CALL_SECONDS,
        show=screen.progress,
    )
    screen.result("ask_in_room", result)
    while result["status"] == "pending":
        screen.says("call", "wait_for_reply")
        result = await called.call(
            "wait_for_reply", ask_id=result["ask_id"], wait_seconds=ONE_CALL_SECONDS, show=screen.progress
        )
        screen.result("wait_for_reply", result)
    return Answer.model_validate(result)
