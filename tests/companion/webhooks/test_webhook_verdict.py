"""An answer with 2xx that says that it failed: told from one that is good, for changes and for lookups."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from mcp_voice_agent.webhooks.verdict import OkWhen, failed, unmet
from testkit.agent_settings import bare_environment, given
from testkit.chat_model import Call
from testkit.openai_server import openai_server
from testkit.tool_talk import talk
from testkit.webhook_service import webhook_service

QUERY = Call("query_database", {"query": "When does the lake open?"})


@pytest.mark.parametrize("reads", [False, True])
@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"status": "FAILED"}, "status"),
        ({"ok": False}, "ok"),
        ([{"status": "ERROR"}], "status"),
        ({"success": False}, "success"),
        ({"success": "false", "message": "quota"}, "success"),
        ({"error": "quota"}, "error"),
        ({"error": {"message": "quota", "code": 7}}, "error"),
        ({"errors": [{"message": "quota"}]}, "errors"),
        ({"Status": "Failed", "Reason": "quota"}, "status"),
        ({"status": "timed_out", "executionId": "7"}, "status"),
        ({"statusCode": 502, "message": "Bad Gateway"}, "statuscode"),
        ({"status": 500}, "status"),
        ({"statusCode": "500"}, "statuscode"),
        ({"status": "502 Bad Gateway"}, "status"),
        ({"status": "bounced"}, "status"),
        ([{"json": {"ok": False}}, {"json": {"ok": False}}], "ok"),
        ({"message": "Workflow execution failed"}, "message"),
        ({"message": "Error in workflow"}, "message"),
        ({"code": 0, "message": "Workflow Webhook Error: Workflow could not be started!"}, "message"),
        (
            {"code": 404, "message": 'The requested webhook "POST x" is not registered.', "hint": "Activate it"},
            "message",
        ),
        ({"detail": "Could not connect to the mail server"}, "detail"),
        ([{"json": {"success": False}}], "success"),
        ({"data": {"status": "error"}}, "status"),
    ],
)
def test_a_failure_is_known_by_the_words_that_services_use(answer: Any, field: str, *, reads: bool) -> None:
    """n8n, workflow engines and web frameworks answer with 200 and say it in the body."""
    fault = failed(answer, reads=reads)
    assert fault is not None
    assert fault.field == field


@pytest.mark.parametrize("reads", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        "",
        "sent",
        7,
        {"status": "sent"},
        {"status": "4 tables, 500 seats"},
        {"status": "accepted", "id": 7},
        {"status": 200, "message": "Workflow was started"},
        {"success": True, "message": "The error report was sent"},
        {"ok": True, "error": None, "errors": []},
        {"error": "none"},
        {"message": "Sent without errors"},
        {"message": "Done: 3 requests, 0 failed"},
        {"status": "cancelled"},
        {"message": "Your table is booked."},
        [{"status": "sent"}, {"status": "sent"}],
        {"answer": "The workflow execution failed on Monday."},
    ],
)
def test_a_good_answer_is_no_failure(answer: Any, *, reads: bool) -> None:
    """An apology for what was done would have the human ask for it again."""
    assert failed(answer, reads=reads) is None


@pytest.mark.parametrize(
    "answer",
    [
        {"order": 7, "status": "failed"},
        [{"order": 7, "status": "failed"}],
        [{"status": "failed"}, {"status": "shipped"}],
        {"results": [{"status": "error"}]},
        {"rows": [], "errors": ["one shard of five is slow"]},
        "The server failed on Monday.",
    ],
)
def test_what_was_looked_up_may_have_failed_without_the_lookup(answer: Any) -> None:
    """Who asks what became of an order gets a status of the order."""
    assert failed(answer, reads=True) is None


def test_a_change_that_was_made_in_part_is_in_doubt() -> None:
    """One of two e-mails went out: nobody may say that nothing was done."""
    fault = failed([{"status": "sent"}, {"status": "ERROR"}], reads=False)
    assert fault is not None
    assert fault.in_doubt
    whole = failed([{"status": "ERROR"}], reads=False)
    assert whole is not None
    assert not whole.in_doubt
    broken_off = failed({"message": "Workflow execution failed"}, reads=False)
    assert broken_off is not None
    assert broken_off.in_doubt


@pytest.mark.parametrize(
    ("answer", "ok_when", "path"),
    [
        ({"status": "Sent"}, {"status": ("sent", "queued")}, ""),
        ({"status": "lost"}, {"status": ("sent", "queued")}, "status"),
        ([{"data": {"code": 0}}], {"data.code": (0,)}, ""),
        ({"data": [{"code": 0}, {"code": 1}]}, {"data.1.code": (1,)}, ""),
        ({"data": [{"code": 0}, {"code": 1}]}, {"data.code": (0,)}, "data.code"),
        ({"data": [{"code": 0}]}, {"data.7.code": (0,)}, "data.7.code"),
        ({"ok": True}, {"ok": (True,)}, ""),
        ({"ok": 1}, {"ok": (True,)}, "ok"),
        ({"ok": True}, {"ok": (1,)}, "ok"),
        ({"code": 1.0}, {"code": (1,)}, ""),
        ({"error": None}, {"error": (None,)}, ""),
        ({}, {"error": (None,)}, "error"),
        (None, {"status": ("sent",)}, "status"),
        ("sent", {"status": ("sent",)}, "status"),
        ({"a": 1, "b": 2}, {"a": (1,), "b": (1,)}, "b"),
        ({"success": False}, {}, ""),
    ],
)
def test_what_is_declared_decides_alone(answer: Any, ok_when: OkWhen, path: str) -> None:
    """Every path must have one of its values; no path at all takes whatever comes with 2xx."""
    fault = unmet(answer, ok_when)
    assert (fault.field if fault else "") == path


@pytest.mark.anyio
async def test_a_failure_with_200_is_apologised_for_and_logged_without_its_content(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator reads in which field it said so, and nothing else of the answer."""
    bare_environment(monkeypatch)
    caplog.set_level(logging.INFO)
    async with webhook_service() as service, openai_server() as server:
        service.answer = [{"status": "ERROR", "message": "mailbox of Mrs Miller is full"}]
        async with talk(given(webhook_url=service.url), server, service) as talking:
            await talking.hears("When does it open?", QUERY, "Sorry.")
            assert "reported that it failed. Nothing was found out" in talking.script.results[-1]
        assert len(service.received) == 1
    (warning,) = [each.getMessage() for each in caplog.records if each.name == "mcp_voice_agent.webhooks.calls"]
    assert warning.endswith("reported that it failed: `status` of its answer says so; see its own log")
    assert "Miller" not in warning
    (audit,) = [each.__dict__ for each in caplog.records if each.name == "mcp_voice.audit"]
    assert audit["outcome"] == "failed"
