"""QR codes for a terminal."""

from __future__ import annotations

import io

import pytest
import segno
from rich.console import Console

from mcp_voice.page.qr import qr_lines, qr_text

LINK = "http://192.168.178.20:43210/#7F3K2-9QWXZ"
HALVES = {" ": (1, 1), "\u2580": (0, 1), "\u2584": (1, 0), "\u2588": (0, 0)}
"""Dark modules, above and below, of each character on a dark ground."""


def console(
    *, width: int = 80, terminal: bool = True, encoding: str = "utf-8", term: str = "xterm-256color"
) -> Console:
    """A terminal of the test's own."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return Console(file=file, width=width, force_terminal=terminal, color_system="256", _environ={"TERM": term})


def test_a_link_takes_17_lines_of_33_and_every_module_is_that_of_the_code() -> None:
    """Read back module by module, with the light margin around it."""
    lines = qr_lines(LINK)
    assert (len(lines), {len(line) for line in lines}) == (17, {33})
    pairs = [[HALVES[character] for character in line] for line in lines]
    rows = [[pair[half] for pair in line] for line in pairs for half in (0, 1)]
    wanted = [[int(dark) for dark in row] for row in segno.make_qr(LINK, error="l").matrix_iter(border=2)]
    assert rows[: len(wanted)] == wanted
    assert not any(wanted[0])


def test_on_a_terminal_it_is_white_on_black_whatever_the_terminal_is() -> None:
    """On a light terminal it would be its own negative, which not every phone reads."""
    shown = console()
    shown.print(qr_text(LINK, shown))
    shown.file.flush()
    assert isinstance(shown.file, io.TextIOWrapper)
    written = shown.file.buffer.getvalue().decode()
    assert written.count("\x1b[38;5;231;48;5;16m") == len(qr_lines(LINK)) - 1, "below the last line is no black"


@pytest.mark.parametrize(
    "shown",
    [
        console(width=30),
        console(terminal=False),
        console(encoding="ascii"),
        console(term="dumb"),
    ],
    ids=["too narrow", "no terminal", "no such characters", "no colours"],
)
def test_where_it_could_not_be_read_there_is_none(shown: Console) -> None:
    """Half a code, or one of question marks, is worth nothing."""
    assert qr_text(LINK, shown) is None
