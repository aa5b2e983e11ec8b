"""A LiveKit server, the key that opens it, and tokens made with that; LiveKit's media library is not loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from livekit import api
from pydantic import SecretStr

from mcp_voice.errors import LiveKitError
from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.redaction import without_login
from mcp_voice.settings import EMPTY_SECRET

__all__ = ["GUEST_TOKEN_LIFETIME", "Access", "GivenToken", "said_of", "token"]

GUEST_TOKEN_LIFETIME = timedelta(minutes=10)
"""An invitation may be read by others. Ten minutes to come in are enough: the server renews the token of whoever is
connected every five."""
OUR_TOKEN_LIFETIME = timedelta(hours=1)
"""Made the moment we connect, and shown to nobody but the server; the hour is for a machine whose clock is behind."""


@dataclass(frozen=True, slots=True)
class Access:
    """A LiveKit server and the key that opens it; ``repr`` shows no secret."""

    url: str
    api_key: str
    api_secret: str
    e2ee_key: SecretStr = EMPTY_SECRET
    """What the clients of its rooms share for end-to-end encryption; empty: none."""

    def __repr__(self) -> str:
        return f"Access(url={self.shown!r}, api_key={self.api_key!r})"

    @property
    def shown(self) -> str:
        """The address as an error may tell it."""
        return without_login(self.url)


@dataclass(frozen=True, slots=True)
class GivenToken:
    """A token that somebody else has made for us, and the identity that it gives us; ``repr`` does not show it."""

    room_name: str
    """The only room that it opens."""
    identity: str
    jwt: str = field(repr=False)


def token(
    access: Access,
    *,
    room_name: str,
    identity: str,
    name: str,
    kind: str = "agent",
    attributes: Mapping[str, str] = MappingProxyType({}),
    lifetime: timedelta | None = None,
    may_send: bool = True,
) -> str:
    """A token for one participant of one room, who has to come in within its lifetime.

    Agents are of kind ``agent``: with the default kind a conversational agent that comes later takes our speaker for
    the human. ``can_update_own_metadata`` is what makes ``lk.agent.state`` and the floor's attribute visible. Of all
    others nobody needs it: with it a guest could take another's name, or pass for something that it is not. Without
    ``may_send`` they can neither chat nor send data.
    """
    is_agent = kind == "agent"
    grants = api.VideoGrants(
        room_join=True,
        room=room_name,
        can_publish=True,
        can_publish_sources=["microphone"],
        can_subscribe=True,
        can_publish_data=may_send,
        can_update_own_metadata=is_agent,
    )
    return (
        api.AccessToken(access.api_key, access.api_secret)
        .with_identity(identity)
        .with_name(name)
        .with_attributes(dict(attributes))
        .with_kind(kind)  # type: ignore[arg-type]  # a Literal there
        .with_ttl(lifetime or (OUR_TOKEN_LIFETIME if is_agent else GUEST_TOKEN_LIFETIME))
        .with_grants(grants)
        .to_jwt()
    )


def said_of(url: str, fault: OutsideFault) -> LiveKitError:
    """The error of the server at ``url``, or of what is there instead of a LiveKit server."""
    who = "What answers" if fault.code == "not-livekit" else "LiveKit"
    return fault.error(LiveKitError, f"{who} at {without_login(url)} ")
