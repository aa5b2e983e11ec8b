"""A webhook as a tool calls it, and what can be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from mcp_voice.errors import VoiceError
from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice_agent.webhooks.verdict import OkWhen

if TYPE_CHECKING:
    from mcp_voice_agent.mcp_servers.room import ServerTool

__all__ = ["CallTarget", "Method", "Webhook", "WebhookFault"]

Method = Literal["POST", "PUT", "PATCH", "DELETE", "GET"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a tool's arguments go, and how."""

    name: str
    """The tool's, by which the log knows it: a URL may hold a secret."""
    url: str
    source: str
    """Where that URL is set, for whoever reads the log."""
    method: Method = "POST"
    reads: bool = False
    """Whether it changes nothing, so that it may be called again when it fails."""
    seconds: float = 10.0
    """How long a call may take, with all repetitions."""
    ok_when: OkWhen | None = None
    """What a good answer has in it. None: it is guessed."""


CallTarget: TypeAlias = "Webhook | ServerTool"
"""What a tool's call goes to."""


class WebhookFault(VoiceError):
    """A webhook that did not do what it was called for.

    Args:
        what: What happened, as the language model may say it: no URL, no secret, nothing of what was sent.
        fix: What the operator can do about it; for the log.
        code: Its row of ``mcp_voice.error_codes``.
        passing: Whether the next attempt may find it gone.
        in_doubt: Whether it may have been done all the same.
    """

    default_code = "webhook"

    def __init__(
        self, what: str, *, fix: str = "", code: str = "", passing: bool = False, in_doubt: bool = False
    ) -> None:
        super().__init__(what, fix=fix, code=code)
        self.passing = passing
        self.in_doubt = in_doubt

    @classmethod
    def of(cls, row: OutsideFault, *, passing: bool = False, in_doubt: bool = False) -> WebhookFault:
        """From a row of the table of outside faults, which is filled; its text goes on within a sentence."""
        return cls(row.what, fix=row.fix, code=row.code, passing=passing, in_doubt=in_doubt)
