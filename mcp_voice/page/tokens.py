"""Tokens for a front end of the user's own: what LiveKit's standard token endpoint gives.

Whoever has the bearer token chooses room and identity within what is allowed; whoever has a code gets what it is for.
"""

from __future__ import annotations

import secrets
from hmac import compare_digest

from pydantic import Field

from mcp_voice.asks.arguments import new_name
from mcp_voice.errors import BadInput
from mcp_voice.floor_protocol import OUR_PREFIX
from mcp_voice.page.bodies import Body
from mcp_voice.page.codes import CODE_SECONDS, Guest
from mcp_voice.page.joining import LONGEST_NAME, UNNAMED, Admitted, Joining
from mcp_voice.page.refusals import refused
from mcp_voice.settings import Settings
from mcp_voice.texts.foreign import shown

__all__ = ["TokenBody", "TokenEndpoint"]

LONGEST_SECONDS = 4 * 3_600
LONGEST = 128
AGENTS = (OUR_PREFIX, "agent-")
"""How the identities of agents begin."""


class TokenBody(Body):
    """LiveKit's standard request, and two fields of ours.

    See https://docs.livekit.io/frontends/build/authentication/endpoint/. Metadata and attributes would let a guest pass
    for what it is not, and a room's configuration sends agents: they may be there, but empty.
    """

    room_name: str = Field("", max_length=LONGEST)
    participant_identity: str = Field("", max_length=LONGEST)
    participant_name: str = Field("", max_length=4 * LONGEST_NAME)
    participant_metadata: str = ""
    participant_attributes: dict[str, str] = Field(default_factory=dict)
    room_config: dict[str, object] = Field(default_factory=dict)
    canPublishData: bool = True  # noqa: N815  # as LiveKit's grant is named
    ttl: int = Field(CODE_SECONDS, ge=1, le=LONGEST_SECONDS)
    """Seconds in which to come in."""


class TokenEndpoint:
    """The tokens that one page gives."""

    def __init__(self, settings: Settings, joining: Joining) -> None:
        self._settings = settings
        self._joining = joining

    async def token(self, authorization: str, asked: TokenBody) -> Admitted:
        """A token for whoever has the bearer token, or a code, in the Authorization header; raises RequestRefused."""
        for field in ("participant_metadata", "participant_attributes", "room_config"):
            if getattr(asked, field):
                raise refused("field-not-allowed", what=f"{field} may not be set by a client.")
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() != "bearer" or not given.strip():
            raise refused("not-authorized")
        own = self._settings.page_token.get_secret_value().encode()
        if own and compare_digest(given.strip().encode(errors="replace"), own):
            return await self._by_bearer(asked)
        return await self._by_code(given, asked)

    async def _by_bearer(self, asked: TokenBody) -> Admitted:
        room_name = asked.room_name or self._settings.room
        try:
            new_name(room_name, "room name")
            if asked.participant_identity:
                new_name(asked.participant_identity, "identity")
        except BadInput as error:
            raise refused("bad-body", what=error.what) from None
        if not self._settings.may_enter(room_name):
            raise refused("room-forbidden")
        if asked.participant_identity.startswith(AGENTS):
            raise refused("field-not-allowed", what="participant_identity may not be an agent's.")
        identity = asked.participant_identity or f"guest-{secrets.token_hex(4)}"
        name = shown(asked.participant_name, limit=LONGEST_NAME) or UNNAMED
        return await self._joining.admit(
            Guest(room_name, identity, name), seconds=asked.ttl, may_send=asked.canPublishData
        )

    async def _by_code(self, code: str, asked: TokenBody) -> Admitted:
        with self._joining.codes.using(code, self._joining.now) as invited:
            if asked.participant_identity or asked.room_name not in ("", invited.room_name) or asked.ttl > CODE_SECONDS:
                raise refused("field-not-allowed", what="The code decides the room, the identity and the time.")
            name = shown(asked.participant_name, limit=LONGEST_NAME) or invited.name or UNNAMED
            guest = Guest(invited.room_name, invited.identity, name, invited.asker)
            return await self._joining.admit(guest, seconds=asked.ttl, may_send=asked.canPublishData)
