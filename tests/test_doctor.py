"""Doctor on healthy and on sick machines: each illness is real, and must be named with its cause and its fix."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream
from starlette.responses import JSONResponse, Response

from mcp_voice import doctor
from mcp_voice.doctor.audit import audit, doubts
from mcp_voice.doctor.choice import CHOICES
from mcp_voice.doctor.key import KEY
from mcp_voice.doctor.problem import NotTried, Problem
from mcp_voice.doctor.reach import REACH
from mcp_voice.doctor.redact import redaction
from mcp_voice.doctor.remedies import REMEDIES, remedy
from mcp_voice.doctor.room import scratch_name
from mcp_voice.doctor.speech import PHRASE, SPEECH
from mcp_voice.doctor.steps import Outcome, Run, Step
from mcp_voice.doctor.visit import Given, Visit
from mcp_voice.settings import Settings, load
from tests.support.babble import babble
from tests.support.command import run
from tests.support.faults import Answer, empty, hung, status
from tests.support.rig import Rig

pytestmark = pytest.mark.anyio

SECRET = "a-secret-that-nobody-may-ever-see-0123456789"
NOTHING = Given({}, {})


def problems(outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    """The names of what is wrong, by check; only checks with something wrong."""
    return {each.name: [name for name, _ in each.problems] for each in outcomes if each.problems}


def states(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """What became of each check."""
    return {each.name: each.state for each in outcomes}


async def examined(settings: Settings, *steps: Step) -> list[Outcome]:
    """These checks, made in this process."""
    async with anyio.create_task_group() as tasks:
        visit = Visit(NOTHING, tasks, print, settings=settings)
        made = Run(visit, show=lambda _: None, begin=lambda _: None)
        await made.make(steps)
        await visit.release_all()
        tasks.cancel_scope.cancel()
    return made.outcomes


def at(url: str, *, key: str = "devkey", secret: str = SECRET) -> Settings:
    """Settings for that LiveKit server and nothing else."""
    return load(livekit_url=url, livekit_api_key=key, livekit_api_secret=secret, _env_file=None)


@asynccontextmanager
async def answering(status_line: str, body: str = "", *, clock: float = 0.0) -> AsyncIterator[str]:
    """The URL of an HTTP server that says the same to everybody, with a clock that is so many seconds ahead."""

    async def answer(client: SocketStream) -> None:
        async with client:
            try:
                await client.receive()
            except anyio.EndOfStream:
                return  # only wanted to know whether somebody is there
            date = formatdate(time.time() + clock, usegmt=True)
            head = f"HTTP/1.1 {status_line}\r\nDate: {date}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            await client.send((head + body).encode())

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, answer)
        yield f"ws://127.0.0.1:{listener.extra(SocketAttribute.local_port)}"  # noqa: S610  # not Django's
        tasks.cancel_scope.cancel()


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


# The whole command.


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


async def test_a_dead_server_is_explained_and_the_rest_is_left_out(tmp_path: Path) -> None:
    """Nothing listens: refused, what needs LiveKit is skipped, what does not is still tried."""
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
    assert [checks[name]["state"] for name in ("http", "clock", "key", "join", "answer")] == ["skipped"] * 5
    assert checks["tts"]["state"] == "passed"
    assert checks["settings"]["problems"][0]["fix"] == "Did you mean MCP_VOICE_TTS?"


async def test_settings_that_cannot_be_read_are_named_and_nothing_is_tried(tmp_path: Path) -> None:
    """A LIVEKIT_URL without a scheme: one failure that says so, without a traceback."""
    code, report = await reported(tmp_path, {"LIVEKIT_URL": "127.0.0.1:7880", "LIVEKIT_API_SECRET": SECRET})
    assert code == 1
    assert [(each["name"], each["state"]) for each in report["checks"]] == [("settings", "failed"), ("rest", "skipped")]
    assert "LIVEKIT_URL" in report["checks"][0]["problems"][0]["cause"]


# The way to LiveKit.


async def test_a_black_hole_is_given_up_in_time() -> None:
    """A port that takes connections and never answers costs one limit, not for ever."""
    with socket.create_server(("127.0.0.1", 0)) as hole:
        found = await examined(at(f"ws://127.0.0.1:{hole.getsockname()[1]}"), *REACH, *KEY)
    assert problems(found) == {"http": ["silent-server"]}
    assert states(found)["key"] == "skipped"


async def test_a_name_that_cannot_be_found_is_told_from_a_dead_server() -> None:
    """DNS is named as the cause."""
    assert problems(await examined(at("wss://livekit.invalid"), *REACH)) == {"address": ["dns"]}


@pytest.mark.parametrize(
    ("status_line", "problem"),
    [("404 Not Found", "not-livekit"), ("200 OK", "not-livekit"), ("502 Bad Gateway", "server-trouble")],
)
async def test_another_server_is_not_taken_for_livekit(status_line: str, problem: str) -> None:
    """A web server, even one that says yes to everything, and a proxy without a server behind it are named."""
    async with answering(status_line, "hello") as url:
        assert problems(await examined(at(url), *REACH)) == {"http": [problem]}


async def test_tls_where_there_is_none_is_named(rig: Rig) -> None:
    """wss:// to a plain port is the commonest mistake in LIVEKIT_URL."""
    found = await examined(at(rig.server.url.replace("ws://", "wss://")), *REACH)
    assert problems(found) == {"http": ["tls-on-plain-port"]}


