"""Which livekit-server is used, and how one is built; programs of the test's own stand in for Go and the result."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING

import pytest

from mcp_voice.embedded import find_or_build
from mcp_voice.errors import EmbeddedServerError
from mcp_voice.settings import Settings
from testkit.stand_ins import BROKEN, SERVER, go, program, silent

if TYPE_CHECKING:
    from pathlib import Path
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are programs by their first line"),
]


@pytest.mark.parametrize("text", [None, BROKEN, "#!/bin/sh\nexit 3\n", "\x7fELF, but not really"])
async def test_a_configured_server_that_does_not_run_is_an_error(
    bare_settings: Settings, tmp_path: Path, text: str | None
) -> None:
    """Missing, another program, failing or no program at all: the error names the setting, nothing else is tried."""
    program(tmp_path / "bin" / "livekit-server", SERVER)
    path = tmp_path / "configured"
    if text is not None:
        program(path, text)
    with pytest.raises(EmbeddedServerError, match=r"MCP_VOICE_LIVEKIT_SERVER is .*configured"):
        await find_or_build(bare_settings.model_copy(update={"livekit_server": path}), progress=silent)


async def test_the_setting_goes_before_path_then_our_package_then_the_cache(
    bare_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is taken away in turn."""
    configured = program(tmp_path / "configured", SERVER)
    on_path = program(tmp_path / "bin" / "livekit-server", SERVER)
    ours = packed(tmp_path, monkeypatch)
    cached = program(tmp_path / "cache" / "livekit-server-v1.13.5", SERVER)
    with_path = bare_settings.model_copy(update={"livekit_server": configured})
    assert await find_or_build(with_path, progress=silent) == configured
    for path in (on_path, ours, cached):
        assert await find_or_build(bare_settings, progress=silent) == path
        path.unlink()


def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our package with the program, where Python finds it."""
    folder = tmp_path / "site" / "mcp_voice_livekit_server"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    path = program(folder / "bin" / "livekit-server", SERVER)
    path.with_name("livekit-server.sha256").write_text(f"{hashlib.sha256(SERVER.encode()).hexdigest()}\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    return path


async def test_our_package_is_used_though_another_user_owns_it_but_not_if_it_is_damaged(
    bare_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system's administrator installs for all; what a full disk has cut off is passed over, and said to be so."""
    ours = packed(tmp_path, monkeypatch)
    cached = program(tmp_path / "cache" / "livekit-server-v1.13.5", SERVER)
    if os.getuid() == 0:
        os.chown(ours, 12_345, 12_345)
    assert await find_or_build(bare_settings, progress=silent) == ours
    program(ours, f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    lines: list[str] = []
    assert await find_or_build(bare_settings, progress=lines.append) == cached
    assert "SHA-256" in lines[0]
    assert not (tmp_path / "ran").exists()


async def test_a_broken_one_on_path_is_passed_over_and_said_to_be_so(bare_settings: Settings, tmp_path: Path) -> None:
    """It is not the user's explicit wish, so the next one is used."""
    broken = program(tmp_path / "bin" / "livekit-server", BROKEN)
    cached = program(tmp_path / "cache" / "livekit-server-v1.13.5", SERVER)
    lines: list[str] = []
    assert await find_or_build(bare_settings, progress=lines.append) == cached
    assert [line for line in lines if str(broken) in line]


async def test_a_built_server_that_was_changed_is_not_run_but_built_again(
    bare_settings: Settings, tmp_path: Path
) -> None:
    """Whatever wrote there: what runs is what was built."""
    go(tmp_path)
    cached = await find_or_build(bare_settings, progress=silent)
    program(cached, f"#!/bin/sh\ntouch {tmp_path / 'ran'}\necho livekit-server version 1.13.5\n")
    lines: list[str] = []
    assert await find_or_build(bare_settings, progress=lines.append) == cached
    assert "it is not what was built there" in lines[0]
    assert not (tmp_path / "ran").exists()
    assert (cached.read_text(), (tmp_path / "bin" / "builds").read_text()) == (SERVER, "xx")
    assert await find_or_build(bare_settings, progress=silent) == cached
    assert (tmp_path / "bin" / "builds").read_text() == "xx"


async def test_a_server_from_before_is_remembered_when_it_is_first_used(
    bare_settings: Settings, tmp_path: Path
) -> None:
    """Whoever has built one with an earlier version need not build again, and is told of a change from then on."""
    cached = program(tmp_path / "cache" / "livekit-server-v1.13.5", SERVER)
    await find_or_build(bare_settings, progress=silent)
    program(cached, SERVER + "#\n")
    go(tmp_path)
    await find_or_build(bare_settings, progress=silent)
    assert cached.read_text() == SERVER


async def test_a_cache_of_another_user_is_refused(
    bare_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in there would be run."""
    program(tmp_path / "cache" / "livekit-server-v1.13.5", f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    owner = os.getuid()
    monkeypatch.setattr("os.getuid", lambda: owner + 1)
    with pytest.raises(EmbeddedServerError, match=r"belongs to another user.*MCP_VOICE_CACHE_DIR"):
        await find_or_build(bare_settings, progress=silent)
    assert not (tmp_path / "ran").exists()


async def test_others_may_not_write_to_the_cache(bare_settings: Settings, tmp_path: Path) -> None:
    """Not even where its folder was made for all."""
    cached = program(tmp_path / "cache" / "livekit-server-v1.13.5", SERVER)
    cached.parent.chmod(0o777)
    await find_or_build(bare_settings, progress=silent)
    assert cached.parent.stat().st_mode & 0o777 == 0o755
