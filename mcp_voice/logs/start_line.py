"""What an operator wants to know of a process that starts, in one line of its log: no secret, no login."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from mcp_voice.errors import enumerated
from mcp_voice.redaction import without_login
from mcp_voice.settings import Settings
from mcp_voice.texts.foreign import shown

__all__ = ["start_log", "tell_start"]

start_log = logging.getLogger("mcp_voice.start")


def tell_start(settings: Settings, what: str, *, subjects: Sequence[str] = (), load: float | None = None) -> None:
    """Log at INFO what starts, the LiveKit and the store that it uses, who speaks and listens, and who may call.

    ``load`` is that of its machine, from 0 to 1, at which a worker takes no more rooms.
    """
    facts = list(_facts(settings, what, subjects))
    if load is not None:
        until = "at any load of this machine" if load >= 1 else f"until {load:.0%} of this machine is in use"
        facts.append(f"takes rooms {until} (MCP_VOICE_WORKER_LOAD)")
    start_log.info("%s", "; ".join(facts))


def _facts(settings: Settings, what: str, subjects: Sequence[str]) -> Iterator[str]:
    yield f"start: {what}"
    yield f"LiveKit: {shown(without_login(settings.livekit_url)) or 'embedded, on this machine'}"
    yield f"store: {_store(settings)}"
    if what == "worker":
        return
    if settings.workers:
        yield "sound: ask workers"
    if settings.http_issuer:
        yield f"authorization server: {shown(without_login(settings.http_issuer))}"
    if subjects:
        yield f"subjects: {enumerated(list(map(shown, subjects)))}"


def _store(settings: Settings) -> str:
    url = settings.store.get_secret_value()
    if not url:
        return "memory of this process"
    parts = urlsplit(url)
    where = parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"
    return f"{parts.scheme} {shown(where)}, {'encrypted' if settings.store_key.get_secret_value() else 'not encrypted'}"
