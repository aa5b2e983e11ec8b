"""One connection to one LiveKit room: token, joining that survives cancellation, leaving that always happens."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

import anyio
from livekit import api, rtc
from pydantic import SecretStr

from mcp_voice.errors import LiveKitError, quoted
from mcp_voice.loopback import is_on_loopback
from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.outside_faults.livekit import JOIN_LATE, JOIN_REFUSED, JOINING
from mcp_voice.redaction import without_login, without_secrets
from mcp_voice.room.interfaces import check_network
from mcp_voice.settings import EMPTY_SECRET

__all__ = ["GUEST_TOKEN_LIFETIME", "Access", "connect", "e2ee_options", "livekit_fault", "said_of", "token"]

CONNECT_SECONDS = 20.0
MOST_TOLD = 80
LEAVE_SECONDS = 3.0
GUEST_TOKEN_LIFETIME = timedelta(minutes=10)
"""An invitation may be read by others. Ten minutes to come in are enough: the server renews the token of whoever is
connected every five."""
OUR_TOKEN_LIFETIME = timedelta(hours=1)
"""Made the moment we connect, and shown to nobody but the server; the hour is for a machine whose clock is behind."""
LOOPBACK_STUN = "stun:127.0.0.1:3478"
"""Nothing listens there. Naming it keeps libwebrtc from looking up public STUN servers, which on a machine
without DNS strands about twelve resolver threads for each connection."""


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


def ice_configuration(url: str) -> rtc.RtcConfiguration:
    """The ICE servers to use: none that would be looked up when the server is on this machine, else the server's."""
    servers = [rtc.IceServer(urls=[LOOPBACK_STUN])] if is_on_loopback(url) else []
    return rtc.RtcConfiguration(ice_servers=servers)


def e2ee_options(key: SecretStr) -> rtc.E2EEOptions | None:
    """What LiveKit's clients make of a passphrase by default (PBKDF2, AES-GCM, key index 0); None without one."""
    shared = key.get_secret_value().encode()
    return rtc.E2EEOptions(key_provider_options=rtc.KeyProviderOptions(shared_key=shared)) if shared else None


@asynccontextmanager
async def connect(
    access: Access, connection: rtc.Room, jwt: str, *, auto_subscribe: bool = True, longest_stream: int | None = None
) -> AsyncIterator[int]:
    """Join a room; gives the milliseconds that took, and leaves at the end.

    Without ``auto_subscribe`` nothing is received that is not asked for. A text or byte stream of more than
    ``longest_stream`` bytes is ended (None: whatever LiveKit's library allows). Raises LiveKitError within 20 s, and at
    once where there is no network at all.

    ``rtc.Room.connect`` must never be cancelled (it leaves a ghost in the room, and about 15 s later the SDK sends
    SIGTERM to this process). So it runs to its end in a task of its own, whatever becomes of the caller.
    """
    begun = time.monotonic()
    check_network(access.url)
    options = rtc.RoomOptions(
        auto_subscribe=auto_subscribe,
        rtc_config=ice_configuration(access.url),
        encryption=e2ee_options(access.e2ee_key),
        data_stream=rtc.DataStreamOptions(max_payload_byte_length=longest_stream),
    )
    joining = asyncio.ensure_future(connection.connect(access.url, jwt, options))
    try:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await asyncio.shield(joining)
        except rtc.ConnectError as error:
            raise livekit_fault(access.shown, error) from None
        except TimeoutError:
            raise said_of(access.url, JOIN_LATE.filled(seconds=CONNECT_SECONDS)) from None
        yield round((time.monotonic() - begun) * 1000)
    finally:
        if joining.done():
            await _leave(connection)
        else:
            joining.add_done_callback(lambda _: None)
            await _leave_late(connection, joining)


async def _leave(connection: rtc.Room) -> None:
    with anyio.move_on_after(LEAVE_SECONDS, shield=True):
        if connection.connection_state != rtc.ConnectionState.CONN_DISCONNECTED:
            await connection.disconnect()


async def _leave_late(connection: rtc.Room, joining: asyncio.Future[None]) -> None:
    with anyio.move_on_after(CONNECT_SECONDS, shield=True):
        await asyncio.wait([joining])
    if joining.done() and not joining.cancelled() and joining.exception() is None:
        await _leave(connection)


def livekit_fault(url: str, error: Exception) -> LiveKitError:
    """The error for a failed connection; the SDK's own text holds the whole token in some cases."""
    text = without_secrets(str(error))
    # A port or a host may look like a status.
    signs = re.sub(r"\w+://\S+", "", text)
    fault = next((fault for sign, fault in JOINING if sign in signs), None)
    return said_of(url, fault or JOIN_REFUSED.filled(why=quoted(text[-MOST_TOLD:])))


def said_of(url: str, fault: OutsideFault) -> LiveKitError:
    """The error of the server at ``url``, or of what is there instead of a LiveKit server."""
    who = "What answers" if fault.code == "not-livekit" else "LiveKit"
    return fault.error(LiveKitError, f"{who} at {without_login(url)} ")
