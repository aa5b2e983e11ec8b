"""What can be wrong with an MCP server."""

from __future__ import annotations

from mcp_voice.errors import VoiceError
from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.redaction import redacted_with_links
from mcp_voice.texts.foreign import printable

__all__ = ["ServerFault"]


class ServerFault(VoiceError):
    """An MCP server that could not be used, or a tool of it that failed.

    Args:
        what: What happened, as the language model may say it, after "the service behind it".
        cause: What is known of why, in a few words; for the log and doctor.
        fix: What the operator can do about it, in a sentence; for the log and doctor.
        code: Its row of ``mcp_voice.error_codes``.
        told: What the server itself says of it, cut to a bound; for the language model, never for a log.
        passing: Whether another attempt may find it gone.
        in_doubt: Whether it may have been done all the same.
        lasting: Whether no attempt will ever be of use.
    """

    default_code = "mcp-server"

    def __init__(
        self,
        what: str,
        *,
        cause: str = "",
        fix: str = "",
        code: str = "",
        told: str = "",
        passing: bool = False,
        in_doubt: bool = False,
        lasting: bool = False,
    ) -> None:
        super().__init__(what, fix=fix, code=code)
        self.cause = printable(redacted_with_links(cause))
        self.told = told
        self.passing = passing
        self.in_doubt = in_doubt
        self.lasting = lasting

    @classmethod
    def of(
        cls,
        row: OutsideFault,
        *,
        told: str = "",
        passing: bool = False,
        in_doubt: bool = False,
        lasting: bool = False,
    ) -> ServerFault:
        """From a row of the table of outside faults, which is filled; its text goes on within a sentence."""
        return cls(
            row.what,
            cause=row.cause,
            fix=f"{row.fix}.",
            code=row.code,
            told=told,
            passing=passing,
            in_doubt=in_doubt,
            lasting=lasting,
        )

    @property
    def happened(self) -> str:
        """What happened and why, for people; it goes on within a sentence."""
        return f"{self.what}: {self.cause}" if self.cause else self.what

    def briefly(self) -> ServerFault:
        """The same fault, of which nothing is known about a call."""
        return ServerFault(self.what, cause=self.cause, fix=self.fix, code=self.code)
