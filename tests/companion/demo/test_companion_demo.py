"""``mcp-voice-agent demo`` as somebody who has just cloned the repository runs it, on real audio."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import psutil
import pytest

from mcp_voice.embedded import status
from mcp_voice.people.human import human
from mcp_voice.settings import load
from mcp_voice_agent.demo.model import MODEL, scripted_model
from mcp_voice_agent.demo.script import ASK, GREETING, TURNS, answer
from mcp_voice_agent.learned import Asked, learned
from testkit import command
from testkit.joining import admitted
from testkit.pictures import Picture
from testkit.recording import voiced_seconds
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 110.0
DEMO = (sys.executable, "-m", "mcp_voice_agent", "demo")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """No keys, a state folder of the test's own, wide lines, and settings that would make another companion of it."""
    return command.environment(
        {
            "LIVEKIT_URL": "ws://127.0.0.1:9",
            "MCP_VOICE_STATE_DIR": str(tmp_path / "state"),
            "MCP_VOICE_AGENT_GREETING": "Nobody says this.",
            "COLUMNS": "400",
        }
    )


def run(*arguments: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end."""
    return subprocess.run(
        [*DEMO, *arguments], env=environment, cwd=folder, timeout=LIMIT, text=True, capture_output=True, check=False
    )


async def nothing_is_left(folder: Path) -> None:
    """Wait until the demo's LiveKit server and every process in its folder have ended."""
    settings = load(state_dir=folder / "state" / "companion-demo", _env_file=None)
    await until(lambda: not status(settings).running, limit=20)
    await until(lambda: not at_work(folder / "out"), limit=20)


def at_work(folder: Path) -> list[psutil.Process]:
    """The processes that have this as their working directory, as a worker and its jobs have."""
    return [each for each in psutil.process_iter(["cwd"]) if each.info["cwd"] == str(folder)]


@pytest.mark.long
async def test_three_turns_with_an_ask_in_their_middle_are_heard_recorded_and_drawn(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """Exit code 0, every word on the screen, sound on both channels, a picture, and no process left."""
    done = run("--output", "out", environment=environment, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert GREETING in done.stdout
    for words in (ASK.question, ASK.answer, *(turn.words for turn in TURNS)):
        assert words in done.stdout
    assert "language model: a script" in done.stdout
    assert '"choice": "the first option"' in done.stdout
    assert f"You were asked: {ASK.question} You answered: " in done.stdout
    assert "the companion: it said nothing" in done.stdout
    assert "end of speech → first sound of the answer" in done.stdout

    seconds, person, agents = voiced_seconds(tmp_path / "out" / "room.wav")
    assert 30 < seconds < 110
    assert person > 4.0
    assert agents > 15.0
    picture = Picture.load(tmp_path / "out" / "timeline.svg")
    assert picture.height > 1500
    assert {turn.words for turn in TURNS} <= {text.strip("“”") for text in picture.texts()}
    await nothing_is_left(tmp_path)


@pytest.mark.long
async def test_a_demo_that_is_interrupted_leaves_nothing_behind(tmp_path: Path, environment: dict[str, str]) -> None:
    """Ctrl-C reaches all of a terminal's processes; the worker, its jobs and both servers end, without a traceback."""
    command_line = [*DEMO, "--output", "out"]
    with anyio.fail_after(LIMIT):
        async with await anyio.open_process(
            command_line, env=environment, cwd=tmp_path, stderr=subprocess.STDOUT, start_new_session=True
        ) as process:
            output = command.lines(process)
            async for line in output:
                if GREETING in line:
                    break
            assert at_work(tmp_path / "out")
            os.killpg(process.pid, signal.SIGINT)
            printed = [line async for line in output]
            assert await process.wait() == 130, printed
    assert not [line for line in printed if "Traceback" in line or "rror" in line], printed
    await nothing_is_left(tmp_path)


async def test_a_person_who_joins_is_asked_and_then_talks_with_the_companion(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """With --join it shows a link to the join page, and ends when whoever came by it has left."""
    with anyio.fail_after(LIMIT):
        async with await anyio.open_process(
            [*DEMO, "--join", "--output", "out"], env=environment, cwd=tmp_path
        ) as process:
            output = command.lines(process)
            link = ""
            while not link.startswith("http://127.0.0.1:"):
                link = (await anext(output)).strip()
            url, token = await admitted(link)
            async with human(url, token) as person:
                await person.hears_sound(limit=40)
                await person.type(ASK.choices[0])
                await until(lambda: len({sound.identity for sound in person.heard.sounds}) == 2, limit=40)
            printed = [line async for line in output]
            assert await process.wait() == 0, printed
    assert any(f'"choice": "{ASK.choices[0]}"' in line for line in printed), printed
    await nothing_is_left(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--output", "taken/folder"), "cannot be written"), (("--llm",), "The companion has no language model.")],
    ids=["no folder", "no language model"],
)
async def test_what_cannot_be_shown_of_the_companion_is_one_clear_error(
    tmp_path: Path, environment: dict[str, str], arguments: tuple[str, ...], said: str
) -> None:
    """Exit code 1 and a sentence on stderr that says what to do."""
    (tmp_path / "taken").write_text("a file, no folder")
    done = run(*arguments, environment=environment, folder=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_the_script_tells_what_was_asked_and_answered() -> None:
    """What another agent told just before the human's turn is what it tells; the words of that turn do not matter."""
    said = answer(
        [
            {"role": "system", "content": "You are a companion."},
            {"role": "user", "content": learned(Asked("Red or green?", "green", "alice"))},
            {"role": "user", "content": [{"type": "text", "text": "dell me more"}]},
        ]
    )
    assert said.startswith("You were asked: Red or green? You answered: green.")
    told = {"role": "user", "content": learned(Asked("Red or green?", "green", "alice"))}
    pieces = [{"role": "user", "content": "two"}, {"role": "user", "content": "oh me more about it"}]
    assert answer([told, *pieces]) == said
    assert answer([told, {"role": "assistant", "content": "Aha."}, *pieces]) == "All right. What shall it be instead?"
    assert answer([{"role": "user", "content": "what time is it"}]).startswith("It is ")


async def test_the_script_is_streamed_as_a_language_model_is() -> None:
    """LiveKit's own OpenAI plugin reads it."""
    from livekit.agents import llm  # noqa: PLC0415  # The other tests have no use for these seconds.
    from livekit.plugins import openai  # noqa: PLC0415  # the same

    context = llm.ChatContext.empty()
    context.add_message(role="user", content="anything")
    async with scripted_model(lambda messages: f"{len(messages)} message, as it was said") as url:
        model = openai.LLM(model=MODEL, base_url=url, api_key="not-needed")
        try:
            async with model.chat(chat_ctx=context) as stream:
                said = [chunk.delta.content async for chunk in stream if chunk.delta and chunk.delta.content]
        finally:
            await model.aclose()
    assert "".join(said).strip() == "1 message, as it was said"
    assert len(said) > 3
