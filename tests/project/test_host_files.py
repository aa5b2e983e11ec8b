"""What hosts read of us: the plugin, the bundle, the one-click links, the icon; each is as its script writes it."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import struct
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from mcp_voice.server.app import build
from mcp_voice.settings import Settings, load, variable
from testkit.documents import ROOT, read, targets

CONFIG = {"command": "uvx", "args": ["mcp-voice"]}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("host_files", ROOT / "scripts" / "host_files.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def loaded(name: str) -> dict[str, Any]:
    """A JSON file."""
    found: dict[str, Any] = json.loads(read(name))
    return found


def test_every_file_for_hosts_is_as_the_script_writes_it(script: ModuleType) -> None:
    """After a change of version or settings: `python scripts/host_files.py`."""
    assert [path.name for path, text in script.files().items() if path.read_text(encoding="utf-8") != text] == []


def test_the_version_is_that_of_the_package_in_every_file_for_hosts(script: ModuleType) -> None:
    """A host that starts another version than it shows cannot be helped."""
    version = script.version()
    plugin, bundle = loaded("plugin/.claude-plugin/plugin.json"), loaded("mcpb/manifest.json")
    (listed,) = loaded(".claude-plugin/marketplace.json")["plugins"]
    assert {plugin["version"], bundle["version"], listed["version"], loaded("server.json")["version"]} == {version}
    assert plugin["mcpServers"]["voice"]["args"][-1] == f"mcp-voice@{version}"
    assert f'dependencies = ["mcp-voice=={version}"]' in read("mcpb/pyproject.toml")


@pytest.mark.parametrize("name", ["plugin/.claude-plugin/plugin.json", "mcpb/manifest.json"])
def test_a_hosts_form_sets_what_there_is_and_hides_secrets(name: str) -> None:
    """Each field reaches the setting that it names, and what is secret is typed unseen."""
    content = loaded(name)
    form = content.get("userConfig") or content["user_config"]
    environment = (content.get("mcpServers", {}).get("voice") or content["server"]["mcp_config"])["env"]
    fields = {variable(field): field for field in Settings.model_fields}
    assert {re.sub(r"\$\{user_config\.(\w+)}", r"\1", value) for value in environment.values()} == set(form)
    for setting, value in environment.items():
        field = Settings.model_fields[fields[setting]]
        shown = form[value.removeprefix("${user_config.").removesuffix("}")]
        assert shown["description"] == field.description
        assert shown.get("sensitive", False) == ("SecretStr" in str(field.annotation))


def test_what_nobody_fills_in_changes_nothing(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host passes on an empty text for it, or the default that the form shows."""
    for setting in script.SETTINGS:
        monkeypatch.delenv(setting, raising=False)
    plain = load(_env_file=None)
    for setting in script.SETTINGS:
        monkeypatch.setenv(setting, script.form()[setting.lower()].get("default", ""))
    assert load(_env_file=None) == plain


def test_the_plugins_command_and_skill_are_there_and_say_what_they_are_for() -> None:
    """Claude Code shows the description, and reads the rest when it is wanted."""
    (listed,) = loaded(".claude-plugin/marketplace.json")["plugins"]
    folder = ROOT / listed["source"]
    files = [*folder.glob("commands/*.md"), *folder.glob("skills/*/SKILL.md")]
    assert len(files) == 2
    for path in files:
        head = re.match(r"---\n(.*?)\n---\n", path.read_text(encoding="utf-8"), re.DOTALL)
        assert head, path
        assert "\ndescription: " in f"\n{head[1]}", path


@pytest.mark.anyio
async def test_the_skill_names_tools_that_there_are() -> None:
    """A model would call what it reads there."""
    tools = {tool.name for tool in await build(load(_env_file=None)).list_tools()}
    text = read("plugin/skills/asking-by-voice/SKILL.md") + read("plugin/commands/ask-aloud.md")
    named = set(re.findall(r"`(\w+_\w+)\(?", text))
    assert {"ask_in_room", "wait_for_reply", "say_in_room"} <= named & tools
    assert {name for name in named - tools if name.endswith(("_room", "_rooms", "_ask", "_reply"))} == set()


def test_the_one_click_links_hold_what_the_documents_say() -> None:
    """Decoded as the hosts do it."""
    text = read("docs/hosts.md")
    web = {urlsplit(each).netloc: urlsplit(each) for each in targets(text) if "install" in each}
    cursor = parse_qs(web["cursor.com"].query)
    assert (cursor["name"], json.loads(base64.b64decode(cursor["config"][0]))) == (["voice"], CONFIG)
    code = parse_qs(web["insiders.vscode.dev"].query)
    assert (code["name"], json.loads(code["config"][0])) == (["voice"], CONFIG)
    (deep,) = re.findall(r"`(cursor://[^`]+)`", text)
    assert parse_qs(urlsplit(deep).query) == cursor
    (scheme,) = re.findall(r"`vscode:mcp/install\?([^`]+)`", text)
    assert json.loads(unquote(scheme)) == {"name": "voice", **CONFIG}


def test_the_icon_is_a_square_png_that_hosts_take() -> None:
    """512 to 2048 pixels; the bundle and the directory of plugins want one."""
    data = Path(ROOT, "assets", "icon.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    assert width == height == 512
