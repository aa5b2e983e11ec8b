"""``mcp-voice-agent demo``: three turns with a companion, and a question of another agent in their middle."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import anyio
from rich.text import Text

from mcp_voice.demo.report import log_file, output_folder
from mcp_voice.demo.screen import Screen
from mcp_voice.demo.stage import Tools, ears, livekit, tools
from mcp_voice.demo.take import Take, check, play
from mcp_voice.errors import VoiceError
from mcp_voice.people.human import Human, human
from mcp_voice.room.access import token
from mcp_voice_agent.demo.report import Story, latencies, record, words
from mcp_voice_agent.demo.script import ASK, TURNS
from mcp_voice_agent.demo.stage import OFFLINE, alone, language_model, send, worker
from mcp_voice_agent.demo.talk import Talk, talk
from mcp_voice_agent.settings import AgentSettings

__all__ = ["show"]

IDENTITY, NAME = "robin", "Robin"
ONCE_SECONDS = 0.05
"""More sound of the companion than that during the ask is speech."""
OVER_SECONDS = {False: 9.0, True: 2.0}
"""When the human speaks over the second answer: the script's says after 8 s what was asked, a model's may be short."""
THINKING_SECONDS = 0.7
"""What a human takes from one thing to the next."""


async def show(settings: AgentSettings, *, screen: Screen, output: Path, own_model: bool) -> None:
    """Play the conversation and write sound and picture into ``output``; ``own_model`` is that of the settings.

    Raises VoiceError when a part fails, or when the companion does not do its part.
    """
    folder = output_folder(output)
    room_name = agent_name = f"companion-{secrets.token_hex(2)}"
    begun = time.monotonic()
    await ears(settings.model_copy(update={"stt": "offline"}), progress=screen.step)
    async with (
        language_model(settings, own=own_model) as (mind, variables),
        livekit(alone(settings), configured=False, progress=screen.step) as access,
    ):
        screen.step(f"LiveKit at {access.shown}")
        jwt = token(access, room_name=room_name, identity=IDENTITY, name=NAME, kind="standard")
        with log_file(folder) as log:
            async with (
                worker(access, name=agent_name, folder=folder, model=variables) as companion,
                human(access.url, jwt, e2ee_key=access.e2ee_key) as person,
                talk(person, screen, log=str(companion.log)) as conversation,
            ):
                screen.step(f"{NAME}, a synthetic human, is in room {room_name}, with a microphone and ears")
                async with tools(access, room_name=room_name, log=log, changed=OFFLINE) as called:
                    screen.step("MCP server started; a client speaks to it over stdio")
                    await companion.ready()
                    screen.step(f"worker started, speech offline; language model: {mind}")
                    sent_at = time.monotonic()
                    await send(access, name=agent_name, room_name=room_name)
                    story = await _tell(
                        _Cast(conversation, called, person, screen, over_after=OVER_SECONDS[own_model]),
                        room_name,
                        sent_at=sent_at,
                    )
                files = record(folder, person, story, name=NAME)
    screen.progress("")
    screen.heading("Results")
    screen.show(words(story, name=NAME), Text(), latencies(story), Text())
    screen.show(*files.named(), Text(f"{time.monotonic() - begun:.0f} s in all", "dim"))
    _check(story, scripted=not own_model)


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who takes part, where it is shown, and how many seconds of the second answer are heard."""

    conversation: Talk
    called: Tools
    person: Human
    screen: Screen
    over_after: float


async def _tell(cast: _Cast, room_name: str, *, sent_at: float) -> Story:
    """The conversation from its beginning to its end."""
    talk, screen = cast.conversation, cast.screen
    screen.heading("1  the companion greets, and answers")
    greeting = await talk.greeting(sent_at=sent_at)
    # As a host does at its start: it is then that the MCP server loads what it speaks with.
    names = await cast.called.names()
    await talk.hear_out(greeting)
    screen.step(f"tools of the MCP server: {', '.join(names)}")
    first = await talk.say(TURNS[0])
    await talk.hear_out(first.speech)

    screen.heading(f"2  {ASK.title}")
    ask = await _ask(cast, room_name)
    await anyio.sleep(THINKING_SECONDS)

    screen.heading(f"3  {TURNS[1].title}")
    second = await talk.say(TURNS[1])
    talk.heading(f"4  {TURNS[2].title}")
    third = await talk.say(TURNS[2], over=second.speech, after=cast.over_after)
    await talk.hear_out(third.speech)
    return Story(
        greeting, (first, second, third), ask, companion=talk.companion, sounds=tuple(cast.person.heard.sounds)
    )


async def _ask(cast: _Cast, room_name: str) -> Take:
    cast.screen.says("call", f"ask_in_room, choices {' · '.join(ASK.choices)}")
    take = await play(ASK, cast.called, cast.person, room_name, screen=cast.screen)
    cast.screen.result(
        "ask_in_room", take.result, note=f"{take.reply_ms} ms after the last word" if take.spoken else ""
    )
    return take


def _check(story: Story, *, scripted: bool) -> None:
    check(story.ask, "The ask")
    if story.spoken_over > ONCE_SECONDS:
        raise VoiceError(
            f"The companion sounded for {story.spoken_over:.1f} s while mcp-voice had the floor. That is a bug.",
            fix="Please report it, with worker.log and room.wav.",
            code="demo",
        )
    second, third = story.turns[1:]
    if scripted and not story.known:
        raise VoiceError(
            f"The companion did not know what was asked and answered: it said {second.speech.text!r}. That is a bug.",
            fix="Please report it, with worker.log.",
            code="demo",
        )
    if not second.speech.interrupted:
        raise VoiceError(
            f"The human said {third.turn.words!r} over the answer, and the companion did not stop, or had said "
            "all it wanted to.",
            fix="Run it again on a less busy machine.",
            code="demo",
        )
