"""A subject's calls a minute, which all processes that share a store count together."""

from __future__ import annotations

import logging

import anyio

from mcp_voice.bounds.rate_limit import Limit
from mcp_voice.errors import StoreError
from mcp_voice.store.seam import AskStore

__all__ = ["charge"]

log = logging.getLogger(__name__)

CHARGE_SECONDS = 0.5
"""A store that has not answered by then holds up no call: each process counts its own as well."""


async def charge(store: AskStore, subject: str, limit: Limit) -> float:
    """Count a call of a subject; seconds until it may be made, 0: now, or the store cannot say."""
    with anyio.move_on_after(CHARGE_SECONDS):
        try:
            return await store.charge(subject, limit)
        except StoreError as error:
            log.info("a call cannot be counted in the store (%s)", error.code)
    return 0.0
