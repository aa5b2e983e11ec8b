"""From the start of the process to the answered ``tools/list``, beside a bare server of the same SDK."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.stage import Stage

__all__ = ["measure"]


async def measure(stage: Stage, *, samples: int) -> dict[str, Any]:
    """Milliseconds of each start, the two servers taking turns."""
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for kind in taken:
        await _start(stage, kind)  # The first one reads files that are not in memory yet.
    for index in range(samples):
        stage.progress(f"start {index + 1} of {samples}")
        for kind, values in taken.items():
            values.append(await _start(stage, kind))
    return {"start_ms": taken}


async def _start(stage: Stage, kind: str) -> float:
    begun = time.monotonic()
    async with stage.host(kind) as host:
        await host.client.list_tools()
        return round((time.monotonic() - begun) * 1000, 1)
