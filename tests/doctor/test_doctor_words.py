"""What doctor says of settings, what it keeps to itself, and that nothing can go wrong without a word."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from mcp_voice import doctor
from mcp_voice.doctor import room
from mcp_voice.doctor.audit import audit, doubts, secrets
from mcp_voice.doctor.problem import NotTried, Problem
from mcp_voice.doctor.remedies import REMEDIES, finding
from mcp_voice.doctor.room import NO_MEDIA, scratch_name
from mcp_voice.doctor.steps import CheckOutcome, Step
from mcp_voice.doctor.visit import Given, Visit
from mcp_voice.errors import LiveKitError
from mcp_voice.settings import Settings, load
from testkit.doctor import SECRET, examined, problems

pytestmark = pytest.mark.anyio


def test_every_setting_is_listed_with_its_place_and_no_secret() -> None:
    """The environment wins over .env, secrets are given by their length."""
    given = Given(
        {"LIVEKIT_API_SECRET": SECRET, "MCP_VOICE_STT": "offline", "LIVEKIT_URL": "wss://me:pass@example.org"},
        {"MCP_VOICE_STT": "openai", "MCP_VOICE_NAME": "Ada"},
    )
    found = {each.variable: (each.source, each.shown) for each in audit(given)}
    assert len(found) == len(Settings.model_fields)
    assert found["LIVEKIT_API_SECRET"] == ("environment", f"set ({len(SECRET)} characters)")
    assert found["LIVEKIT_URL"] == ("environment", "wss://…@example.org")
    assert found["MCP_VOICE_STT"] == ("environment", "offline")
    assert found["MCP_VOICE_NAME"] == (".env", "Ada")
    assert found["MCP_VOICE_TTS"] == ("", "")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"MCP_VOICE_TSS": "offline"}, ["unknown-variable"]),
        ({"MCP_VOICE_OPENAI_API_KEYS": "x"}, ["unknown-variable"]),
        ({"LIVEKIT_API_SECERT": "x"}, ["unknown-variable"]),
        ({"LIVEKIT_AGENT_NAME": "x", "OPENAI_ORG_ID": "y"}, []),
        ({"LIVEKIT_API_KEY": "APIx", "LIVEKIT_API_SECRET": SECRET}, ["key-without-url"]),
        ({"LIVEKIT_URL": "ws://127.0.0.1", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "short"}, ["short-secret"]),
        ({"LIVEKIT_URL": "wss://x.io", "LIVEKIT_API_KEY": "k" * 40, "LIVEKIT_API_SECRET": "APIx"}, ["swapped"]),
        ({"LIVEKIT_URL": "ws://x.io", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": SECRET}, ["unencrypted"]),
        ({"LIVEKIT_URL": "ws://livekit:7880", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": SECRET}, []),
        ({"OPENAI_API_KEY": f'"{SECRET}"'}, ["stray-characters"]),
        ({"MCP_VOICE_WAIT_SECONDS": "600", "MCP_VOICE_ASK_SECONDS": "60"}, ["waits-too-long"]),
    ],
)
def test_settings_that_look_like_mistakes_are_pointed_out(
    given: dict[str, str], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And settings of other programs are not."""
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    found = list(doubts(load(_env_file=None), Given(given, {})))
    assert [each.name for each in found] == expected
    assert all(finding(each).cause for each in found)


def test_every_secret_of_the_settings_is_kept_back_wherever_it_stands() -> None:
    """In the environment or in .env, under the provider's own name or ours."""
    given = Given(
        {"OPENAI_API_KEY": "sk-1234567", "MCP_VOICE_NAME": "Ada"},
        {"LIVEKIT_API_SECRET": SECRET, "MCP_VOICE_OPENAI_API_KEY": "sk-7654321"},
    )
    assert set(secrets(given)) == {"sk-1234567", SECRET, "sk-7654321"}


def test_the_scratch_room_is_one_that_may_be_entered() -> None:
    """MCP_VOICE_ROOMS is obeyed; where it leaves no choice, the room is not tried and the reason is told."""
    for rooms in ("", "mcp-voice-*", "team-*", "standup, team-*-daily"):
        settings = load(rooms=rooms, _env_file=None)
        assert settings.may_enter(scratch_name(settings))
    with pytest.raises(NotTried) as not_tried:
        scratch_name(load(rooms="standup", _env_file=None))
    assert "standup" in finding(not_tried.value.problem).cause


def test_every_problem_has_its_remedy() -> None:
    """Each name that the code uses is in the table, and each row of the table is used."""
    folder = Path(doctor.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "remedies.py")
    words = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', code))
    raised = set(re.findall(r'(?:Problem|told)\("([a-z-]+)"', code)) | set(
        re.findall(r'late(?:: str)? = ?"([a-z-]+)"', code)
    )
    assert raised <= set(REMEDIES)
    assert set(REMEDIES) <= words


async def test_a_check_that_breaks_or_never_ends_is_a_row_of_the_table() -> None:
    """A fault of doctor's own is one more failure, and a limit holds whatever a check does."""

    async def breaks(_: Visit) -> Any:
        raise ZeroDivisionError("by zero")

    async def hangs(_: Visit) -> Any:
        await anyio.sleep_forever()

    async def refuses(_: Visit) -> Any:
        raise Problem("swapped")

    found = await examined(
        load(_env_file=None),
        Step("breaks", "breaks", breaks, 2.0),
        Step("hangs", "hangs", hangs, 1.0),
        Step("refuses", "refuses", refuses, 2.0, ("other",)),
        Step("after", "after", refuses, 2.0, ("hangs",)),
    )
    assert problems(found) == {"breaks": ["unexpected"], "hangs": ["late"], "refuses": ["swapped"]}
    assert found[-1] == CheckOutcome("after", "after", "skipped", "needs: hangs")


@pytest.mark.parametrize(
    ("code", "problem"), [*((code, "media-blocked") for code in sorted(NO_MEDIA)), ("dns", "join-refused")]
)
async def test_a_participant_whose_sound_does_not_get_through_is_told_of_udp(
    code: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server API has answered before, so it is the way of the sound; by the error's code, not by its words."""

    @asynccontextmanager
    async def blocked(_visit: Visit) -> AsyncIterator[None]:
        if code:
            raise LiveKitError("It broke.", fix="Mend it.", code=code)
        yield

    monkeypatch.setattr(room, "_participant", blocked)
    async with anyio.create_task_group() as tasks:
        visit = Visit(Given({}, {}), tasks, print, settings=load(_env_file=None))
        with pytest.raises(Problem) as raised:
            await room.join(visit)
        tasks.cancel_scope.cancel()
    assert (raised.value.name, raised.value.code) == (problem, code)
    assert ("UDP" in finding(raised.value).cause + finding(raised.value).fix) == (problem == "media-blocked")
