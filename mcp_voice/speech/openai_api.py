"""What a client of OpenAI's API is told where nothing is set."""

from __future__ import annotations

__all__ = ["NO_KEY", "OPENAI_URL"]

NO_KEY = "not-needed"
"""Local OpenAI-compatible servers want no key, but the client insists on one."""
OPENAI_URL = "https://api.openai.com/v1"
