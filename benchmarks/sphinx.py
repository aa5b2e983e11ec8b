"""Our MCP server with pocketsphinx for ears, as where the weights of the default recogniser cannot be had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import anyio

from mcp_voice.server.app import serve
from mcp_voice.settings import load
from mcp_voice.speech.offline import engines

__all__ = ["pocketsphinx_only"]


class _Ears(engines.OfflineEngines):
    def __init__(self, weights: engines.Weights | None) -> None:  # whatever there is
        super().__init__(None)


@contextmanager
def pocketsphinx_only() -> Iterator[None]:
    """What is opened in the block hears with nothing else."""
    with patch.object(engines, "OfflineEngines", _Ears):
        yield


if __name__ == "__main__":
    with pocketsphinx_only():
        anyio.run(serve, load())
