"""Send a data message to everybody in every room that has people in it, without joining or speaking.

    python examples/broadcast.py "The build is green."

A client receives it as a data packet with the topic "news": {"type": "mcp_message", "content": ..., "sender": ...}.
"""

from __future__ import annotations

import asyncio
import sys

from mcp_voice import VoiceError, open_voice


async def main(message: str) -> None:
    """Send it to each active room, one after the other."""
    async with open_voice() as voice:
        for room in (await voice.list_rooms()).rooms:
            if room.active:
                sent = await voice.send_message_to_room(message, room.room_name, topic="news")
                print(f"{room.room_name}: {', '.join(sent.sent_to)}")


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "Hello from mcp-voice."))
    except VoiceError as error:
        sys.exit(str(error))
