"""Room configurations are kept for a moment, for all worker processes of a machine."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import anyio
import pytest

from mcp_voice.errors import BadSettings
from mcp_voice_agent.room_config.cache import STALE_SECONDS, ConfigCache
from mcp_voice_agent.room_config.service import RoomConfig, room_config
from mcp_voice_agent.telemetry import scraping
from testkit.agent_settings import given
from testkit.config_service import ConfigService, config_service, saying
from testkit.faults import Fault, hung, status
from testkit.room_configs import PATIENT, Given
from tests.companion.room_config.room_configs import heard, settings

__all__ = ["heard", "settings"]

pytestmark = pytest.mark.anyio

SHORT = 0.3
SHOP = RoomConfig(greeting="Hello from the shop", tools=("query_database",))
ANOTHER_JOB = """
import anyio
from mcp_voice_agent.room_config.service import room_config
from mcp_voice_agent.settings import AgentSettings
from mcp_voice.settings import load
print(anyio.run(room_config, load(AgentSettings, _env_file=None), "shop").greeting)
"""


@pytest.fixture
async def service() -> AsyncIterator[ConfigService]:
    """A service that has the shop's configuration."""
    async with config_service() as running:
        running.configs["shop"] = SHOP.model_dump()
        yield running


def files(folder: Path) -> list[Path]:
    """The cache's files, half-written ones included."""
    return sorted((folder / "agent-configs").iterdir())


def grown_old(folder: Path, seconds: float) -> None:
    """Make everything in the cache that old."""
    for each in files(folder):
        os.utime(each, (time.time() - seconds,) * 2)


async def test_one_job_fetches_for_all_of_the_machine(service: ConfigService, settings: Given, tmp_path: Path) -> None:
    """Every job of a worker is a process of its own; rooms that open one after another are one request."""
    environment = os.environ | {"AGENT_CONFIG_URL": service.url, "MCP_VOICE_CACHE_DIR": str(tmp_path)}
    with anyio.fail_after(3 * PATIENT):
        done = await anyio.run_process([sys.executable, "-c", ANOTHER_JOB], env=environment)
    assert done.stdout.decode().strip() == SHOP.greeting
    assert await room_config(settings(), "shop") == SHOP
    assert len(service.asked) == 1


async def test_a_change_is_seen_when_its_time_has_come(service: ConfigService, settings: Given, tmp_path: Path) -> None:
    """Whoever edits a configuration waits for half a minute at most."""
    await room_config(settings(), "shop")
    service.configs["shop"] = {"greeting": "We are closed"}
    grown_old(tmp_path, 10)
    assert await room_config(settings(), "shop") == SHOP
    grown_old(tmp_path, 40)
    assert (await room_config(settings(), "shop")).greeting == "We are closed"
    assert (await room_config(settings(), "shop")).greeting == "We are closed"
    assert len(service.asked) == 2


async def test_nothing_is_kept_when_that_is_set(service: ConfigService, settings: Given) -> None:
    """0 s: every room asks."""
    await room_config(settings(agent_config_keep_seconds=0), "shop")
    await room_config(settings(agent_config_keep_seconds=0), "shop")
    assert len(service.asked) == 2


async def test_only_good_answers_are_kept(service: ConfigService, settings: Given, tmp_path: Path) -> None:
    """A room that is opened before its configuration is written must not be without it for longer than need be."""
    with service.failing(status(500)):
        await room_config(settings(), "shop")
    with service.failing(saying(b"{")):
        await room_config(settings(), "shop")
    await room_config(settings(), "nowhere")
    assert not (tmp_path / "agent-configs").exists()
    assert await room_config(settings(), "shop") == SHOP


