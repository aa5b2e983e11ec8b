"""Model files on disk: which there are, where each is, and how it is fetched once.

Nothing of LiveKit is imported here, and an HTTP client only when something is fetched.
"""

from mcp_voice.models.background import Background
from mcp_voice.models.catalogue import MODELS, MOONSHINE_STREAMING, MOONSHINE_TINY_EN, PIPER, Model, named
from mcp_voice.models.cost import megabytes
from mcp_voice.models.found import found, located
from mcp_voice.models.store import place

__all__ = [
    "MODELS",
    "MOONSHINE_STREAMING",
    "MOONSHINE_TINY_EN",
    "PIPER",
    "Background",
    "Model",
    "found",
    "located",
    "megabytes",
    "named",
    "place",
]
