"""server.json, as the MCP registry will read it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import jsonschema
import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from mcp_voice.settings import Settings, load, variable
from testkit.documents import ROOT, read

# The registry shows a user a field of the right kind; a string is its own default.
FORMATS = {bool: "boolean", float: "number", Path: "filepath"}


@pytest.fixture
def entry() -> dict[str, Any]:
    """What server.json holds."""
    loaded: dict[str, Any] = json.loads(read("server.json"))
    return loaded


@pytest.fixture
def project() -> dict[str, Any]:
    """What pyproject.toml says of the package."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        loaded: dict[str, Any] = tomllib.load(file)["project"]
    return loaded


def plain(annotation: Any) -> Any:
    """The type itself, where None is allowed beside it."""
    if get_origin(annotation) in (Union, UnionType):
        return next(each for each in get_args(annotation) if each is not type(None))
    return annotation


def written(default: Any) -> str:
    """A default as an environment variable holds it; empty where there is none."""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float):
        return f"{default:g}"
    return str(default or "")


def declared(name: str, field: FieldInfo) -> dict[str, Any]:
    """The registry's words for a setting."""
    kind = plain(field.annotation)
    found: dict[str, Any] = {"name": variable(name), "description": field.description}
    if default := written(field.get_default()):
        found["default"] = default
    if get_origin(kind) is Literal:
        found["choices"] = list(get_args(kind))
    if kind in FORMATS:
        found["format"] = FORMATS[kind]
    if kind is SecretStr:
        found["isSecret"] = True
    return found


def test_server_json_keeps_the_registrys_rules(entry: dict[str, Any]) -> None:
    """An entry that breaks one of them is refused when it is published, which is after the release."""
    schema = json.loads(read("tests/data/server.schema.json"))
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(entry)


@pytest.mark.parametrize(
    "mistake",
    [
        {"description": "x" * 101},
        {"version": "latest"},
        {"version": ">=1.0"},
        {"name": "mcp-voice"},
        {"packages": [{"registryType": "pypi", "identifier": "mcp-voice", "version": "0.1.0"}]},
        {"$schema": "https://static.modelcontextprotocol.io/schemas/2025-09-29/server.schema.json"},
        {"licence": "Apache-2.0"},
    ],
)
def test_the_rules_refuse_what_the_registry_refuses(entry: dict[str, Any], mistake: dict[str, Any]) -> None:
    """A schema that lets everything pass would prove nothing."""
    schema = json.loads(read("tests/data/server.schema.json"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(entry | mistake, schema)


def test_every_setting_is_declared_as_it_is(entry: dict[str, Any]) -> None:
    """A host asks its user for these: in the table's order, with the default, and secrets hidden while typed."""
    (package,) = entry["packages"]
    expected = [declared(name, field) for name, field in Settings.model_fields.items()]
    assert package["environmentVariables"] == expected, json.dumps(expected, indent=2)


def test_the_defaults_are_values_that_can_be_set(entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A host may set what it was told is the default, and fill in nothing elsewhere: but for the limit to rooms."""
    for each in entry["packages"][0]["environmentVariables"]:
        monkeypatch.delenv(each["name"], raising=False)
    plain_settings = load(_env_file=None)
    for each in entry["packages"][0]["environmentVariables"]:
        if each["name"] != variable("rooms"):
            monkeypatch.setenv(each["name"], each.get("default", ""))
    assert load(_env_file=None) == plain_settings


def test_the_package_is_the_one_that_is_built_and_starts_as_readme_says(
    entry: dict[str, Any], project: dict[str, Any]
) -> None:
    """`uvx NAME` runs the command that is called like the package."""
    (package,) = entry["packages"]
    assert package["identifier"] == project["name"]
    assert package["identifier"] in project["scripts"]
    assert (package["registryType"], package["runtimeHint"]) == ("pypi", "uvx")
    assert package["transport"] == {"type": "stdio"}


def test_the_version_is_the_same_everywhere(entry: dict[str, Any], project: dict[str, Any]) -> None:
    """A release sets it in three places; the registry refuses a package version that PyPI does not have."""
    assert entry["version"] == project["version"]
    assert entry["packages"][0]["version"] == project["version"]
    latest = re.search(r"^## \[(\d+\.\d+\.\d+)\]|^What will be (\d+\.\d+\.\d+)\.$", read("CHANGELOG.md"), re.MULTILINE)
    assert latest
    assert project["version"] in latest.groups()


def test_readme_names_the_entry_so_that_the_registry_sees_who_owns_the_package(
    entry: dict[str, Any], project: dict[str, Any]
) -> None:
    """The registry looks for this line in the description on PyPI, which is the README."""
    assert project["readme"] == "README.md"
    assert f"<!-- mcp-name: {entry['name']} -->" in read("README.md").splitlines()


def test_entry_and_readme_name_the_same_repository(entry: dict[str, Any]) -> None:
    """The name's owner is the owner of the repository, which is how the registry grants it."""
    owner = entry["name"].removeprefix("io.github.").partition("/")[0]
    url = entry["repository"]["url"]
    assert url.startswith(f"https://github.com/{owner}/")
    assert f"git clone {url}\n" in read("README.md").replace(" && ", "\n")
