"""The audit log: who asked where, when, and how it ended; by the ask's id one line leads to the others."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from mcp_voice.link import Typed
from mcp_voice.logs.audit import audit_log
from testkit.two_teams import SHARED, Teams, two_teams
from testkit.waiting import until
from testkit.watched_wire import LIMIT

pytestmark = pytest.mark.anyio

QUESTION, REPLY = "What is the code of the safe?", "seven seven four"


@pytest.fixture
async def teams(tmp_path: Path) -> AsyncIterator[Teams]:
    """A server with its own rooms."""
    async with two_teams(tmp_path) as running:
        yield running


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """At the level that a server over HTTP gives it."""
    caplog.set_level(logging.INFO, logger=audit_log.name)
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """Its lines, without how long each took."""
    written = [each.getMessage() for each in log.records if each.name == audit_log.name]
    return [re.sub(r" ms=\d+$", "", each) for each in written]


async def test_the_end_of_an_ask_that_nobody_collects_is_told_under_its_id(
    teams: Teams, log: pytest.LogCaptureFixture
) -> None:
    """It was asked with wait_seconds 0, and no call ever came for its reply."""
    asked = await teams.ops.tool("ask_in_room", question=QUESTION, room_name="ops-vault", wait_seconds=0)
    ask_id = asked["structuredContent"]["ask_id"]
    link = teams.engine.links[-1]
    await until(lambda: link.playouts and link.playouts[-1].listened_for, limit=LIMIT)
    link.playouts[-1].finish()
    link.hear(Typed("alice", REPLY, anyio.current_time()))
    call = f"tool call: subject=ops tool='ask_in_room' room='ops-vault' ask='{ask_id}' outcome=pending"
    end = f"ask ended: subject=ops room='ops-vault' ask='{ask_id}' outcome=answered"
    await until(lambda: lines(log) == [call, end], limit=LIMIT)
    assert not any(secret in log.text for secret in (QUESTION, REPLY, "safe", "seven"))


async def test_each_call_about_an_ask_has_its_id_and_no_other_text(teams: Teams, log: pytest.LogCaptureFixture) -> None:
    """Whatever somebody writes where an id belongs is content, or steers."""
    pending = teams.secrets.pending
    await teams.ops.tool("wait_for_reply", ask_id=pending, wait_seconds=0)
    await teams.sales.tool("wait_for_reply", ask_id=pending, wait_seconds=0)
    await teams.sales.tool("wait_for_reply", ask_id="ask-1f0c' outcome=answered\nMrs Brown", wait_seconds=0)
    await teams.ops.tool("cancel_ask", ask_id=pending)
    assert sorted(lines(log)) == sorted(
        [
            f"tool call: subject=ops tool='wait_for_reply' room='{SHARED}' ask='{pending}' outcome=pending",
            f"tool call: subject=sales tool='wait_for_reply' room='' ask='{pending}' outcome=error unknown-ask",
            "tool call: subject=sales tool='wait_for_reply' room='' ask='' outcome=error unknown-ask",
            f"ask ended: subject=ops room='{SHARED}' ask='{pending}' outcome=cancelled",
            f"tool call: subject=ops tool='cancel_ask' room='' ask='{pending}' outcome=cancelled",
        ]
    )


async def test_the_ask_of_a_call_that_broke_off_is_told_of_at_its_end(
    teams: Teams, log: pytest.LogCaptureFixture
) -> None:
    """Its call has no result from which its id could be known; who asked, where, and how it ended is there."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_ask, teams)
        await until(
            lambda: any(each.room_name == "ops-vault" and each.asking for each in teams.engine.links), limit=LIMIT
        )
        ask_id = next(iter(next(each for each in teams.engine.links if each.room_name == "ops-vault").asking))
        tasks.cancel_scope.cancel()
    await teams.ops.tool("cancel_ask", ask_id=ask_id)
    assert f"ask ended: subject=ops room='ops-vault' ask='{ask_id}' outcome=cancelled" in lines(log)


async def _ask(teams: Teams) -> None:
    await teams.ops.tool("ask_in_room", question=QUESTION, room_name="ops-vault", wait_seconds=30)
