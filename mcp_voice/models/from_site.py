"""A model whose files lie beside each other at a server."""

from __future__ import annotations

from functools import partial

from mcp_voice.models.catalogue import ModelFile
from mcp_voice.models.download import Span, download
from mcp_voice.models.staging import Staging
from mcp_voice.models.transport import Link, Transport

__all__ = ["from_site"]


async def from_site(transport: Transport, url: str, staging: Staging, files: list[ModelFile]) -> None:
    """Fetch the files one after the other; raises ModelError."""
    for file in files:
        staging.expect(file.name, file.size)
    for file in files:
        link = Link(f"{url}/{file.name}")
        took = partial(staging.took, file.name)
        await download(transport, link, staging.part(file.name), Span(file.size), took=took)
        await staging.accept(file, link=link)
