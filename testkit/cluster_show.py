"""``./scripts/cluster``: a whole cluster on this machine, of which one part after the other is killed."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mcp_voice.cli.demo import on_screen
from mcp_voice.demo.screen import Screen
from mcp_voice.errors import VoiceError
from testkit.asking import Asking
from testkit.cluster import cluster
from testkit.cluster_day import ASKS, FAULTS, ROOMS, Day, day

__all__ = ["main"]


def main(
    rooms: Annotated[int, typer.Option(min=1, max=len(ROOMS), help="Rooms, with a person in each.")] = len(ROOMS),
    asks: Annotated[int, typer.Option(min=1, max=len(ASKS), help="Questions in each room.")] = len(ASKS),
    at_once: Annotated[int, typer.Option(min=1, max=len(ROOMS), help="Questions that are open at a time.")] = 3,
    faults: Annotated[bool, typer.Option(help="Kill a worker, a replica, Redis and livekit-server.")] = True,  # noqa: FBT002  # Typer makes a flag of it
) -> None:
    """Run Redis, livekit-server, two workers and two replicas, and ask people in rooms while they are killed."""

    async def play(screen: Screen) -> None:
        # Each person's connection tells of each attempt while livekit-server is away.
        logging.getLogger("livekit").setLevel(logging.CRITICAL)
        with tempfile.TemporaryDirectory(prefix="mcp-voice-cluster-") as folder:
            async with (
                cluster(Path(folder), told=screen.step) as running,
                day(
                    running,
                    rooms=rooms,
                    asks=ASKS[:asks],
                    faults=FAULTS if faults else (),
                    at_once=at_once,
                    told=screen.says,
                ) as done,
            ):
                screen.heading("Results")
                screen.show(_table(done), Text())
                _judge(done, screen)

    on_screen(play)


def _judge(done: Day, screen: Screen) -> None:
    wrong = done.wrong()
    again = sum(done.spoken(each) == 2 for each in done.asked)
    screen.show(Text(f"{len(done.asked)} questions: {len(done.asked) - len(wrong)} right, {again} of them asked twice"))
    if wrong:
        raise VoiceError(
            f"{len(wrong)} questions did not come back with what was said to them.",
            fix="Run it again on a less busy machine, or with --at-once 1.",
            code="cluster",
        )


def _table(done: Day) -> Table:
    table = Table("room", "question", "reply", "asked at", "spoken by", "s", "", box=None, header_style="bold")
    wrong = done.wrong()
    for each in sorted(done.asked, key=lambda each: each.room_name):
        table.add_row(*_row(done, each), "[red]wrong" if each in wrong else "")
    return table


def _row(done: Day, asking: Asking) -> list[str]:
    status = asking.answer.status if asking.answer is not None else "no answer"
    replicas = " → ".join(f"replica {number + 1}" for number in asking.replicas)
    spoken = " → ".join(f"worker {number + 1}" for number in done.cluster.spoken(asking.question))
    seconds = f"{asking.ended_at - asking.asked_at:.1f}"
    return [asking.room_name, asking.question, asking.reply or status, replicas, spoken, seconds]


if __name__ == "__main__":
    typer.run(main)
