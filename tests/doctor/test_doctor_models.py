"""What doctor reads of a speech server that is asked for its models: anything, of any length."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import anyio
import pytest

from mcp_voice.doctor.models import MOST_BYTES, server_problem
from mcp_voice.settings import Settings, load
from mcp_voice.speech.offers import Choice
from testkit.file_server import FileServer, endless, file_server

pytestmark = pytest.mark.anyio

CHOICE = Choice("tts", "openai", "kokoro", "", "OPENAI_API_KEY")


@pytest.fixture
async def server() -> AsyncIterator[FileServer]:
    """A speech server whose list of models is up to the test."""
    async with file_server() as started:
        yield started


def leading(server: FileServer) -> Settings:
    """Settings that lead to it."""
    return load(openai_base_url=f"{server.url}/v1", _env_file=None)


async def test_a_list_without_an_end_is_read_no_further_than_any_list_is_long(
    server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it was kept in memory for as long as it came."""
    monkeypatch.setattr("mcp_voice.doctor.models.ANSWER_SECONDS", 60.0)
    server.files["/v1/models"] = b" " * 1000
    server.always = endless
    with anyio.fail_after(30):
        assert await server_problem(leading(server), CHOICE) is None


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"data": [{"id": ' + b"[" * 2_000 + b"]" * 2_000 + b"}]}",
        b"\xff\xfe",
        b"",
        b"null",
        b'{"data": {"id": 1}}',
    ],
    ids=["deep", "deep inside", "deep id", "no text", "nothing", "null", "no list"],
)
async def test_an_answer_that_makes_no_sense_is_no_list_of_models(server: FileServer, body: bytes) -> None:
    """Doctor itself failed of one that was nested deeply enough."""
    server.files["/v1/models"] = body
    problem = await server_problem(leading(server), CHOICE)
    assert problem is None or problem.name == "model-not-there"


async def test_a_long_list_is_read_whole(server: FileServer) -> None:
    """A gateway to all providers has thousands."""
    names = [f"provider/model-{number}" for number in range(20_000)]
    server.files["/v1/models"] = json.dumps({"data": [{"id": name} for name in (*names, "kokoro")]}).encode()
    assert len(server.files["/v1/models"]) < MOST_BYTES
    assert await server_problem(leading(server), CHOICE) is None
    server.files["/v1/models"] = json.dumps({"data": [{"id": name} for name in names]}).encode()
    problem = await server_problem(leading(server), CHOICE)
    assert problem is not None
    assert problem.name == "model-not-there"
