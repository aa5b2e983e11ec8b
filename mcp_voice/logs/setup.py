"""Standard logging on stderr, since stdout belongs to MCP or to what a command prints."""

from __future__ import annotations

import logging
import sys
import warnings

from mcp_voice.logs.redacting import SPEECH_LOGGERS, RedactingFormatter
from mcp_voice.logs.sdk_logs import of_interest
from mcp_voice.settings import Settings

__all__ = ["log_to_stderr", "without_short_key_warnings"]

SHORT_KEY = "The HMAC key is "
"""PyJWT's warning at each token made with a short secret, as ``livekit-server --dev`` has; doctor tells of it."""


def without_short_key_warnings() -> None:
    """For this process: what PyJWT says of a short secret is not shown."""
    warnings.filterwarnings("ignore", message=SHORT_KEY)


def log_to_stderr(settings: Settings) -> None:
    """Set it up, before the MCP SDK would install a handler of its own."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(of_interest)
    without_short_key_warnings()
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    if not settings.log_speech:
        for name in SPEECH_LOGGERS:
            logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(settings.log_level)))
