"""Somebody comes into a real room by a code, is asked, and comes back until somebody removes them."""

from __future__ import annotations

import httpx2
import pytest
from livekit import api

from mcp_voice import open_voice
from mcp_voice.people.human import human
from mcp_voice.settings import Settings, load, variable
from mcp_voice.tasks import owned_tasks
from testkit.rig import LIMIT, Rig, after_the_question, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

WORDS = "that is a good idea"


async def test_who_joins_by_a_code_is_asked_and_answers(rig: Rig, room: str) -> None:
    """With the token that the page gives, which opens a real server, and with signalling through the page's origin."""
    named = {variable(field): field for field in Settings.model_fields}
    settings = load(_env_file=None, **{named[name]: value for name, value in rig.environment().items()})
    async with open_voice(settings) as voice:
        link = await voice.invite_to_room(room, "Ann")
        page, _, code = link.link.partition("/#")
        assert code == link.code
        async with httpx2.AsyncClient(base_url=page, headers={"origin": page}) as browser:
            answer = (await browser.post("/api/join", json={"code": link.code})).json()
            assert (answer["server_url"], answer["room_name"], answer["name"]) == (rig.gate.url, room, "Ann")
            async with human(page.replace("http", "ws"), answer["participant_token"]) as person, owned_tasks() as tasks:
                assert person.identity == answer["identity"]
                tasks.start_soon(after_the_question, person, voice_of(WORDS))
                found = await voice.ask_in_room("What do you think of it?", room, wait_seconds=LIMIT)
                again = (await browser.post("/api/rejoin", json={})).json()
                async with rig.api() as server:
                    who = api.RoomParticipantIdentity(room=room, identity=answer["identity"])
                    await server.room.remove_participant(who)

                async def refusal() -> str:
                    answer = await browser.post("/api/rejoin", json={})
                    return "" if answer.status_code in (201, 429) else str(answer.json()["error"]["code"])

                assert await until(refusal, limit=LIMIT) == "removed"
    assert (found.status, found.reply, found.channel) == ("answered", WORDS, "speech")
    assert found.participant is not None
    assert (found.participant.identity, found.participant.name) == (answer["identity"], "Ann")
    assert again["identity"] == answer["identity"]
