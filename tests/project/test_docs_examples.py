"""Code in the documents against the code: what it imports is there, and takes these arguments."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
from typing import Any

import pytest
from pydantic import TypeAdapter

import mcp_voice
from mcp_voice.results import Answer
from mcp_voice.settings import Settings, variable
from testkit.documents import DOCUMENTS, blocks, read

FOREIGN = {"langchain_mcp_adapters"}
"""Not installed here: of such a block only what it takes from us is compared."""
HOSTS = ["README.md", "docs/hosts.md"]


def python_blocks() -> list[tuple[str, str]]:
    """Each Python block of the documents, with the document."""
    return [(document, block) for document in DOCUMENTS for block in blocks(read(document), "python")]


def json_blocks(document: str) -> list[dict[str, Any]]:
    """Each JSON block of a document; none may be one that cannot be read."""
    found = [json.loads(block) for block in blocks(read(document), "json")]
    assert len(found) == read(document).count("```json")
    return found


def imported(tree: ast.AST) -> dict[str, Any]:
    """What a block imports by name, and the functions of mcp_voice that it may leave to an earlier block to import."""
    names = {name: getattr(mcp_voice, name) for name in mcp_voice.__all__}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] not in FOREIGN:
            module = importlib.import_module(node.module)
            names.update({each.asname or each.name: getattr(module, each.name) for each in node.names})
    return names


def called(node: ast.expr, names: dict[str, Any]) -> Any:
    """What is called, where it is one of these names, or an attribute of one."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
        return getattr(names[node.value.id], node.attr)
    return None


@pytest.mark.parametrize(("document", "block"), python_blocks())
def test_python_examples_call_what_there_is(document: str, block: str) -> None:
    """Each can be read, its imports exist, and its calls of what it imports have the arguments that these take."""
    tree = ast.parse(block)
    names = imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (function := called(node.func, names)) is not None:
            given = {each.arg: None for each in node.keywords if each.arg}
            inspect.signature(function).bind(*node.args, **given)


def test_the_library_and_the_frameworks_have_examples() -> None:
    """What is compared above is there."""
    documents = {document for document, _ in python_blocks()}
    assert {"README.md", "docs/scripts.md", "docs/agent-frameworks.md"} <= documents


@pytest.mark.parametrize("document", HOSTS)
def test_host_configurations_start_the_package(document: str) -> None:
    """Each is one that a host takes as it stands, with settings that exist."""
    configurations = [found for found in json_blocks(document) if "status" not in found]
    assert configurations
    for configuration in configurations:
        (servers,) = configuration.values()
        (server,) = servers.values()
        assert (server["command"], server["args"]) == ("uvx", ["mcp-voice"])
        assert set(server.get("env", {})) <= {variable(name) for name in Settings.model_fields}


def test_the_result_that_is_shown_is_one_that_a_host_may_get() -> None:
    """The first thing a newcomer sees of it."""
    (shown,) = [found for found in json_blocks("README.md") if "status" in found]
    assert set(shown) <= set(Answer.model_fields)
    for name, value in shown.items():
        annotation: Any = Answer.model_fields[name].annotation
        kind: TypeAdapter[Any] = TypeAdapter(annotation)
        assert kind.dump_python(kind.validate_python(value)) == value
