"""Whose request it is that is being answered: over HTTP the token tells, on stdio there is nobody else."""

from __future__ import annotations

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier

from mcp_voice.callers.subjects import Subject, Subjects
from mcp_voice.server.access_tokens import AccessTokens, Granted
from mcp_voice.server.resource_metadata import SCOPE

__all__ = ["NotAllowed", "SubjectVerifier", "current_subject"]


class NotAllowed(Exception):
    """A token is valid, and its subject may not call: it lacks the scope, or whoever runs this has not listed it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


class SubjectToken(AccessToken):
    """A token that was found to be somebody's."""

    who: Subject


class SubjectVerifier(TokenVerifier):
    """Knows the tokens of all subjects: those that are set, and those of an authorization server."""

    def __init__(self, subjects: Subjects, tokens: AccessTokens | None = None) -> None:
        self._subjects = subjects
        self._tokens = tokens

    async def verify_token(self, token: str) -> SubjectToken | None:
        """Whose it is; None: nobody's. Raises NotAllowed, and IssuerUnavailable where nobody can say."""
        who = self._subjects.of(token)
        if who is None and self._tokens is not None:
            granted = await self._tokens.read(token)
            who = None if granted is None else self._allowed(granted)
        if who is None:
            return None
        # The token itself is not passed on: nobody needs it.
        return SubjectToken(token="", client_id=who.name, subject=who.name, scopes=[SCOPE], who=who)

    def _allowed(self, granted: Granted) -> Subject:
        if SCOPE not in granted.scopes:
            raise NotAllowed("insufficient_scope", f"The token lacks the scope {SCOPE}; get one that has it.")
        who = self._subjects.of_sub(granted.sub)
        if who is None:
            raise NotAllowed(
                "access_denied",
                "This subject may not call; ask the operator of this server to list it.",
            )
        return who


def current_subject() -> Subject | None:
    """Who has sent the request that this task answers; None on stdio."""
    token = get_access_token()
    return token.who if isinstance(token, SubjectToken) else None
