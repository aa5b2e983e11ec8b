"""``mcp-voice doctor`` as a user calls it, on a healthy machine and on sick ones."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mcp_voice.doctor.speech import PHRASE
from testkit.babble import babble
from testkit.command import run
from testkit.doctor import SECRET
from testkit.rig import Rig

pytestmark = pytest.mark.anyio


async def reported(folder: Path, settings: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """The exit status and the report of ``mcp-voice doctor --json``; no secret may be in what it printed."""
    done = await run("doctor", "--json", folder=folder, settings=settings)
    no_secret(done.out + done.err, settings)
    report: dict[str, Any] = json.loads(done.out)
    return done.code, report


def no_secret(text: str, settings: Mapping[str, str]) -> None:
    """Fail if a secret of the settings, or a token, can be read in the text."""
    assert not re.search(r"eyJ[\w-]+\.", text)
    for name, value in settings.items():
        assert not name.endswith(("SECRET", "OPENAI_API_KEY")) or value not in text


async def test_doctor_is_green_with_nothing_set(rig: Rig, tmp_path: Path) -> None:
    """Embedded server, offline speech: every check passes, the question is heard and the answer comes back."""
    code, report = await reported(tmp_path, {"MCP_VOICE_STATE_DIR": str(rig.folder / "state")})
    assert {each["state"] for each in report["checks"]} == {"passed"}, report["checks"]
    assert (code, report["ok"]) == (0, True)
    assert [each["name"] for each in report["checks"]][-3:] == ["join", "question", "answer"]
    assert PHRASE in report["checks"][-1]["detail"]
    assert {each["variable"] for each in report["settings"]} >= {"LIVEKIT_URL", "MCP_VOICE_TTS"}


async def test_doctor_is_green_with_a_server_and_providers_of_ones_own(rig: Rig, tmp_path: Path) -> None:
    """A configured LiveKit server and an OpenAI-compatible one pass in the same way."""
    rig.speech.match.learn(PHRASE, babble(PHRASE))
    code, report = await reported(tmp_path, rig.environment(MCP_VOICE_ROOMS="team-*"))
    assert {each["state"] for each in report["checks"]} == {"passed"}, report["checks"]
    assert code == 0
    assert any("in room team-" in each["detail"] for each in report["checks"])


async def test_a_wrong_secret_is_told_from_an_unknown_key_on_the_screen(rig: Rig, tmp_path: Path) -> None:
    """The table names the secret as the cause, goes on with speech, leaves the room out, and exits with 1."""
    settings = rig.environment(LIVEKIT_API_SECRET=SECRET)
    done = await run("doctor", folder=tmp_path, settings=settings)
    no_secret(done.out + done.err, settings)
    assert done.code == 1
    lines = " ".join(done.out.split())
    assert f"LIVEKIT_API_SECRET set ({len(SECRET)} characters) from environment" in lines
    assert "✗ LiveKit accepts the key" in lines
    assert "but LIVEKIT_API_SECRET is not its secret" in lines
    assert "✓ speaking works" in lines
    assert "– a participant joins needs: LiveKit accepts the key" in lines  # noqa: RUF001


async def test_a_dead_server_is_explained_at_once_and_the_rest_is_left_out(tmp_path: Path) -> None:
    """Nothing listens: refused, and nobody waits for what could not be used all the same."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = {
        "LIVEKIT_URL": f"ws://127.0.0.1:{port}", "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": SECRET,
        "MCP_VOICE_TTTS": "offline",
    }  # fmt: skip
    code, report = await reported(tmp_path, settings)
    checks = {each["name"]: each for each in report["checks"]}
    assert (code, report["ok"]) == (1, False)
    assert checks["address"]["problems"][0]["name"] == "refused"
    assert str(port) in checks["address"]["problems"][0]["cause"]
    assert {name for name, check in checks.items() if check["state"] == "skipped"} == {"http", "clock", "rest"}
    assert list(checks)[-1] == "rest"
    assert checks["settings"]["problems"][0]["fix"] == "Did you mean MCP_VOICE_TTS?"


async def test_settings_that_cannot_be_read_are_named_and_nothing_is_tried(tmp_path: Path) -> None:
    """A LIVEKIT_URL without a scheme: one failure that says so, without a traceback."""
    code, report = await reported(tmp_path, {"LIVEKIT_URL": "127.0.0.1:7880", "LIVEKIT_API_SECRET": SECRET})
    assert code == 1
    assert [(each["name"], each["state"]) for each in report["checks"]] == [("settings", "failed"), ("rest", "skipped")]
    assert "LIVEKIT_URL" in report["checks"][0]["problems"][0]["cause"]
