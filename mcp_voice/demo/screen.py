"""The demo on a terminal: live captions while people speak, a plain line for each event elsewhere."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from mcp_voice.page.qr import qr_text
from mcp_voice.texts.foreign import printable

__all__ = ["Screen", "screen"]

STYLES = {
    "call": "bold cyan",
    "result": "bold cyan",
    "mcp-voice": "bold magenta",
    "companion": "bold dark_orange3",
    "hears": "yellow",
    "setup": "dim",
}
HUMAN_STYLE = "bold green"
LISTENING = "listening: "
"""How the server's progress begins when it brings the transcript so far."""
REFRESHES = 10


class Screen:
    """Lines with the seconds since the start, and below them one that changes while it is being said."""

    def __init__(self, console: Console, live: Live) -> None:
        self._console = console
        self._live = live
        self._started = time.monotonic()
        self._last = ""
        self._step = ""

    def says(self, who: str, text: str, *, note: str = "", at: float | None = None) -> None:
        """An event: who does or says what; ``note`` is what was measured.

        ``at`` is when, in ``time.monotonic()`` seconds, if not now.
        """
        line = Table.grid(padding=(0, 2))
        line.add_column(justify="right", style="dim", width=6, no_wrap=True)
        line.add_column(width=9, no_wrap=True)
        line.add_column(overflow="fold")
        body = Text(printable(text))
        if note:
            body.append(f"  {note}", style="dim italic")
        seconds = (time.monotonic() if at is None else at) - self._started
        line.add_row(f"{seconds:.2f}", Text(printable(who), STYLES.get(who, HUMAN_STYLE)), body)
        self._console.print(line)

    def progress(self, message: str) -> None:
        """What the server reports while a call lasts: the transcript as it grows."""
        heard = message.removeprefix(LISTENING) if message.startswith(LISTENING) else ""
        if self._console.is_terminal:
            style = STYLES["hears"] if heard else "dim"
            text = printable(f"hears      {heard} …" if heard else message)
            self._live.update(Spinner("dots", Text(f" {text}", style)) if message else Text(""))
        elif heard and message != self._last:
            self.says("hears", f"{heard} …")
        self._last = message

    def step(self, line: str) -> None:
        """Something slow is under way, or done; on a terminal how far it is stays one line that changes."""
        begin = line.partition(",")[0]
        if self._console.is_terminal and begin == self._step:
            self._live.update(Spinner("dots", Text(f" {printable(line)}", STYLES["setup"])))
            return
        self._step = begin
        self._live.update(Text(""))
        self.says("setup", line)

    def result(self, tool: str, result: dict[str, Any], *, note: str = "") -> None:
        """What a tool returned, as JSON with one field to a line."""
        self._live.update(Text(""))
        fields = ",\n".join(f"  {json.dumps(name)}: {json.dumps(result[name], ensure_ascii=False)}" for name in result)
        text = JSONHighlighter()(Text(f"{{\n{fields}\n}}"))
        # Without a terminal there is no width that a frame could fill.
        title = f"{tool} returned"
        fills = self._console.is_terminal
        self._console.print(Panel(text, title=title, title_align="left", subtitle=note, style="none", expand=fills))

    def heading(self, text: str) -> None:
        """A new part begins."""
        self._console.print()
        if self._console.is_terminal:
            self._console.rule(f"[bold]{text}", align="left", style="dim")
        else:
            self.note(f"── {text}")

    def note(self, text: str) -> None:
        """A text as it is, to be copied: it is not wrapped."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def qr(self, link: str) -> None:
        """A QR code, where the terminal has room and the characters for it."""
        if qr := qr_text(link, self._console):
            self._console.print(qr, soft_wrap=True)

    def show(self, *parts: Table | Text) -> None:
        """Print tables and texts."""
        for part in parts:
            self._console.print(part)


@contextmanager
def screen(console: Console) -> Iterator[Screen]:
    """Use a console for captions; on a terminal the last line is alive for as long as the block lasts."""
    live = Live(Text(""), console=console, refresh_per_second=REFRESHES, transient=True)
    shown = Screen(console, live)
    if not console.is_terminal:
        yield shown
        return
    with live:
        yield shown
