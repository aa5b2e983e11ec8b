"""How an invitation is shown: at a terminal, to a script that reads lines, and as JSON."""

from __future__ import annotations

import json
import shlex
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from mcp_voice.asks.inviting import valid
from mcp_voice.cli.printing import note
from mcp_voice.errors import LiveKitError
from mcp_voice.page.qr import qr_text
from mcp_voice.participants import Participant
from mcp_voice.process.loopback import is_on_loopback
from mcp_voice.results import Invited
from mcp_voice.texts.foreign import printable, shown

__all__ = ["Events", "Lines", "Terminal"]

INDENT = "  "
PHONE = "For a phone on this network: `mcp-voice invite {room} --lan`."
STAYS = "Ctrl-C stops this and the page."


def _say(line: str) -> None:
    """A line on stdout, at once: whoever reads it may be waiting for it."""
    sys.stdout.write(f"{printable(line)}\n")
    sys.stdout.flush()


class Lines:
    """The link alone on stdout, for a script; what happens then, a line each, on stderr."""

    def __init__(self) -> None:
        self._is_unreachable = False

    def opens(self, told: str) -> None:
        """What others reach while it runs."""
        note(told)

    def link(self, invited: Invited, *, again: bool) -> None:
        """The link, and for how long."""
        _say(invited.link)
        note(
            f"{'A new link: it' if again else 'It'} lets one person in, within {valid(invited.valid_seconds)}. {STAYS}"
        )

    def joined(self, who: Participant) -> None:
        """Who is in."""
        self._is_unreachable = False
        note(f"{shown(who.name)} is in.")

    def left(self, who: Participant) -> None:
        """Who has gone."""
        self._is_unreachable = False
        note(f"{shown(who.name)} has left.")

    def unreachable(self, error: LiveKitError) -> None:
        """Why nobody knows who is there; once."""
        if not self._is_unreachable:
            note(f"{error.what} Trying again.")
        self._is_unreachable = True

    def ended(self, reason: str) -> None:
        """Why there is nothing more to wait for."""
        note(reason)


class Terminal(Lines):
    """For somebody who reads it: what it is, the link, and a QR code where another device can use it."""

    def opens(self, told: str) -> None:
        """The same, wrapped between words."""
        Console(stderr=True).print(told, style="dim", highlight=False, markup=False)

    def link(self, invited: Invited, *, again: bool) -> None:
        """The link, as it can be clicked, and what it is good for."""
        err = Console(stderr=True)
        here = is_on_loopback(invited.link)
        err.print()
        err.print(
            Text.assemble(
                f"{'A new link to' if again else 'Join'} room ",
                (shown(invited.room_name), "bold"),
                f"{',' if again else ' with this link,'} {'on this machine' if here else 'in a browser'}:",
            )
        )
        err.print()
        _say(f"{INDENT}{invited.link}")
        err.print()
        if not here and (qr := qr_text(invited.link, err)):
            err.print(qr, soft_wrap=True)
            err.print()
        err.print(
            f"It lets one person in, within {valid(invited.valid_seconds)}. {STAYS}", style="dim", highlight=False
        )
        if here and not again:
            room = shlex.quote(shown(invited.room_name))
            err.print(PHONE.format(room=room), style="dim", highlight=False, markup=False)
        err.print("waiting for somebody to join …", style="dim", highlight=False)

    def joined(self, who: Participant) -> None:
        """Who is in, to be seen."""
        self._is_unreachable = False
        Console(stderr=True).print(Text.assemble((shown(who.name), "bold green"), " is in."), highlight=False)


class Events:
    """A line of JSON on stdout for each thing that happens."""

    def opens(self, told: str) -> None:
        """What others reach while it runs; on stderr, for whoever looks."""
        note(told)

    def link(self, invited: Invited, *, again: bool) -> None:  # noqa: ARG002  # the others' word for it
        """The link with all that is known of it."""
        _tell("link", **invited.model_dump())

    def joined(self, who: Participant) -> None:
        """Who is in."""
        _tell("joined", **_named(who))

    def left(self, who: Participant) -> None:
        """Who has gone."""
        _tell("left", **_named(who))

    def unreachable(self, error: LiveKitError) -> None:
        """Why nobody knows who is there."""
        _tell("unreachable", code=error.code, reason=error.what)

    def ended(self, reason: str) -> None:
        """Why there is nothing more to wait for."""
        _tell("ended", reason=reason)


def _named(who: Participant) -> dict[str, str]:
    seen = who.shown()
    return {"identity": seen.identity, "name": seen.name, "kind": seen.kind}


def _tell(event: str, **fields: Any) -> None:
    sys.stdout.write(f"{json.dumps({'event': event, **fields})}\n")
    sys.stdout.flush()
