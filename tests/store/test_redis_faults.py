"""What a Redis says that cannot be used now is told as that, however it says so: by itself, or to a script of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisUnreachable
from redis.exceptions import ResponseError

from mcp_voice.store.redis_faults import code_of, store_error
from testkit.redis_server import redis_server
from testkit.stores import an_ask, refused, shared_store

IN_SCRIPT = "Error running script (call to f_6b1b): @user_script:9: @user_script: 9: -"
"""How Redis 6.2 begins what a command of a script has met; redis-py takes the ERR before it out."""


@pytest.mark.anyio
async def test_a_replica_that_has_lost_its_primary_is_unreachable_and_holds_nothing_broken(tmp_path: Path) -> None:
    """Told as something that others have written, it would have a sweep pass over every subject."""
    async with redis_server(tmp_path, replica_serve_stale_data="no") as server, shared_store(server.url) as store:
        state = await store.open(an_ask())
        await server.command("REPLICAOF", "127.0.0.1", 1)
        for call in (
            lambda: store.find(state.request.id, subject="ops"),
            lambda: store.overdue(unclaimed_seconds=0),
            store.users.others,
        ):
            error = await refused(call)
            assert error.code == "store-unreachable"
            assert "accepts no commands now" in error.what
        await server.command("REPLICAOF", "NO", "ONE")
        assert (await store.find(state.request.id, subject="ops")).is_open


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [
        ("READONLY You can't write against a read only replica.", "store-unreachable", "is a read-only replica"),
        ("OOM command not allowed when used memory > 'maxmemory'.", "store-full", "has no memory left"),
        ("MISCONF Errors writing to the AOF file: No space left", "store-full", "cannot write to its disk"),
        ("NOREPLICAS Not enough good replicas to write.", "store-unreachable", "accepts no commands now"),
        ("NOPERM this user has no permissions to run it", "store-unreachable", "denies access"),
    ],
    ids=lambda text: text.partition(" ")[0],
)
def test_what_a_script_has_met_is_told_as_what_a_command_has(text: str, code: str, what: str) -> None:
    """Redis 6.2 wraps it into an error of the script's."""
    for said in (text, f"{IN_SCRIPT}{text}"):
        error = ResponseError(said)
        assert code_of(error) == text.partition(" ")[0]
        told = store_error(error, address="here:6379")
        assert (told.code, what in told.what) == (code, True)


def test_a_redis_with_too_many_clients_is_not_said_to_be_away() -> None:
    """It runs, as `redis-cli` shows; what helps is another thing."""
    told = store_error(RedisUnreachable("max number of clients reached"), address="here:6379")
    assert told.code == "store-unreachable"
    assert "maxclients" in told.fix
