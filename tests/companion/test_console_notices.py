"""The companion on this machine's own microphone: LiveKit's console, without what nobody here can use."""

from __future__ import annotations

from livekit.agents.cli import _legacy

from mcp_voice_agent.run import NOTICE, without_notices


def test_the_console_advertises_no_program_that_pip_does_not_install() -> None:
    """It began with a line that it is deprecated, and named a command of LiveKit's own command line instead."""
    console = _legacy.AgentsConsole()
    without_notices(console)
    with console.console.capture() as printed:
        console.print("Starting console mode", tag="Agents")
        console.print("console mode is deprecated; use lk agent console", tag=NOTICE)
        console.print(" ")
    assert "Starting console mode" in printed.get()
    assert "deprecated" not in printed.get()
