"""``mcp-voice-agent doctor`` as a user calls it, and what it makes of the settings themselves."""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from mcp_voice.doctor.audit import audit
from mcp_voice.doctor.remedies import REMEDIES as COMMON
from mcp_voice.doctor.remedies import finding
from mcp_voice.doctor.speech import PHRASE
from mcp_voice.doctor.visit import Given
from mcp_voice_agent import doctor
from mcp_voice_agent.doctor.doubts import doubts
from mcp_voice_agent.doctor.ports import PORTS
from mcp_voice_agent.doctor.remedies import OURS, REMEDIES
from mcp_voice_agent.doctor.uses import PART_OF, used_by
from mcp_voice_agent.settings import AgentSettings
from testkit import command
from testkit.agent_settings import bare_environment, given
from testkit.babble import babble
from testkit.chat_model import Call, Message, text_of
from testkit.doctor import SECRET, examined, problems, states
from testkit.rig import Rig
from testkit.serving import serving
from testkit.webhook_service import webhook_service

pytestmark = pytest.mark.anyio

COMMAND = (sys.executable, "-m", "mcp_voice_agent", "doctor", "--json")
RUN_SECONDS = 100.0
TRIED = ("settings", "address", "http", "clock", "health-port", "libraries", "key", "worker")


def obedient(messages: list[Message]) -> str | Call:
    """Do what doctor asks for."""
    return Call("take_down", {"number": 7}) if "number 7" in text_of(messages[-1]) else "ready"


