"""Write what hosts read of us: the Claude Code plugin, the bundle for Claude Desktop, the one-click links.

Version and settings come from ``pyproject.toml`` and ``server.json``. A test says if a file is not what this writes.
"""

from __future__ import annotations

import base64
import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "https://github.com/mcp-voice/mcp-voice"
AUTHOR = {"name": "mcp-voice", "url": "https://github.com/mcp-voice"}
KEYWORDS = ["voice", "speech", "livekit", "ask", "meeting", "phone"]
SETTINGS = {
    "LIVEKIT_URL": "LiveKit URL",
    "LIVEKIT_API_KEY": "LiveKit API key",
    "LIVEKIT_API_SECRET": "LiveKit API secret",
    "OPENAI_API_KEY": "OpenAI API key",
    "DEEPGRAM_API_KEY": "Deepgram API key",
    "CARTESIA_API_KEY": "Cartesia API key",
    "MCP_VOICE_STT": "Speech to text",
    "MCP_VOICE_TTS": "Text to speech",
    "MCP_VOICE_LANGUAGE": "Language",
    "MCP_VOICE_NAME": "Visible name",
    "MCP_VOICE_OPEN_BROWSER": "Open the join page by itself",
}
"""What people want to set in a host's form, with its title there. Hosts pass on an empty text for what nobody has set,
so ``MCP_VOICE_ROOMS`` is not among them: empty, it is an error, since it is a limit."""
PYTHON = ">=3.11,<3.14"
"""For 3.14 the offline recogniser has no wheel."""
BEGIN, END = "<!-- one-click links, by scripts/host_files.py -->", "<!-- end of one-click links -->"
LONG = """\
A model asks a question aloud, somebody answers by voice, chat or keypad, and their words come back as the result. \
Without settings it runs a LiveKit server on this machine, and speaks and hears offline; people join by a page in the \
browser.

It is started by [uv](https://docs.astral.sh/uv/getting-started/installation/), which must be installed. The first \
start downloads 170 MB, and hosts give a server only 10 to 30 s, so start it twice, or run this once before: \
`uvx --python '{python}' mcp-voice@{version} --version`"""


def version() -> str:
    """That of the package."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def entry() -> dict[str, Any]:
    """What the MCP registry is told."""
    loaded: dict[str, Any] = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
    return loaded


def form(*, required: bool | None = None) -> dict[str, dict[str, Any]]:
    """The fields that a host's user fills in; secrets are marked."""
    declared = {each["name"]: each for each in entry()["packages"][0]["environmentVariables"]}
    fields = {}
    for name, title in SETTINGS.items():
        one = declared[name]
        fields[name.lower()] = {
            "type": "string",
            "title": title,
            "description": one["description"],
            **({"default": one["default"]} if "default" in one else {}),
            **({"sensitive": True} if one.get("isSecret") else {}),
            **({"required": required} if required is not None else {}),
        }
    return fields


def command() -> dict[str, Any]:
    """How a host that fills in a form starts us."""
    return {
        "command": "uvx",
        "args": ["--python", PYTHON, f"mcp-voice@{version()}"],
        "env": {name: f"${{user_config.{name.lower()}}}" for name in SETTINGS},
    }


def plugin() -> dict[str, Any]:
    """The Claude Code plugin."""
    return {
        "name": "mcp-voice",
        "version": version(),
        "description": entry()["description"],
        "author": AUTHOR,
        "homepage": REPOSITORY,
        "repository": REPOSITORY,
        "license": "Apache-2.0",
        "keywords": KEYWORDS,
        "mcpServers": {"voice": command()},
        "userConfig": form(),
    }


def marketplace() -> dict[str, Any]:
    """The list of plugins that this repository is: one."""
    shared = {name: plugin()[name] for name in ("name", "version", "description", "homepage", "license", "keywords")}
    return {
        "name": "mcp-voice",
        "owner": AUTHOR,
        "metadata": {"description": "A voice and ears in LiveKit rooms."},
        # A folder of its own: at the root Claude Code would take our `agents` for its own.
        "plugins": [{**shared, "source": "./plugin", "category": "productivity"}],
    }


def bundle() -> dict[str, Any]:
    """The manifest of the bundle for Claude Desktop."""
    return {
        "manifest_version": "0.4",
        "name": "mcp-voice",
        "display_name": entry()["title"],
        "version": version(),
        "description": entry()["description"],
        "long_description": LONG.format(python=PYTHON, version=version()),
        "author": AUTHOR,
        "repository": {"type": "git", "url": REPOSITORY},
        "homepage": REPOSITORY,
        "documentation": f"{REPOSITORY}/blob/main/docs/hosts.md",
        "support": f"{REPOSITORY}/issues",
        "icon": "icon.png",
        "server": {
            "type": "uv",
            # For a host that brings uv along and starts this by itself.
            "entry_point": "server.py",
            "mcp_config": {**command(), "command": "uv", "args": ["run", "--directory", "${__dirname}", "mcp-voice"]},
        },
        "tools_generated": True,
        "prompts_generated": True,
        "keywords": KEYWORDS,
        "license": "Apache-2.0",
        "compatibility": {"platforms": ["darwin", "linux", "win32"], "runtimes": {"python": PYTHON}},
        "user_config": form(required=False),
    }


def project() -> str:
    """What uv makes the bundle's environment of."""
    return f"""\
[project]
name = "mcp-voice-bundle"
version = "{version()}"
requires-python = "{PYTHON}"
dependencies = ["mcp-voice=={version()}"]
"""


def links() -> str:
    """The one-click links as the documents have them."""
    plain = {"command": "uvx", "args": ["mcp-voice"]}
    config = json.dumps(plain, separators=(",", ":"))
    coded = quote(base64.b64encode(config.encode()).decode(), safe="")
    named = quote(json.dumps({"name": "voice", **plain}, separators=(",", ":")), safe="")
    rows = {
        "Cursor": (
            f"https://cursor.com/en/install-mcp?name=voice&config={coded}",
            f"cursor://anysphere.cursor-deeplink/mcp/install?name=voice&config={coded}",
        ),
        "VS Code": (
            f"https://insiders.vscode.dev/redirect/mcp/install?name=voice&config={quote(config, safe='')}",
            f"vscode:mcp/install?{named}",
        ),
    }
    table = "".join(f"| [Add to {host}]({web}) | `{scheme}` |\n" for host, (web, scheme) in rows.items())
    return f"{BEGIN}\n\n| one click | the same as a URL for your own page or shell |\n|---|---|\n{table}\n{END}"


def with_links(text: str) -> str:
    """The document with the links as they should be."""
    return re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: links(), text, flags=re.DOTALL)


def files() -> dict[Path, str]:
    """Each file, with what should be in it."""
    written = {
        ROOT / "plugin" / ".claude-plugin" / "plugin.json": plugin(),
        ROOT / ".claude-plugin" / "marketplace.json": marketplace(),
        ROOT / "mcpb" / "manifest.json": bundle(),
    }
    hosts = ROOT / "docs" / "hosts.md"
    made = {path: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for path, content in written.items()}
    hosts_page = with_links(hosts.read_text(encoding="utf-8"))
    return made | {ROOT / "mcpb" / "pyproject.toml": project(), hosts: hosts_page}


if __name__ == "__main__":
    for target, text in files().items():
        target.write_text(text, encoding="utf-8")
        print(target.relative_to(ROOT))
