"""Task groups whose errors can be caught by type."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup

from mcp_voice.errors import VoiceError

__all__ = ["owned_tasks"]


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


@asynccontextmanager
async def owned_tasks() -> AsyncIterator[TaskGroup]:
    """A task group that raises an only error, or else the first VoiceError, as it is instead of as a group."""
    try:
        async with anyio.create_task_group() as tasks:
            yield tasks
    except BaseExceptionGroup as group:
        errors = list(_leaves(group))
        spoken = [error for error in errors if isinstance(error, VoiceError)]
        if len(errors) == 1 or spoken:
            error = (spoken or errors)[0]
            raise error from error.__cause__  # which says what went wrong; the group adds nothing
        raise
