"""Simulated workers, a process of their own: each holds a room, claims what is asked there, and answers it at once."""

from __future__ import annotations

import gc
import time
from contextlib import suppress

import anyio
from pydantic import SecretStr

from benchmarks.child import first_line, tell, until_closed
from mcp_voice.errors import StoreError
from mcp_voice.settings import load
from mcp_voice.store.opening import open_store
from mcp_voice.store.records import Outcome, Place, Progress, State
from mcp_voice.store.seam import RENEW_SECONDS, AskStore
from mcp_voice.tasks import owned_tasks

WORKER = "worker-1"


async def _carry_out(store: AskStore, state: State) -> None:
    """As a carrier does: claimed, spoken, half heard, answered."""
    claimed = await store.claim(state, worker=WORKER)
    if claimed is None:
        return
    for phase, words in (("speaking", ""), ("listening", "the third")):
        result = {"status": "pending", "ask_id": state.request.id, "heard_so_far": words}
        await store.renew(claimed, Progress(phase=phase, line=phase, result=result, spoken_times=1))
    # The clock is one for all processes of a machine.
    reply = {"status": "answered", "ask_id": state.request.id, "reply": "the third floor", "at": time.monotonic()}
    await store.answer(claimed, Outcome(result=reply))


async def _work(store: AskStore, place: Place) -> None:
    async with store.place_changes(place) as bell:
        while True:
            change = bell.next
            # What is late is found again, or counted as lost by whoever asked.
            with suppress(StoreError):
                await store.hold(place, worker=WORKER)
                for state in await store.waiting(place):
                    await _carry_out(store, state)
            with anyio.move_on_after(RENEW_SECONDS):
                await change.wait()


async def _serve() -> None:
    told = first_line()
    settings = load(_env_file=None, store=SecretStr(told["url"]), store_key=SecretStr(told["key"]))
    async with open_store(settings) as store, owned_tasks() as tasks:
        for subject, room_name in told["places"]:
            tasks.start_soon(_work, store, Place(subject, room_name))
        gc.collect()
        gc.freeze()
        tell(ready=True)
        await until_closed()
        tasks.cancel_scope.cancel()


if __name__ == "__main__":
    anyio.run(_serve)
