"""Ask whoever is in a LiveKit room a question by voice, and use the answer.

    python examples/ask.py [ROOM]

Settings come from the environment (docs/settings.md); without LIVEKIT_URL a local server is used.
"""

from __future__ import annotations

import asyncio
import sys

from mcp_voice import VoiceError, ask_in_room


async def told(what_happens: str) -> None:
    """Show it: while nobody is in the room, there is a link in it by which somebody can join."""
    print(what_happens, file=sys.stderr)


async def main(room_name: str = "") -> None:
    """Ask, and say what came of it."""
    answer = await ask_in_room(
        "Which database should we use, Postgres or MySQL?",
        room_name,
        choices=["Postgres", "MySQL"],
        wait_seconds=60,
        report=told,
    )
    if answer.status == "answered" and answer.participant:
        print(f"{answer.participant.name} said: {answer.reply}")
        print(f"Decision: {answer.choice or 'neither of the two'}")
    else:
        print(f"No answer ({answer.status}). {answer.next}")


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:2]))
    except VoiceError as error:
        sys.exit(str(error))
