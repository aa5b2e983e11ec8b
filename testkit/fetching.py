"""A process that fetches a model of the tests: ``python -m testkit.fetching SERVER CACHE``; prints the folder."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio

from mcp_voice.models.catalogue import Site
from mcp_voice.models.fetch import fetch
from mcp_voice.settings import load
from testkit.toy_models import QUICK, toy

__all__: list[str] = []


async def main(url: str, cache: str) -> None:
    """Fetch it, saying when the first bytes have come."""
    settings = load(cache_dir=Path(cache), _env_file=None)
    print(await fetch(toy(Site(f"{url}/toy")), settings, limits=QUICK), flush=True)  # noqa: T201


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], sys.argv[2])
