"""Questions in rooms that do not speak English."""

from __future__ import annotations

import pytest

from mcp_voice.people.human import Human
from testkit.rig import Rig, after_the_question

pytestmark = pytest.mark.anyio


async def test_a_spoken_german_refusal_names_no_choice_and_a_naming_does(rig: Rig, room: str, alice: Human) -> None:
    """"Bitte nicht deployen" is a reply, and no consent."""  # fmt: skip
    async with rig.host(MCP_VOICE_LANGUAGE="de-DE") as host:
        for words, choice in (("Bitte nicht deployen.", None), ("Ich nehme deploy, danke.", "deploy")):
            async with host.asking(f"Deploy? {choice}", room_name=room, choices=["deploy", "wait"]) as call:
                await after_the_question(alice, await rig.say(words))
            assert (call.answer.reply, call.answer.choice) == (words, choice)
