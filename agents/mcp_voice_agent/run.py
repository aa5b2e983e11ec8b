"""``mcp-voice-agent dev|start|console|connect``: LiveKit's own command line for the companion worker."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from typing import TYPE_CHECKING

import anyio.from_thread
from livekit.agents.cli import _legacy  # quirk: deprecated-cli

from mcp_voice.embedded import embedded_server
from mcp_voice.errors import VoiceError
from mcp_voice.settings import load
from mcp_voice.settings.ignored import tell_ignored
from mcp_voice_agent.check import check
from mcp_voice_agent.commands import LIVEKITS
from mcp_voice_agent.models.pipeline import modules
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.telemetry.otlp import PREFIX
from mcp_voice_agent.worker import server

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.style import Style

__all__ = ["DEPRECATED", "NOTICE", "run", "without_notices"]

FAILED = 1
"""Exit status of a worker that failed."""
DEPRECATED = ("dev mode is deprecated", "in-process auto-reload has been removed")
"""How LiveKit's warnings begin of which a user of this program can make nothing."""
NOTICE = "Deprecated"
"""The tag of such a line on LiveKit's console."""


def run() -> None:
    """Run the worker, on the embedded LiveKit server where no other is set; raises VoiceError."""
    if "--help" in sys.argv:
        _run_app()
        return
    tell_ignored(AgentSettings, folder=None, prefixes=(PREFIX,))
    settings = load(AgentSettings, folder=None)
    # What would break every conversation is told before the first.
    check(settings)
    if sys.argv[1:2] == ["console"]:
        _check_sound()
        # Its conversation runs on a thread, and plugins register on the main thread only.
        for module in modules(settings):
            importlib.import_module(module)
        without_notices(_legacy.AgentsConsole.get_instance())  # quirk: deprecated-cli
    if settings.livekit_url:
        _run_app()
        return
    with (
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(embedded_server(settings)) as local,
    ):
        # The jobs are processes of their own, and they read the environment, too.
        os.environ.update(LIVEKIT_URL=local.url, LIVEKIT_API_KEY=local.api_key, LIVEKIT_API_SECRET=local.api_secret)
        _run_app()


def _run_app() -> None:
    """LiveKit's command line; what ends it with an error ends us with a status that a supervisor acts on."""
    app = _legacy._build_cli(server)  # noqa: SLF001  # quirk: deprecated-cli
    app.rich_markup_mode = None
    for command in app.registered_commands:
        name = getattr(command.callback, "__name__", "")
        command.help = LIVEKITS.get(name, command.help)
    logging.getLogger("livekit.agents").addFilter(lambda record: not str(record.msg).startswith(DEPRECATED))
    try:
        app(prog_name="mcp-voice-agent")
    except SystemExit as ended:
        if server.failed and not ended.code:
            raise SystemExit(FAILED) from None
        raise
    if server.failed:
        raise SystemExit(FAILED)


def without_notices(console: _legacy.AgentsConsole) -> None:
    """Have the console print nothing of a program that pip does not install; there is no other console in Python."""
    printed = console.print

    def show(child: RenderableType, *, tag: str = "", tag_style: Style | None = None) -> None:
        if tag != NOTICE:
            printed(child, tag=tag, tag_style=tag_style)

    console.print = show  # type: ignore[method-assign]


def _check_sound() -> None:
    """Raise VoiceError where there is no library for the machine's microphone and loudspeaker."""
    try:
        importlib.import_module("sounddevice")
    except OSError as error:
        raise VoiceError(
            f"The console cannot reach this machine's sound devices: {error}.",
            fix="Install PortAudio (Debian, Ubuntu: apt install libportaudio2; macOS: brew install portaudio), or run "
            "`mcp-voice-agent dev` and join a room.",
            code="no-sound-devices",
        ) from None
