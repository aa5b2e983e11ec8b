"""The store as one job has it."""

from __future__ import annotations

import pytest

from mcp_voice.store.memory import MemoryStore
from mcp_voice.store.records import Failure, Outcome, Place, Progress, Request
from mcp_voice.workers.counted_store import CountedStore

pytestmark = pytest.mark.anyio

PLACE = Place("", "kitchen")
WORKER = "AD_1/AJ_1"


class Stage:
    """A store that counts into a list."""

    def __init__(self) -> None:
        self.counts: list[tuple[str, str]] = []
        self.kept = MemoryStore()
        self.store = CountedStore(self.kept, lambda kind, outcome: self.counts.append((kind, outcome)))

    async def opened(self, request_id: str) -> None:
        """Somebody asks."""
        question = Request(id=request_id, kind="ask", room_name="kitchen", text=request_id, open_seconds=900)
        await self.kept.open(question)


@pytest.fixture
def stage() -> Stage:
    """Of one test."""
    return Stage()


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        (Outcome(result={"status": "answered"}), "answered"),
        (Outcome(failure=Failure(error="LiveKitError", what="It is gone.", code="room-gone")), "room-gone"),
        (Outcome(result={"status": ["answered"]}), "done"),
        (Outcome(), "done"),
    ],
)
async def test_what_is_over_is_counted_once(stage: Stage, outcome: Outcome, counted: str) -> None:
    """An answer may be written twice: an acknowledgement gets lost."""
    await stage.opened("q1")
    (state,) = await stage.store.waiting(PLACE)
    claimed = await stage.store.claim(state, worker=WORKER)
    assert claimed is not None
    assert await stage.store.answer(claimed, outcome)
    assert await stage.store.answer(claimed, outcome)
    assert stage.counts == [("ask", counted)]


async def test_a_claim_that_another_one_has_is_not_ours_any_more(stage: Stage) -> None:
    """It is another one's to answer, and to count."""
    await stage.opened("q1")
    (state,) = await stage.store.waiting(PLACE)
    claimed = await stage.store.claim(state, worker=WORKER)
    assert claimed is not None
    await stage.kept.give_back(claimed, Progress())
    (state,) = await stage.kept.waiting(PLACE)
    assert await stage.kept.claim(state, worker="AD_2/AJ_2")
    assert not (await stage.store.renew(claimed, Progress())).is_ours
    assert stage.counts == [("ask", "lost")]


async def test_what_is_given_back_is_counted_as_that(stage: Stage) -> None:
    """Another one carries it on."""
    await stage.opened("q1")
    (state,) = await stage.store.waiting(PLACE)
    claimed = await stage.store.claim(state, worker=WORKER)
    assert claimed is not None
    await stage.store.give_back(claimed, Progress())
    assert stage.counts == [("ask", "given-back")]
    assert len(await stage.kept.waiting(PLACE)) == 1
