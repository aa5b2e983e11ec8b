"""``mcp-voice demo --join``: asks a real person, who joins in their browser."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import anyio

from mcp_voice.asks.inviting import valid
from mcp_voice.demo.screen import Screen
from mcp_voice.demo.stage import Tools, ears, livekit, tools
from mcp_voice.embedded import state_folder
from mcp_voice.errors import NobodyThere
from mcp_voice.process.loopback import is_on_loopback
from mcp_voice.results import Answer, Invited
from mcp_voice.settings import Settings

__all__ = ["ask_a_person", "ask_whoever_comes", "own_embedded"]

ROOM = "demo"
QUESTION = "Hello! This is mcp-voice. Can you hear me clearly?"
CHOICES = ("yes", "no")
"""Every recogniser reads them, the offline one as well."""
ONE_CALL_SECONDS = 30.0
NO_LIVEKIT: Mapping[str, str] = MappingProxyType({"LIVEKIT_URL": "", "LIVEKIT_API_KEY": "", "LIVEKIT_API_SECRET": ""})
WAITS: Mapping[str, str] = MappingProxyType({"MCP_VOICE_NOBODY": "wait"})
QUIET = {"MCP_VOICE_LOG_LEVEL": "WARNING"}
"""Its log goes to the same terminal."""
LINK = ": http"
HERE = "on this machine"
ELSEWHERE = "on any machine that can reach it"


async def ask_a_person(settings: Settings, *, screen: Screen, configured: bool, limit: float) -> None:
    """Ask whoever comes within ``limit`` seconds one question, print how to come and what they said.

    Raises VoiceError when a part fails, NobodyThere when nobody comes or answers in time.
    """
    await ears(settings, progress=screen.step)
    async with livekit(settings, configured=configured, progress=screen.step) as access:
        changed = {**QUIET, **(WAITS if configured else own_embedded(settings))}
        async with tools(access, room_name=ROOM, log=sys.stderr, changed=changed) as called:
            with anyio.move_on_after(limit):
                answer = await ask_whoever_comes(called, screen, room_name=ROOM, question=QUESTION, choices=CHOICES)
                if answer.reply is not None:
                    await called.call("say_in_room", message=f"I heard: {answer.reply}. Thank you!", room_name=ROOM)
                return
    raise NobodyThere(
        f"Nobody joined and answered within {limit:.0f} s.", fix="Start it again, or allow more time with --wait."
    )


def own_embedded(settings: Settings) -> dict[str, str]:
    """Variables with which the MCP server finds the embedded server by itself, and opens the page as it always does."""
    return {**NO_LIVEKIT, **WAITS, "MCP_VOICE_STATE_DIR": str(state_folder(settings))}


async def ask_whoever_comes(
    called: Tools, screen: Screen, *, room_name: str, question: str, choices: Sequence[str]
) -> Answer:
    """Show a link, another one once that has expired, and ask until there is an answer."""

    def show(progress: str) -> None:
        # The question has a link of its own, for a host that shows no other.
        screen.progress(progress.partition(LINK)[0])

    until = await _invite(called, screen, room_name)
    screen.says("call", f"ask_in_room: {question} (choices {' · '.join(choices)})")
    result = await called.call(
        "ask_in_room",
        question=question,
        room_name=room_name,
        choices=list(choices),
        wait_seconds=ONE_CALL_SECONDS,
        show=show,
    )
    while result["status"] == "pending":
        if result.get("waiting_for") != "human":
            screen.result("ask_in_room", result)
        elif anyio.current_time() >= until:
            until = await _invite(called, screen, room_name)
        result = await called.call("wait_for_reply", ask_id=result["ask_id"], wait_seconds=ONE_CALL_SECONDS, show=show)
    screen.result("ask_in_room", result)
    return Answer.model_validate(result)


async def _invite(called: Tools, screen: Screen, room_name: str) -> float:
    """Show a link; gives the instant at which it expires."""
    invited = Invited.model_validate(await called.call("invite_to_room", room_name=room_name))
    here = is_on_loopback(invited.link)
    screen.heading("Come in")
    screen.note(
        f"Open this link in a browser {HERE if here else ELSEWHERE}, and press Join. "
        f"It lets one person in, within {valid(invited.valid_seconds)}."
    )
    screen.note(f"\n  {invited.link}\n")
    if not here:
        screen.qr(invited.link)
    screen.heading("Waiting for you (Ctrl-C to stop)")
    return anyio.current_time() + invited.valid_seconds
