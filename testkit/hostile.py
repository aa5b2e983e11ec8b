"""A folder that somebody else has filled: whatever of it is run or imported leaves a mark, and its server listens."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import psutil
from anyio.abc import SocketAttribute, SocketStream
from pydantic import SecretStr

from mcp_voice.settings import variable
from mcp_voice.tasks import owned_tasks
from mcp_voice_agent.settings import AgentSettings

__all__ = ["SECRET", "Hostile", "hostile", "script"]

SECRET = "the-users-own-secret-of-32-characters"
PACKAGE = ("mcp_voice", "mcp_voice_agent")
MODULES = (
    # ours
    *("mcp_voice/__init__", "mcp_voice/speech/__init__", "mcp_voice/speech/espeak_child"),
    *(
        "mcp_voice/speech/sphinx_child",
        "mcp_voice/speech/offline/child",
        "mcp_voice_agent/__init__",
        "keeper/__init__",
        "keeper/__main__",
    ),
    # what ours import
    *(
        "pocketsphinx",
        "onnxruntime/__init__",
        "espeakng_loader",
        "psutil",
        "numpy/__init__",
        "livekit/__init__",
        "anyio",
    ),
    # the standard library's
    *("__future__", "typing", "queue", "struct", "json/__init__", "signal", "ctypes/__init__", "tempfile", "selectors"),
    *("multiprocessing/__init__", "multiprocessing/spawn", "multiprocessing/forkserver", "asyncio/__init__"),
    *("sitecustomize", "usercustomize"),
)
SYSTEM = ("getconf", "lsb_release")
"""What LiveKit's native library runs to find out where it is."""
PROGRAMS = ("evil.sh", "livekit-server", "go", "uv", "pip", "pip3", "python", "python3", "git", *SYSTEM)
MODULE = "open({mark!r}, 'a').close()\n"
PROGRAM = "#!/bin/sh\nenv > '{mark}'\necho livekit-server version 1.13.5\n"


@dataclass(frozen=True)
class Hostile:
    """The folder, the marks that its files leave, and what its server was sent."""

    path: Path
    marks: Path
    url: str
    received: bytearray

    def did_nothing(self) -> bool:
        """Whether nothing of it ran and nobody spoke to its server."""
        ran = sorted(each.name for each in self.marks.iterdir())
        assert ran == []
        assert bytes(self.received) == b""
        return True

    def knows_nothing(self, processes: Sequence[psutil.Process], *, secrets: Sequence[str] = (SECRET,)) -> bool:
        """Whether none of these processes stands in the folder or holds a secret."""
        for each in processes:
            assert Path(each.cwd()) != self.path, each.cmdline()
            held = " ".join([*each.environ().values(), *each.cmdline()])
            assert not [secret for secret in secrets if secret in held], each.cmdline()
        return bool(processes)


def script(name: str) -> str:
    """The program that an installation has, which is what ``uvx`` runs."""
    return str(Path(sys.executable).with_name(name))


@asynccontextmanager
async def hostile(tmp_path: Path, *, without: Sequence[str] = ()) -> AsyncIterator[Hostile]:
    """Make such a folder, with a server that its files name; ``without`` packages of these names."""
    received = bytearray()

    async def listen(stream: SocketStream) -> None:
        async with stream:
            async for data in stream:
                received.extend(data)

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with listener, owned_tasks() as tasks:
        tasks.start_soon(listener.serve, listen)
        port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - not Django's
        made = Hostile(tmp_path / "cloned", tmp_path / "marks", f"http://127.0.0.1:{port}", received)
        made.marks.mkdir()
        _fill(made, without)
        yield made
        tasks.cancel_scope.cancel()


def _fill(made: Hostile, without: Sequence[str]) -> None:
    for name in MODULES:
        if name.partition("/")[0] not in without:
            file = made.path / f"{name}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(MODULE.format(mark=str(made.marks / name.replace("/", "."))))
    for name in PROGRAMS:
        program = made.path / name
        program.write_text(PROGRAM.format(mark=made.marks / name))
        program.chmod(0o700)
    index = f'index-url = "{made.url}/simple"\n'
    (made.path / "uv.toml").write_text(index)
    (made.path / "pyproject.toml").write_text(f"[tool.uv]\n{index}")
    for name in ("pip.conf", "pip.ini"):
        (made.path / name).write_text(f"[global]\nindex-url = {made.url}/simple\n")
    (made.path / "go.env").write_text(f"GOPROXY={made.url}\nGONOSUMDB=*\n")
    (made.path / "go.work").write_text("go 1.99\nuse .\n")
    (made.path / "go.mod").write_text("module evil\ngo 1.99\ntoolchain go1.99.0\n")
    (made.path / ".python-version").write_text("3.99\n")
    (made.path / "tools.json").write_text('{"tools": [{"name": "evil"}]}')
    (made.path / ".env").write_text("".join(f"{name}={value}\n" for name, value in _settings(made.url)))


def _settings(url: str) -> list[tuple[str, str]]:
    """Every setting there is that would do harm, and some of others."""
    found = [("OTEL_EXPORTER_OTLP_ENDPOINT", url), ("PYTHONPATH", "."), ("PATH", "."), ("HTTPS_PROXY", url)]
    for field, info in AgentSettings.model_fields.items():
        name = variable(field, AgentSettings)
        if "url" in field:
            value = url.replace("http", "ws") if field == "livekit_url" else url
        elif info.annotation is SecretStr or field == "livekit_api_key":
            value = "the-folders-own-secret-of-32-characters"
        else:
            value = {
                "livekit_server": "./evil.sh",
                "state_dir": ".",
                "cache_dir": ".",
                "agent_tools_file": "./tools.json",
                "stt": "openai/whisper-1",
                "tts": "openai/tts-1",
                "rooms": "evil",
            }.get(field, "")
        found += [(name, value)] if value else []
    return found
