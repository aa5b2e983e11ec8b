"""What must not reach a log, an error or a terminal: what people said or are told, LiveKit's tokens, logins in URLs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from mcp_voice.texts.foreign import printable

__all__ = [
    "fault_place",
    "holds_join_link",
    "redacted",
    "redacted_with_links",
    "without_keys",
    "without_login",
    "without_secrets",
    "without_values",
]

SPOKEN_TEXT = re.compile(r"(no audio frames were pushed for text: )[^\n]*")
"""The one text that LiveKit makes part of an error's message, at any level."""
TOKEN = re.compile(r"eyJ[\w-]+\.[\w.-]+")
KEY = re.compile(r"[\w-]{20,}")
LEAST_VALUE = 4
URL = re.compile(r"(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{0,20}://)(\S+)")
JOIN_LINK = re.compile(
    r"(?<![A-Za-z0-9+.-])(https?://[^\s@?#]{1,300}#[0-9A-Z]{5}-?[0-9A-Z]{5}(?:&autojoin)?)(?![\w@-])"
)
"""Of the join page: its code is of this form."""
PLACE = re.compile(r"(\[[^\]]*\]|[^:/]*)(:\d*)?(/.*)?")
"""Host, port and path."""
PUNCTUATION = ")]}>'\"`.,;:"
"""What may follow an address in a text; a few of these at its end are kept."""
MOST_PUNCTUATION = 3


def without_login(text: str) -> str:
    """A URL, or a text with URLs in it, without their users, passwords, queries and fragments.

    A password may hold unescaped what ends a host, so everything up to the last ``@`` counts as the login.
    """
    return URL.sub(_bare, text)


def _bare(found: re.Match[str]) -> str:
    scheme, rest = found.groups()
    parts = re.split(r"([?#])", rest, maxsplit=1)
    place, mark, query = (*parts, "", "")[:3]
    if "@" in place:
        place = f"…@{place.rpartition('@')[2]}"
    elif "@" in query and not PLACE.fullmatch(place):
        place = "…"
    end = query[len(query.rstrip(PUNCTUATION)) :][-MOST_PUNCTUATION:]
    return f"{scheme}{place}{mark and f'{mark}…'}{end}"


def without_secrets(text: str) -> str:
    """A text without JWTs, which LiveKit's own error texts contain, and without logins in URLs."""
    return without_login(TOKEN.sub("…", text))


def without_keys(text: str) -> str:
    """A text without any long run of letters and digits: some providers repeat the key that they refuse."""
    return KEY.sub("…", text)


def without_values(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that takes these very values out of a text, and tokens, logins and what steers a terminal.

    A value of less than four characters stays: it would be found in ordinary words.
    """
    # The longest first: one may stand in another.
    values = sorted({each for each in secrets if len(each) >= LEAST_VALUE}, key=len, reverse=True)

    def redacted(text: str) -> str:
        for value in values:
            text = text.replace(value, "…")
        return printable(without_secrets(text))

    return redacted


def redacted(text: str) -> str:
    """A text as it may be logged at any level."""
    return without_secrets(SPOKEN_TEXT.sub(r"\1…", text))


def holds_join_link(text: str) -> bool:
    """Whether there is a link to a join page in it."""
    return JOIN_LINK.search(text) is not None


def redacted_with_links(text: str) -> str:
    """The same as it may be told to whoever called: links by which one person joins a room are for them."""
    parts = JOIN_LINK.split(text)
    return "".join(part if number % 2 else redacted(part) for number, part in enumerate(parts))


def fault_place(error: BaseException) -> str:
    """An exception's type and where it was raised; its text, which may quote what somebody said, is left out."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = re.split(r"[\\/]", trace.tb_frame.f_code.co_filename)[-1]
    return f"{type(error).__name__} at {file}:{trace.tb_lineno}"