async def test_each_service_and_each_id_has_its_own(service: ConfigService, settings: Given) -> None:
    """Two workers of one machine may belong to different services."""
    await room_config(settings(), "shop")
    assert await room_config(settings(), "shop2") == RoomConfig(tools="reading")
    async with config_service() as other:
        other.configs["shop"] = {"greeting": "Elsewhere"}
        assert (await room_config(settings(agent_config_url=other.url), "shop")).greeting == "Elsewhere"
    assert await room_config(settings(), "shop") == SHOP


async def test_files_are_for_the_user_alone(settings: Given, tmp_path: Path) -> None:
    """A system prompt is nobody else's business, and neither is the name of a room."""
    await room_config(settings(cache_dir=tmp_path / "new"), "shop")
    (file,) = files(tmp_path / "new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert "shop" not in file.name


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[]", b'{"temperature": 1000}', b" " * 300_000])
async def test_a_corrupt_file_is_a_miss(text: bytes, service: ConfigService, settings: Given, tmp_path: Path) -> None:
    """A full disk, another version or a curious hand: the service is asked again, and the file replaced."""
    await room_config(settings(), "shop")
    (file,) = files(tmp_path)
    file.write_bytes(text)
    assert await room_config(settings(), "shop") == SHOP
    assert await room_config(settings(), "shop") == SHOP
    assert len(service.asked) == 2


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
async def test_what_is_no_file_is_a_miss(kind: str, service: ConfigService, settings: Given, tmp_path: Path) -> None:
    """A pipe would block the room, a link lead elsewhere."""
    await room_config(settings(), "shop")
    (file,) = files(tmp_path)
    elsewhere = file.replace(tmp_path / "elsewhere.json")
    make: dict[str, Callable[[], object]] = {
        "folder": file.mkdir,
        "pipe": lambda: os.mkfifo(file),
        "link": lambda: file.symlink_to(elsewhere),
    }
    make[kind]()
    with anyio.fail_after(2 * PATIENT):
        assert await room_config(settings(), "shop") == SHOP
    assert len(service.asked) == 2


async def test_a_file_from_the_future_is_a_miss(service: ConfigService, settings: Given, tmp_path: Path) -> None:
    """When the clock has been set back, a file could otherwise count as new for years."""
    await room_config(settings(), "shop")
    grown_old(tmp_path, -1000)
    await room_config(settings(), "shop")
    assert len(service.asked) == 2


async def test_a_cache_that_cannot_be_written_is_done_without(
    service: ConfigService, settings: Given, tmp_path: Path
) -> None:
    """A read-only system or a folder in the way; a file is one here, as permissions do not bind root."""
    (tmp_path / "agent-configs").write_bytes(b"in the way")
    assert await room_config(settings(), "shop") == SHOP
    assert await room_config(settings(), "shop") == SHOP
    assert len(service.asked) == 2


@pytest.mark.parametrize("fault", [status(503), status(429), hung])
async def test_while_the_service_is_down_the_last_configuration_serves(
    fault: Fault, service: ConfigService, settings: Given, tmp_path: Path, heard: pytest.LogCaptureFixture
) -> None:
    """An old configuration is better than none, and the log says that it is one."""
    await room_config(settings(), "shop")
    grown_old(tmp_path, STALE_SECONDS - 60)
    with service.failing(fault):
        assert await room_config(settings(agent_config_seconds=SHORT), "shop") == SHOP
    (line,) = [each for each in heard.messages if "shop" in each]
    assert line.endswith("s ago is used")
    fetched = [vars(each) for each in heard.records if each.getMessage() == "configuration fetched"]
    assert [each["configuration_source"] for each in fetched] == ["service", "outage"]
    assert fetched[-1]["age_seconds"] >= STALE_SECONDS - 61


async def test_a_service_that_is_gone_leaves_the_last_configuration_for_an_hour(
    settings: Given, tmp_path: Path, heard: pytest.LogCaptureFixture
) -> None:
    """After that nobody can tell whether it still holds."""
    async with config_service() as gone:
        gone.configs["shop"] = SHOP.model_dump()
        here = settings(agent_config_url=gone.url)
        await room_config(here, "shop")
    grown_old(tmp_path, STALE_SECONDS - 60)
    assert await room_config(here, "shop") == SHOP
    grown_old(tmp_path, STALE_SECONDS + 60)
    assert await room_config(here, "shop") == RoomConfig(tools="reading")
    assert heard.messages[-1].endswith("the defaults are used")


@pytest.mark.parametrize("fault", [status(404), status(403), saying(b'{"temperature": 1000}')])
async def test_what_the_service_says_itself_ends_the_last_configuration(
    fault: Fault, service: ConfigService, settings: Given, tmp_path: Path
) -> None:
    """A configuration that was deleted does not come back when the service is down later."""
    await room_config(settings(), "shop")
    grown_old(tmp_path, 60)
    with service.failing(fault):
        assert await room_config(settings(), "shop") == RoomConfig(tools="reading")
    with service.failing(status(503)):
        assert await room_config(settings(), "shop") == RoomConfig(tools="reading")


def test_old_files_are_removed(tmp_path: Path) -> None:
    """Each room may have a name of its own, and a process may be killed while it writes."""
    cache = ConfigCache(RoomConfig, tmp_path)
    cache.put(SHOP, "one")
    (tmp_path / "agent-configs" / ".half.part").write_bytes(b"{")
    grown_old(tmp_path, STALE_SECONDS + 60)
    cache.put(SHOP, "two")
    assert len(files(tmp_path)) == 1
    assert cache.get("one") is None
    assert cache.get("two") is not None


def test_keys_of_several_parts_do_not_run_into_each_other(tmp_path: Path) -> None:
    """The end of an address is not the beginning of an id."""
    cache = ConfigCache(RoomConfig, tmp_path)
    cache.put(SHOP, "a", "bc")
    assert cache.get("ab", "c") is None


async def test_without_a_home_a_configuration_is_fetched_each_time(
    service: ConfigService, settings: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container's user may have none; the room's job ended with an error of its own."""
    pytest.importorskip("pwd")  # Windows has none
    no_home(monkeypatch)
    homeless = settings(cache_dir=None)
    for _ in range(2):
        assert (await room_config(homeless, "shop")).greeting == SHOP.greeting
    assert len(service.asked) == 2


def test_without_a_home_the_folder_of_the_figures_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of its setting."""
    pytest.importorskip("pwd")
    no_home(monkeypatch)
    with pytest.raises(BadSettings, match=r"no home folder.*MCP_VOICE_AGENT_PROMETHEUS_DIR"):
        scraping.folder(given(agent_prometheus_port=9464))
    assert scraping.folder(given(agent_prometheus_port=9464, agent_prometheus_dir=Path("/figures"))) == "/figures"


def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a user whom the machine does not know."""
    for name in ("HOME", "XDG_CACHE_HOME", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)


def nobody(_: int) -> None:
    """There is no such user."""
    raise KeyError


async def test_the_log_says_whose_configuration_was_fetched_and_what_it_sets_but_not_to_what(
    service: ConfigService, settings: Given, heard: pytest.LogCaptureFixture
) -> None:
    """An operator sees why a room differs from the others; a prompt may hold what is nobody's business."""
    service.configs["shop"] = {"system_prompt": "What nobody may read.", "voice": "coral", "mode": None}
    config = await room_config(settings(), "shop")
    await room_config(settings(), "shop")
    first, again = (vars(each) for each in heard.records if each.getMessage() == "configuration fetched")
    told = {"configuration": "shop", "configuration_sets": ["system_prompt", "voice"]}
    assert first.items() >= {**told, "configuration_source": "service", "age_seconds": 0}.items()
    assert again.items() >= {**told, "configuration_source": "kept"}.items()
    assert config.told.items() >= told.items()
    assert not any(word in str((first, again)) for word in ("nobody", "coral"))