async def reported(folder: Path, settings: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """The exit status and the report of ``mcp-voice-agent doctor --json``."""
    with anyio.fail_after(RUN_SECONDS):
        done = await anyio.run_process(COMMAND, cwd=folder, env=command.environment(settings), check=False)
    assert SECRET not in done.stdout.decode() + done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


async def test_a_companion_with_all_its_parts_is_green(rig: Rig, tmp_path: Path) -> None:
    """LiveKit, a model that calls tools, a voice, a recogniser, turns, and webhooks, which are not called."""
    rig.speech.match.learn(PHRASE, babble(PHRASE))
    async with webhook_service() as service:
        settings = rig.environment(
            MCP_VOICE_AGENT_LLM="openai/gpt-4.1-mini",
            MCP_VOICE_AGENT_PORT="0",
            MCP_VOICE_WEBHOOK_URL=service.url,
            MCP_VOICE_WEBHOOK_SECRET=SECRET,
        )
        with rig.speech.saying(obedient):
            code, report = await reported(tmp_path, settings)
        assert service.received == []
    checks = {each["name"]: each["state"] for each in report["checks"]}
    parts = (
        "llm-1",
        "llm-1-tools",
        "tts-1",
        "stt-1",
        "starts",
        "turns",
        "webhook-send_email",
        "webhook-query_database",
    )
    assert list(checks) == [*TRIED, *parts]
    assert set(checks.values()) == {"passed"}, [each for each in report["checks"] if each["problems"]]
    assert (code, report["ok"]) == (0, True)
    assert "mcp-voice-agent" in report["mcp_voice_agent"]
    secret = next(each for each in report["settings"] if each["variable"] == "MCP_VOICE_WEBHOOK_SECRET")
    assert (secret["source"], secret["used_by"]) == ("environment", "tools")


async def test_without_a_key_for_a_language_model_that_is_the_failure_and_the_rest_is_tried(tmp_path: Path) -> None:
    """A newcomer has LiveKit's server on no port and no key at all: two failures, each with its fix."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = {
        "LIVEKIT_URL": f"ws://127.0.0.1:{port}", "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": SECRET,
        "MCP_VOICE_AGENT_PORT": "0", "MCP_VOICE_STT": "offline", "MCP_VOICE_TTS": "offline",
    }  # fmt: skip
    code, report = await reported(tmp_path, settings)
    checks = {each["name"]: each for each in report["checks"]}
    assert (code, report["ok"]) == (1, False)
    assert checks["llm"]["problems"][0]["code"] == "no-language-model"
    assert "Set MCP_VOICE_AGENT_LLM" in checks["llm"]["problems"][0]["fix"]
    assert (checks["starts"]["state"], checks["starts"]["detail"]) == ("skipped", "needs: language model")
    assert checks["address"]["problems"][0]["name"] == "refused"
    assert (checks["tts-1"]["state"], checks["stt-1"]["state"]) == ("passed", "passed")
    assert (checks["key"]["state"], checks["worker"]["state"]) == ("skipped", "skipped")


def test_every_setting_has_a_part_that_uses_it() -> None:
    """A new one must be told of, too."""
    assert set(PART_OF) == set(AgentSettings.model_fields)
    found = audit(Given({"MCP_VOICE_AGENT_NAME": "Ada"}, {}, "/etc/voice.env"), AgentSettings, used_by=used_by)
    assert [(each.variable, each.source, each.use) for each in found if each.source] == [
        ("MCP_VOICE_AGENT_NAME", "environment", "LiveKit")
    ]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"MCP_VOICE_AGNET_NAME": "x"}, ["Did you mean MCP_VOICE_AGENT_NAME?"]),
        ({"MCP_VOICE_AGENT_LMM": "x"}, ["Did you mean MCP_VOICE_AGENT_LLM?"]),
        ({"MCP_VOICE_AGENT_LMM": "x", "MCP_VOICE_AGENT_LLM": "a/b"}, ["Remove it: MCP_VOICE_AGENT_LLM is set"]),
        ({"MCP_VOICE_WEBHOOK_SECRETS": "x"}, ["Did you mean MCP_VOICE_WEBHOOK_SECRET?"]),
        ({"GROQ_API_KEY": f" {SECRET}"}, ["Remove it: the character counts as part of the value."]),
        ({"AGENT_CONFIG_TOKEN": "x"}, ["AGENT_CONFIG_URL is not set"]),
        ({"MCP_VOICE_WEBHOOK_SECRET": "x"}, ["MCP_VOICE_WEBHOOK_URL is not set"]),
        ({"MCP_VOICE_WEBHOOK_SECONDS": "5"}, ["MCP_VOICE_AGENT_MCP_FILE are not set"]),
        ({"MCP_VOICE_WEBHOOK_SECONDS": "5", "MCP_VOICE_AGENT_MCP_FILE": __file__}, []),
        ({"MCP_VOICE_AGENT_PROMETHEUS_DIR": "/var/lib/voice"}, ["MCP_VOICE_AGENT_PROMETHEUS_PORT is not set"]),
        ({"MCP_VOICE_AGENT_REALTIME_MODEL": "gpt-realtime-mini"}, ["MCP_VOICE_AGENT_MODE is pipeline"]),
        ({"MCP_VOICE_AGENT_LLM": "openai/x", "ANTHROPIC_API_KEY": "k"}, ["names no model of anthropic"]),
        ({"MCP_VOICE_WEBHOOK_URL": "http://n8n.example.com", "MCP_VOICE_WEBHOOK_SECRET": "x"}, ["Use https://"]),
        ({"MCP_VOICE_QUIET_SECONDS": "8", "GROQ_API_KEY": SECRET, "MCP_VOICE_LLM_BASE_URL": "http://a/v1"}, []),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_companions_setting_that_does_nothing_is_pointed_out(
    variables: dict[str, str], expected: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Misspelt, without what it belongs to, for another program, or where a secret would be read by others."""
    bare_environment(monkeypatch)
    monkeypatch.chdir(tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    told = [finding(each, REMEDIES) for each in doubts(given(), Given(variables, {}))]
    assert len(told) == len(expected)
    assert all(part in f"{each.cause} {each.fix}" for each, part in zip(told, expected, strict=True))


def test_settings_in_the_folders_own_file_are_named_as_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A worker reads no `.env` of the folder; whoever wrote one waits for what it says in vain."""
    bare_environment(monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("MCP_VOICE_AGENT_NAME=Ada\nPATH_OF_OTHERS=1\n")
    (told,) = [finding(each, REMEDIES) for each in doubts(given(), Given({}, {}))]
    assert told.name == "ignored-file"
    assert "sets MCP_VOICE_AGENT_NAME, but" in told.cause
    assert "MCP_VOICE_ENV_FILE" in told.fix


def test_every_problem_of_a_companion_has_its_remedy() -> None:
    """Each name that the code uses is in a table, and each row of ours is used and new."""
    folder = Path(doctor.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "remedies.py")
    raised = set(re.findall(r'(?:Problem|told)\("([a-z-]+)"', code)) | set(re.findall(r'late="([a-z-]+)"', code))
    assert raised <= set(REMEDIES)
    assert set(OURS) <= set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', code))
    assert not set(OURS) & set(COMMON)


async def test_a_port_that_is_taken_is_told_from_one_that_a_worker_of_ours_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first stops a worker from starting; the second is mostly the worker that is meant."""
    bare_environment(monkeypatch)

    async def health(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"OK"})

    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        stranger.settimeout(0)
        monkeypatch.setattr("mcp_voice_agent.doctor.ports.ASK_SECONDS", 0.2)
        found = await examined(given(agent_port=port), *PORTS, remedies=REMEDIES, ready=["settings"])
        assert problems(found) == {"health-port": ["port-taken"]}
    async with serving(health) as port:
        monkeypatch.setattr("mcp_voice_agent.doctor.ports.ASK_SECONDS", 10.0)
        found = await examined(given(agent_port=port), *PORTS, remedies=REMEDIES, ready=["settings"])
        assert (problems(found), states(found)) == ({"health-port": ["worker-runs"]}, {"health-port": "doubtful"})
    found = await examined(given(agent_port=port), *PORTS, remedies=REMEDIES, ready=["settings"])
    assert states(found) == {"health-port": "passed"}


async def test_what_prometheus_needs_is_tried_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A port of its own, and a folder that can be written to."""
    bare_environment(monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = tmp_path / "file"
    file.touch()
    same = await examined(
        given(agent_port=port, agent_prometheus_port=port), *PORTS, remedies=REMEDIES, ready=["settings"]
    )
    assert problems(same) == {"health-port": ["same-port"]}
    odd = given(agent_port=0, agent_prometheus_port=port, agent_prometheus_dir=file / "below")
    assert problems(await examined(odd, *PORTS, remedies=REMEDIES, ready=["settings"])) == {
        "prometheus": ["figures-folder"]
    }
    away = given(agent_port=port, agent_host="203.0.113.7")
    assert problems(await examined(away, *PORTS, remedies=REMEDIES, ready=["settings"])) == {
        "health-port": ["no-such-address"]
    }
