"""One connection to one LiveKit room: joining that survives cancellation, leaving that always happens."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from livekit import rtc
from pydantic import SecretStr

from mcp_voice.errors import LiveKitError, quoted
from mcp_voice.outside_faults.livekit import JOIN_LATE, JOIN_REFUSED, JOINING
from mcp_voice.process.loopback import is_on_loopback
from mcp_voice.redaction import without_secrets
from mcp_voice.room.access import Access, said_of
from mcp_voice.room.interfaces import check_network

__all__ = ["connect", "e2ee_options", "livekit_fault"]

CONNECT_SECONDS = 20.0
MOST_TOLD = 80
LEAVE_SECONDS = 3.0
LOOPBACK_STUN = "stun:127.0.0.1:3478"
"""Nothing listens there. Naming it keeps libwebrtc from looking up public STUN servers, which on a machine
without DNS strands about twelve resolver threads for each connection."""


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
