"""What one writes in an hour: one tool around LiveKit's ``AgentSession`` with its default settings, to compare with."""

from __future__ import annotations

import asyncio
import os
import uuid
from typing import Any

from livekit import api, rtc
from livekit.agents import Agent, AgentSession, ChatContext, ChatMessage
from livekit.plugins import openai
from mcp.server.mcpserver import MCPServer
from pydantic import BaseModel

__all__ = ["Reply", "ask_in_room"]

server = MCPServer("naive", log_level="WARNING")


class Reply(BaseModel):
    """What was understood; the other fields are there for the client that drives both servers."""

    reply: str
    room_name: str
    status: str = "answered"
    ask_id: str = "none"


class Listener(Agent):
    """Hands on what the human said."""

    def __init__(self) -> None:
        super().__init__(instructions="")
        self.replies: asyncio.Queue[str] = asyncio.Queue()

    async def on_user_turn_completed(self, turn_ctx: ChatContext, new_message: ChatMessage) -> None:
        """Take a turn that is over."""
        self.replies.put_nowait(new_message.text_content or "")


sessions: dict[str, tuple[AgentSession[None], Listener]] = {}


async def enter(room_name: str) -> tuple[AgentSession[None], Listener]:
    """Join a room and start to listen and speak there."""
    token = (
        api.AccessToken(os.environ["LIVEKIT_API_KEY"], os.environ["LIVEKIT_API_SECRET"])
        .with_identity(f"naive-{uuid.uuid4().hex[:6]}")
        .with_kind("agent")
        .with_grants(api.VideoGrants(room_join=True, room=room_name))
        .to_jwt()
    )
    # Not naive, but fair: without it, a machine without DNS looks for STUN servers.
    ice = rtc.RtcConfiguration(ice_servers=[rtc.IceServer(urls=["stun:127.0.0.1:3478"])])
    room = rtc.Room()
    await room.connect(os.environ["LIVEKIT_URL"], token, rtc.RoomOptions(rtc_config=ice))
    voice = openai.TTS(model="tts-1", voice="alloy", api_key="none", response_format="pcm")
    session = AgentSession[None](stt=openai.STT(model="whisper-1", api_key="none"), tts=voice)
    listener = Listener()
    await session.start(listener, room=room)
    sessions[room_name] = session, listener
    return session, listener


@server.tool()
async def ask_in_room(question: str, room_name: str, choices: tuple[str, ...] = ()) -> Reply:
    """Ask a question and give what was answered."""
    session, listener = sessions.get(room_name) or await enter(room_name)
    while not listener.replies.empty():
        listener.replies.get_nowait()
    await session.say(question)
    return Reply(reply=await listener.replies.get(), room_name=room_name)


def main() -> Any:
    """Serve."""
    return server.run()


if __name__ == "__main__":
    main()
