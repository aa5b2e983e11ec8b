"""Whose request it is that is being answered: over HTTP the token tells, on stdio there is nobody else."""

from __future__ import annotations

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl

from mcp_voice.subjects import Subject, Subjects

__all__ = ["SubjectVerifier", "authentication", "current_subject"]

SCOPE = "voice"


def authentication() -> AuthSettings:
    """What the SDK is told of it: a token is wanted, and no authorization server is named that would give one."""
    # The SDK wants an issuer, and shows it to nobody where there is no resource server's URL.
    issuer = AnyHttpUrl("https://issuer.invalid")
    return AuthSettings(issuer_url=issuer, resource_server_url=None, required_scopes=[SCOPE])


class SubjectToken(AccessToken):
    """A token that was found to be somebody's."""

    who: Subject


class SubjectVerifier(TokenVerifier):
    """Knows the tokens of all subjects."""

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects

    async def verify_token(self, token: str) -> SubjectToken | None:
        """Whose it is; None: nobody's."""
        who = self._subjects.of(token)
        if who is None:
            return None
        # The token itself is not passed on: nobody needs it.
        return SubjectToken(token="", client_id=who.name, subject=who.name, scopes=[SCOPE], who=who)


def current_subject() -> Subject | None:
    """Who has sent the request that this task answers; None on stdio."""
    token = get_access_token()
    return token.who if isinstance(token, SubjectToken) else None
