"""``mcp-voice demo`` as somebody who has just cloned the repository runs it: a process of its own, on real audio."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import anyio
import pytest

from mcp_voice.demo.scenes import SCENES
from mcp_voice.embedded import status
from mcp_voice.people.human import human
from mcp_voice.settings import load
from testkit import command
from testkit.clips import clip
from testkit.joining import admitted
from testkit.pictures import Picture
from testkit.recording import voiced_seconds
from testkit.waiting import until
from tests.speech.offline_audio import words

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

LIMIT = 110.0
DEMO = (sys.executable, "-m", "mcp_voice", "demo")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """No keys, a state folder of the test's own, and a LIVEKIT_URL that nothing answers at."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    return {
        **kept,
        "LIVEKIT_URL": "ws://127.0.0.1:9",
        "MCP_VOICE_STATE_DIR": str(tmp_path / "state"),
        "MCP_VOICE_STT": "offline",
        "MCP_VOICE_TTS": "offline",
        "MCP_VOICE_OPEN_BROWSER": "never",
        "COLUMNS": "100",
    }


def run(*arguments: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end."""
    return subprocess.run(
        [*DEMO, *arguments], env=environment, cwd=folder, timeout=LIMIT, text=True, capture_output=True, check=False
    )


async def test_the_words_of_a_human_come_out_as_the_results_of_the_tool(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """Exit code 0, the words and latencies on the screen, sound on both channels, a picture, and no server left."""
    done = run("--output", "out", environment=environment, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    replies = [words(reply) for reply in re.findall(r'"reply": "([^"]*)"', done.stdout)]
    for scene in SCENES:
        assert scene.answer in done.stdout
        assert words(scene.answer) in replies
        assert scene.choice is None or f'"choice": "{scene.choice}"' in done.stdout
    assert '"interrupted": true' in done.stdout
    assert "end of speech → result" in done.stdout

    seconds, voice, person = voiced_seconds(tmp_path / "out" / "room.wav")
    assert 15 < seconds < 90
    assert voice > 8.0
    assert person > 2.0

    picture = Picture.load(tmp_path / "out" / "timeline.svg")
    assert picture.height > 800
    assert {scene.answer for scene in SCENES} <= {text.strip("“”") for text in picture.texts()}

    settings = load(state_dir=tmp_path / "state", _env_file=None)
    await until(lambda: not status(settings).running, limit=20)


@pytest.mark.long
async def test_a_person_who_joins_is_asked_and_heard(tmp_path: Path, environment: dict[str, str]) -> None:
    """With --join it shows a link to the join page; whoever comes by it is asked, and their words are shown."""
    with anyio.fail_after(LIMIT):
        async with await anyio.open_process([*DEMO, "--join"], env=environment, cwd=tmp_path) as process:
            output = command.lines(process)
            link = ""
            while not link.startswith("http://127.0.0.1:"):
                link = (await anext(output)).strip()
            url, token = await admitted(link)
            async with human(url, token) as person:
                await person.hears_sound(limit=80)
                await person.hears_silence(quiet=1.0, limit=30)
                await person.speak(clip("yes please go ahead").pcm)
                await person.hears_sound(limit=40)
                await person.hears_silence(quiet=1.0, limit=30)
            printed = [line async for line in output]
            assert await process.wait() == 0
    assert any('"choice": "yes"' in line for line in printed), printed


@pytest.mark.parametrize(
    ("arguments", "changed", "said"),
    [
        (("--livekit",), {"LIVEKIT_URL": ""}, "LIVEKIT_URL, which is not set"),
        (("--output", "taken/folder"), {}, "cannot be written"),
        (("--join", "--wait", "2"), {}, "Nobody joined and answered within 2 s"),
        ((), {"MCP_VOICE_TTS": "nobody/knows"}, "MCP_VOICE_TTS"),
    ],
    ids=["no server configured", "no folder", "nobody comes", "no such voice"],
)
async def test_what_cannot_be_shown_is_one_clear_error(
    tmp_path: Path, environment: dict[str, str], arguments: tuple[str, ...], changed: dict[str, str], said: str
) -> None:
    """Exit code 1 and a sentence on stderr that says what to do."""
    (tmp_path / "taken").write_text("a file, no folder")
    done = run(*arguments, environment={**environment, **changed}, folder=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_case_punctuation_and_contractions_do_not_make_other_words() -> None:
    """A cloud recogniser's spelling of the same words counts as the same words, other words do not."""
    scene = next(each for each in SCENES if each.answer == "That is a good idea.")
    assert scene.is_answered_by("that is a good idea")
    assert scene.is_answered_by("That's a good idea!")
    assert not scene.is_answered_by("that is a good deal")
    assert not scene.is_answered_by(None)
