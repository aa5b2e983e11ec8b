"""The workflows for n8n: whole, without secrets, and for the webhooks that the companion calls.

n8n itself is no part of the tests (3 GB). These look at what can be wrong with a file by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from livekit.api.access_token import VideoGrants

from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks.verdict import failed

FOLDER = Path(__file__).parents[2] / "deploy" / "n8n"
FILES = sorted(FOLDER.glob("*.json"))
VERSIONS = {
    "webhook": 2.1,
    "respondToWebhook": 1.5,
    "set": 3.4,
    "gmail": 2.2,
    "postgres": 2.6,
    "jwt": 1,
    "stickyNote": 1,
}
"""The nodes that n8n 2.41.1 was seen to run, by the version of each."""
FIELDS = {
    "send-email": {"to", "subject", "body", "cc"},
    "query-database": {"query", "filters", "max_results"},
    "livekit-token": {"room_name", "participant_identity", "participant_name"},
}


def workflow(name: str) -> dict[str, Any]:
    """One of the files."""
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return read


def nodes(flow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Its nodes by name."""
    return {node["name"]: node for node in flow["nodes"]}


def followers(flow: dict[str, Any], name: str) -> Iterator[list[str]]:
    """What follows a node, for each of its outputs."""
    for output in flow["connections"].get(name, {}).get("main", []):
        yield [each["node"] for each in output]


def kind(node: dict[str, Any]) -> str:
    """A node's type without the package."""
    package, _, name = node["type"].partition(".")
    assert package == "n8n-nodes-base"
    return str(name)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_node_is_there_once_reached_and_of_a_known_version(file: Path) -> None:
    """An import with a node that leads nowhere looks whole, and answers nobody."""
    flow = workflow(file.stem)
    named = nodes(flow)
    assert len(named) == len(flow["nodes"]) == len({node["id"] for node in flow["nodes"]})
    assert {kind(node): node["typeVersion"] for node in flow["nodes"]}.items() <= VERSIONS.items()
    reached = {follower for name in named for output in followers(flow, name) for follower in output}
    assert reached == {name for name, node in named.items() if kind(node) not in {"webhook", "stickyNote"}}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_way_through_ends_in_an_answer_and_a_failure_is_told_as_one(file: Path) -> None:
    """Without an answer the human waits until the limit; with a good one they are told that it is done."""
    flow = workflow(file.stem)
    named = nodes(flow)
    for name, node in named.items():
        outputs = list(followers(flow, name))
        if kind(node) in {"respondToWebhook", "stickyNote"}:
            assert outputs == []
            continue
        assert all(outputs)
        assert len(outputs) == (2 if node.get("onError") == "continueErrorOutput" else 1)
        if len(outputs) == 2:
            (bad,) = outputs[1]
            parameters = named[bad]["parameters"]
            assert parameters["options"]["responseCode"] == 502
            assert failed(json.loads(parameters["responseBody"]), reads=True)
    assert any(node.get("onError") for node in named.values())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_whoever_calls_needs_a_credential_and_none_is_in_the_file(file: Path) -> None:
    """An id belongs to one n8n; a webhook open to everybody would send anybody's e-mails."""
    flow = workflow(file.stem)
    assert flow["active"] is False
    for node in flow["nodes"]:
        assert all(each["id"] == "" for each in node.get("credentials", {}).values())
    assert nodes(flow)["Webhook"]["parameters"]["authentication"] == "headerAuth"
    assert "httpHeaderAuth" in nodes(flow)["Webhook"]["credentials"]


@pytest.mark.parametrize(
    ("name", "path"), [("send-email", "webhook_email_path"), ("query-database", "webhook_database_path")]
)
def test_the_paths_are_those_that_the_companion_calls_by_default(name: str, path: str) -> None:
    """Nothing has to be set but the address."""
    parameters = nodes(workflow(name))["Webhook"]["parameters"]
    assert parameters["httpMethod"] == "POST"
    assert f"/webhook/{parameters['path']}" == AgentSettings.model_fields[path].default


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_field_that_is_sent_is_used_and_no_other(file: Path) -> None:
    """A field by another name is undefined in n8n, and silently so."""
    text = file.read_text(encoding="utf-8")
    assert set(re.findall(r"\$json\.body\.(\w+)", text)) == FIELDS[file.stem]


def test_a_token_grants_what_livekit_knows_and_nothing_that_administers() -> None:
    """A grant that is misspelt is one that is missing."""
    claims = nodes(workflow("livekit-token"))["Claims"]["parameters"]["jsonOutput"]
    (video,) = re.findall(r"video: \{(.*?)\n  \}", claims, flags=re.DOTALL)
    granted = set(re.findall(r"^\s+(\w+):", video, flags=re.MULTILINE))
    snake = {re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", name) for name in granted}
    assert snake <= set(VideoGrants.__dataclass_fields__)
    assert granted == {"room", "roomJoin", "canPublish", "canSubscribe", "canPublishData"}


def test_all_files_are_in_the_table() -> None:
    """With the path of each."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for file in FILES:
        path = nodes(workflow(file.stem))["Webhook"]["parameters"]["path"]
        assert f"| `{file.name}` | `POST /webhook/{path}` |" in text
