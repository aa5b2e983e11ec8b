"""A question for an empty room of a real server, and somebody who comes in by its link."""

from __future__ import annotations

import re
import time

import httpx2
import pytest

from mcp_voice import open_voice
from mcp_voice.page.serving import ServedPage
from mcp_voice.people.human import human
from mcp_voice.settings import Settings, load, variable
from mcp_voice.tasks import owned_tasks
from testkit.rig import LIMIT, Rig, after_the_question, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

QUESTION = "What do you think of it?"
WORDS = "that is a good idea"


async def test_a_question_waits_until_somebody_joins_by_its_link_and_is_asked_then(
    rig: Rig, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room is made, the page opens, the link lets one person in, and they hear the question and answer it."""
    opened: list[float] = []

    async def open_in_browser(page: ServedPage, link: object) -> bool:
        opened.append(time.monotonic())
        return True

    monkeypatch.setattr(ServedPage, "open_in_browser", open_in_browser)
    named = {variable(field): field for field in Settings.model_fields}
    environment = rig.environment(MCP_VOICE_NOBODY="wait")
    settings = load(_env_file=None, **{named[name]: value for name, value in environment.items()})
    async with open_voice(settings) as voice:
        await voice.list_rooms()
        pending = await voice.ask_in_room(QUESTION, room, wait_seconds=0)
        await until(lambda: opened, limit=LIMIT)
        assert (pending.status, pending.waiting_for, pending.spoken) == ("pending", "human", "")
        found = re.search(r"(http://127\.0\.0\.1:\d+)/#(\S+)", (await voice.wait_for_reply(pending.ask_id, 0)).next)
        assert found is not None
        page, code = found.groups()
        async with httpx2.AsyncClient(base_url=page, headers={"origin": page}) as browser:
            joined = (await browser.post("/api/join", json={"code": code, "name": "Ann"})).json()
        async with human(joined["server_url"], joined["participant_token"]) as person, owned_tasks() as tasks:
            tasks.start_soon(after_the_question, person, voice_of(WORDS))
            answer = await voice.wait_for_reply(pending.ask_id, LIMIT)
    assert (answer.status, answer.reply, answer.spoken) == ("answered", WORDS, QUESTION)
    assert answer.participant is not None
    assert (answer.participant.name, len(opened)) == ("Ann", 1)
