"""The command ``mcp-voice-agent``."""

from mcp_voice.process.isolation import isolate

__all__ = ["main"]


def main() -> None:
    """Run the demo or the worker."""
    isolate()
    # Not at the top: nothing but ours is imported before the working directory is out of the way.
    from mcp_voice.process.termination import end_at_once, interruptible  # noqa: PLC0415

    end_at_once()
    from mcp_voice.logs.redacting import redact_tracebacks  # noqa: PLC0415

    # Before typer is imported, which keeps the hook that it finds.
    redact_tracebacks()
    # LiveKit's commands find their arguments in sys.argv.
    from mcp_voice_agent.cli import app  # noqa: PLC0415

    with interruptible():
        app(prog_name="mcp-voice-agent")


if __name__ == "__main__":
    main()
