"""What the page refuses, as one table: the code that a program reads, the HTTP status, the sentence for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mcp_voice.errors import PageError

__all__ = ["RequestRefused", "refused"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row of the table."""

    status: int
    what: str
    fix: str
    code: str


LINK = "Ask for a new link."
ROWS = (
    Refusal(410, "This code has been used.", LINK, code="used-code"),
    Refusal(410, "This code has expired.", LINK, code="expired-code"),
    Refusal(404, "This code is unknown here.", f"Check its spelling. {LINK}", code="unknown-code"),
    Refusal(410, "This browser has not joined here, or joined too long ago.", LINK, code="session-over"),
    Refusal(410, "The room that you were in has ended.", LINK, code="room-over"),
    Refusal(503, "The room that you were in is not there now.", "Try again in a moment.", code="room-absent"),
    Refusal(410, "You were removed from the room.", LINK, code="removed"),
    Refusal(429, "There were too many attempts.", "Wait a little.", code="rate-limited"),
    Refusal(503, "The LiveKit server cannot be reached.", "Try again in a moment.", code="livekit-unreachable"),
    Refusal(
        421,
        "The join page is not served under this host name.",
        "Set MCP_VOICE_PAGE_URL to the address that people use.",
        code="foreign-host",
    ),
    Refusal(403, "Another web site may not do this.", "Use the join page itself.", code="foreign-origin"),
    Refusal(404, "There is nothing at this address.", "Open the link that you were given.", code="no-such-page"),
    Refusal(405, "This address does not accept such requests.", "Use another method.", code="wrong-method"),
    Refusal(415, "The body is not application/json.", "Send JSON.", code="not-json"),
    Refusal(400, "The body cannot be used.", "Send a JSON object with the documented fields.", code="bad-body"),
    Refusal(413, "The body is too large.", "Send less.", code="body-too-large"),
    Refusal(408, "The body did not arrive in time.", "Try again.", code="body-late"),
    Refusal(401, "The bearer token or code is not valid.", "Send a valid one.", code="not-authorized"),
    Refusal(400, "A client may not set this field.", "Leave it out.", code="field-not-allowed"),
    Refusal(403, "MCP_VOICE_ROOMS does not allow this room.", "Name another room.", code="room-forbidden"),
    Refusal(500, "Something failed inside mcp-voice.", "Try again.", code="page-fault"),
)
REFUSALS: Mapping[str, Refusal] = MappingProxyType({row.code: row for row in ROWS})


class RequestRefused(PageError):
    """A request that is not answered as it was meant."""

    retry_seconds: int = 0
    """After which it may be tried again; 0: that is not known."""

    @property
    def status(self) -> int:
        """The status of HTTP."""
        return REFUSALS[self.code].status


def refused(code: str, *, what: str = "", retry_seconds: int = 0) -> RequestRefused:
    """The error of a row of the table; ``what`` says more closely what is wrong."""
    row = REFUSALS[code]
    error = RequestRefused(what or row.what, fix=row.fix, code=code)
    error.retry_seconds = retry_seconds
    return error