@pytest.mark.parametrize(
    ("clock", "problem", "state"),
    [
        (-300.0, "clock-ahead", "failed"),
        (7 * 3600.0, "clock-behind", "failed"),
        (30.0, "clock-drift", "doubtful"),
        (-30.0, "clock-drift", "doubtful"),
    ],
)
async def test_clocks_that_disagree_are_noticed_before_the_key_is_blamed(
    clock: float, problem: str, state: str
) -> None:
    """A server whose clock is so many seconds ahead of ours: its 401 would look like a wrong secret."""
    async with answering("401 Unauthorized", "no permissions", clock=clock) as url:
        found = await examined(at(url), *REACH)
    assert problems(found) == {"clock": [problem]}
    assert states(found)["clock"] == state


async def test_each_half_of_a_key_has_its_own_name(rig: Rig) -> None:
    """The server API says 401 to both; doctor says which of the two is wrong, and passes what is right."""
    wrong = at(rig.server.url, key=rig.server.api_key)
    unknown = at(rig.server.url, key="APIunknown")
    right = at(rig.server.url, key=rig.server.api_key, secret=rig.server.api_secret)
    assert problems(await examined(wrong, *REACH, *KEY)) == {"key": ["wrong-secret"]}
    assert problems(await examined(unknown, *REACH, *KEY)) == {"key": ["unknown-key"]}
    assert problems(await examined(right, *REACH, *KEY)) == {}


async def test_half_of_a_configuration_is_named() -> None:
    """A URL without a secret."""
    assert problems(await examined(at("ws://127.0.0.1:7880", secret=""), *REACH)) == {"address": ["half-configured"]}


# Speech.


def speaking(rig: Rig, **changed: str) -> Settings:
    """Settings for the tests' OpenAI-compatible server."""
    given = {"stt": "openai/whisper-1", "tts": "openai/tts-1:alloy", "openai_base_url": rig.speech.base_url, **changed}
    return load(**given, _env_file=None)


async def none_loaded(_: Answer) -> Response:
    """A local server on which no model was installed yet."""
    return JSONResponse({"object": "list", "data": []})


async def test_a_speech_server_without_models_is_named(rig: Rig) -> None:
    """It answers 404 to everything; the empty list of its models tells why."""
    speech = rig.speech
    with speech.speech.failing(status(404)), speech.models.failing(none_loaded):
        found = await examined(speaking(rig), *CHOICES, SPEECH[0])
    assert problems(found) == {"tts": ["no-models"]}


async def test_a_model_that_the_speech_server_lacks_is_named_with_those_it_has(rig: Rig) -> None:
    """The fix is to name one of them."""
    with rig.speech.speech.failing(status(404)):
        found = await examined(speaking(rig, tts="openai/kokoro:alloy"), *CHOICES, SPEECH[0])
    assert problems(found) == {"tts": ["model-not-there"]}
    assert "tts-1" in found[-1].problems[0][1].cause


async def test_a_refused_key_names_the_variable(rig: Rig) -> None:
    """Both directions: 401, and the variable to set."""
    with rig.speech.speech.failing(status(401)), rig.speech.transcriptions.failing(status(401)):
        found = await examined(speaking(rig, openai_api_key=SECRET), *CHOICES, *SPEECH)
    assert problems(found) == {"tts": ["key-refused"], "stt": ["key-refused"]}
    assert "OPENAI_API_KEY" in found[-1].problems[0][1].fix


async def test_a_provider_that_hangs_is_given_up_in_time(rig: Rig) -> None:
    """Speech to text never answers: late, not stuck."""
    rig.speech.match.learn(PHRASE, babble(PHRASE))
    with rig.speech.transcriptions.failing(hung):
        found = await examined(speaking(rig), *CHOICES, *SPEECH)
    assert problems(found) == {"stt": ["speech-late"]}


async def test_a_voice_without_sound_is_named(rig: Rig) -> None:
    """The text was taken and no audio came; the recogniser is then tried with a recorded voice."""
    with rig.speech.speech.failing(empty):
        found = await examined(speaking(rig), *CHOICES, *SPEECH)
    assert problems(found) == {"tts": ["no-audio"]}
    assert "a recorded voice" in found[-1].detail


async def test_a_speech_server_that_is_down_is_named() -> None:
    """Nothing listens at the base URL."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = load(tts="openai/tts-1", openai_base_url=f"http://127.0.0.1:{port}/v1", _env_file=None)
    assert problems(await examined(settings, *CHOICES, SPEECH[0])) == {"tts": ["speech-server-down"]}


# Settings and texts.


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
    assert all(remedy(each).cause for each in found)


def test_no_secret_and_no_token_gets_through() -> None:
    """Whatever an SDK puts into its errors."""
    redacted = redaction(Given({"OPENAI_API_KEY": "sk-1234567"}, {"LIVEKIT_API_SECRET": SECRET}))
    text = redacted(f"Bearer sk-1234567, {SECRET}, eyJhbGciOi.eyJzdWIi.abc-_1 at wss://me:pw@host")
    assert text == "Bearer …, …, … at wss://…@host"


def test_the_scratch_room_is_one_that_may_be_entered() -> None:
    """MCP_VOICE_ROOMS is obeyed; where it leaves no choice, the room is not tried and the reason is told."""
    for rooms in ("", "mcp-voice-*", "team-*", "standup, team-*-daily"):
        settings = load(rooms=rooms, _env_file=None)
        assert settings.may_enter(scratch_name(settings))
    with pytest.raises(NotTried) as not_tried:
        scratch_name(load(rooms="standup", _env_file=None))
    assert "standup" in remedy(not_tried.value.problem).cause


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
    assert found[-1] == Outcome("after", "after", "skipped", "needs: hangs")
