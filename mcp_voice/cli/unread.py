"""What a server does not read though somebody has set it: told on stderr, once, before it starts."""

from __future__ import annotations

import typer

from mcp_voice.settings import Settings, env_file
from mcp_voice.settings.ignored import tell_ignored
from mcp_voice.settings.misspelt import misspelt
from mcp_voice.texts.foreign import shown

__all__ = ["tell_unread"]


def tell_unread(kind: type[Settings] = Settings) -> None:
    """The settings in the folder's ``.env``, which may be anybody's, and variables that were perhaps meant for us."""
    tell_ignored(kind, folder=None)
    for found in misspelt(env_file.environment(), kind):
        typer.echo(f"Unknown setting {shown(found.variable)}: it does nothing. {found.hint}", err=True)
