"""Names and words that a room's recognisers should expect."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from mcp_voice.settings import listed
from mcp_voice.speech.catalogue import listen_for
from mcp_voice.speech.offers import Choice

if TYPE_CHECKING:
    from livekit.agents.stt import STT

__all__ = ["MOST_TERMS", "tell_keyterms"]

log = logging.getLogger(__name__)

MOST_TERMS = 100
"""Deepgram's own limit; the first count."""


def tell_keyterms(engine: STT[Any], choice: Choice, keyterms: str) -> None:
    """Tell a recogniser the terms, which commas separate; those of it that cannot be told are logged at DEBUG."""
    terms = list(dict.fromkeys(listed(keyterms)))[:MOST_TERMS]
    if terms and not listen_for(engine, choice, terms):
        log.debug("%s takes no key terms", choice.label)
