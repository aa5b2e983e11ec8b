"""The documents against the code: tools, settings, providers, commands, figures are there, and are called so."""

from __future__ import annotations

import re

import pytest
from mcp.types import Tool
from pydantic import SecretStr

from mcp_voice import floor_protocol as protocol
from mcp_voice.link import packets
from mcp_voice.room import chat
from mcp_voice.room.state_shown import STATE_ATTRIBUTE
from mcp_voice.server import hosts
from mcp_voice.server.app import build
from mcp_voice.settings import Settings, harmless_fields, variable
from mcp_voice.settings.misspelt import OF_OTHERS
from mcp_voice.speech.catalogue import SPEECH_TO_TEXT, TEXT_TO_SPEECH, Direction, choose
from mcp_voice.turns import transcript
from mcp_voice.turns.turn import Patience
from mcp_voice.workers.settings import WorkerSettings
from mcp_voice_agent.settings import AgentSettings
from testkit.documents import DOCUMENTS, ROOT, read, table
from tests.project.test_registry import written

README = read("README.md")
ASKS = read("docs/asks.md")
FLOOR = read("docs/floor.md")
FRAMEWORKS = read("docs/agent-frameworks.md")
HOSTS = read("docs/hosts.md")
SCRIPTS = read("docs/scripts.md")
SECURITY = read("docs/security.md")
AGENTS = read("agents/README.md")
COMPANION = [name for name in AgentSettings.model_fields if name not in Settings.model_fields]
"""The settings that only the companion has."""
VARIABLES = {variable(name, kind) for kind in (AgentSettings, WorkerSettings) for name in kind.model_fields}
OTHERS_VARIABLES = {"OPENAI_AGENTS_DISABLE_TRACING"}
"""What is named and read by another program."""
LONGEST_DEFAULT = 60
"""Characters of a default that a table shows; a longer one is described."""
SPOKEN = {0.5: "half a second", 2: "two", 2.5: "two and a half seconds", 12: "twelve", 3600: "an hour"}
SETTINGS = Settings.model_construct()  # the defaults, whatever this machine's environment says


def spaced(text: str) -> str:
    """Text without line breaks, so that a sentence is found wherever it is wrapped."""
    return re.sub(r"\s+", " ", text)


def quoted(text: str) -> list[str]:
    """What stands in backquotes."""
    return re.findall(r"`([^`]+)`", text)


@pytest.fixture
async def offered() -> dict[str, Tool]:
    """The tools that a host is shown."""
    return {tool.name: tool for tool in await build(SETTINGS).list_tools()}


@pytest.mark.anyio
async def test_the_table_of_tools_is_what_hosts_are_shown(offered: dict[str, Tool]) -> None:
    """Names, arguments, results and hints, in the order of tools/list."""
    rows = table(README, "tool")
    assert [quoted(name) for name, *_ in rows] == [[name] for name in offered]
    for (_, arguments, result, hints), tool in zip(rows, offered.values(), strict=True):
        assert quoted(arguments) == list(tool.input_schema.get("properties", {})), tool.name
        fields = list((tool.output_schema or {})["properties"])
        assert quoted(result) == fields or (result == "an answer" and "heard_so_far" in fields), tool.name
        said = tool.annotations
        assert said is not None
        given = {
            "read-only": said.read_only_hint,
            "destructive": said.destructive_hint,
            "idempotent": said.idempotent_hint,
        }
        assert [hint for hint in hints.split(", ") if hint] == [hint for hint, holds in given.items() if holds]


@pytest.mark.anyio
async def test_an_answer_is_described_field_by_field(offered: dict[str, Tool]) -> None:
    """A script's author reads the fields here; the values of the two that have a fixed set are all named."""
    (paragraph,) = re.findall(r"^An answer has .*?`next`\. ", ASKS, re.MULTILINE | re.DOTALL)
    properties = (offered["ask_in_room"].output_schema or {})["properties"]
    outside = re.sub(r"\([^)]*\)", "", paragraph)
    assert quoted(outside) == list(properties)
    assert quoted(paragraph.partition("`ask_id`")[0])[1:] == properties["status"]["enum"]
    (channel,) = re.findall(r"`channel` \(([^)]*)\)", paragraph)
    assert quoted(channel) == properties["channel"]["enum"]


@pytest.mark.anyio
async def test_resources_and_prompts_are_named() -> None:
    """All of them, so that nobody has to list them to know."""
    server = build(SETTINGS)
    names = [str(each.uri) for each in await server.list_resources()]
    names += [each.uri_template for each in await server.list_resource_templates()]
    names += [each.name for each in await server.list_prompts()]
    assert [name for name in names if f"`{name}`" not in README] == []


def test_the_table_of_settings_is_the_code() -> None:
    """Every variable with its default and meaning, in order, and no other."""
    rows = [
        (quoted(name)[0], "".join(quoted(default)), folder == "yes", meaning)
        for name, default, folder, meaning in table(read("docs/settings.md"), "variable")
    ]
    harmless = set(harmless_fields(Settings))
    expected = [
        (variable(name), written(field.get_default()), name in harmless, field.description)
        for name, field in Settings.model_fields.items()
    ]
    assert rows == expected


def test_the_table_of_the_companions_settings_is_the_code() -> None:
    """The same in its own document, for what only it has; the doctor leaves these alone."""
    rows = [
        (quoted(name)[0], "".join(quoted(default)), meaning) for name, default, meaning in table(AGENTS, "variable")
    ]
    expected = []
    for name in COMPANION:
        field = AgentSettings.model_fields[name]
        default = written(field.get_default())
        shown = default if len(default) <= LONGEST_DEFAULT else ""
        expected.append((variable(name, AgentSettings), shown, field.description))
    assert rows == expected
    ours = [name for name, *_ in rows if name.startswith("MCP_VOICE_")]
    assert [name for name in ours if not name.startswith(OF_OTHERS)] == []


def test_every_variable_that_a_document_names_is_a_setting() -> None:
    """A name that is spelled wrongly would do nothing, in silence."""
    for document in DOCUMENTS:
        named = re.findall(r"\b(?:MCP_VOICE|LIVEKIT|OPENAI|DEEPGRAM|CARTESIA)_[A-Z_]+\b", read(document))
        assert set(named) - OTHERS_VARIABLES <= VARIABLES, document


def test_the_table_of_providers_is_the_code_in_its_order() -> None:
    """The order is the order of preference, the names can be set as they stand, and the key's variable is right."""
    rows = table(README, "provider")
    assert [quoted(name) for name, *_ in rows] == [[name] for name in TEXT_TO_SPEECH.offers]
    for name, stt, tts, needs in rows:
        provider = quoted(name)[0]
        offer = TEXT_TO_SPEECH.offers[provider]
        assert (bool(quoted(stt)), bool(quoted(tts))) == (provider in SPEECH_TO_TEXT.offers, True)
        key = {offer.key: SecretStr("key")} if offer.key else {}
        assert variable(offer.key) in needs if offer.key else needs == "nothing" or f"mcp-voice[{provider}]" in needs
        given: tuple[tuple[Direction, list[str]], ...] = (("stt", quoted(stt)), ("tts", quoted(tts)))
        for direction, examples in given:
            for example in examples:
                if offer.check:
                    # It asks for files, which are not here; their names are in the table all the same.
                    offers = SPEECH_TO_TEXT.offers if direction == "stt" else TEXT_TO_SPEECH.offers
                    assert example.partition("/")[2] in offers[provider].models
                    continue
                chosen = choose(SETTINGS.model_copy(update={**key, direction: example}), direction)
                assert chosen.label == example


PATIENCE = Patience()
FACTS = {
    f"waits for {hosts.CLAUDE_CODE_SECONDS:g} s under Claude Code": ASKS,
    f"for {hosts.OTHER_HOST_SECONDS:g} s elsewhere": ASKS,
    f"stays open for {SETTINGS.ask_seconds / 60:g} minutes": ASKS,
    f"stays in the room for {SPOKEN.get(SETTINGS.quiet_seconds / 60)} minutes": ASKS,
    f"{SPOKEN.get(PATIENCE.complete)} of silence": ASKS,
    f"gets {SPOKEN.get(PATIENCE.unfinished)}": ASKS,
    f"gets {SPOKEN.get(PATIENCE.time_asked)}.": ASKS,
    f"a pause of {SPOKEN.get(PATIENCE.keypad)} seconds": ASKS,
    f"{transcript.KEPT_LINES} lines a room": SECURITY,
    f"{SPOKEN.get(SETTINGS.keep_seconds)} after an answer": SECURITY,
    f"most {packets.LARGEST_PACKET // 1024} KiB": ASKS,
    f"`{chat.CHAT_TOPIC}`": ASKS,
    f"(RPC `{protocol.HOLD_METHOD}`)": FLOOR,
    f"`{STATE_ATTRIBUTE}` is not `speaking`": FLOOR,
    f"{hosts.CLAUDE_CODE_SECONDS:g} s under Claude Code and for {hosts.OTHER_HOST_SECONDS:g} s elsewhere": HOSTS,
    f"within {hosts.OTHER_HOST_SECONDS:g} s by itself": FRAMEWORKS,
    f"stays open for {SETTINGS.ask_seconds / 60:g} minutes,": README,
    f"about {SPOKEN.get(PATIENCE.complete)} after the last word": README,
    f"attributes `{protocol.FLOOR_ATTRIBUTE}`": FLOOR,
    f"`{protocol.RENEWED_ATTRIBUTE}` (Unix time, every {protocol.RENEW_SECONDS:g} s)": FLOOR,
    f"RPC `{protocol.HOLD_METHOD}`": FLOOR,
    f"RPC `{protocol.RELEASE_METHOD}`": FLOOR,
    f"Attribute `{protocol.FLOOR_ATTRIBUTE}`": FLOOR,
    f"`{protocol.RENEWED_ATTRIBUTE}`: Unix time in seconds, renewed every {protocol.RENEW_SECONDS:g} s": FLOOR,
    f"not renewed for {protocol.STALE_SECONDS:g} s is nobody's": FLOOR,
}


@pytest.mark.parametrize(("fact", "document"), FACTS.items(), ids=FACTS)
def test_figures_and_names_are_those_of_the_code(fact: str, document: str) -> None:
    """Whoever changes one of them is told here that a document says so too."""
    assert fact in spaced(document)


def test_errors_that_are_quoted_are_those_that_are_raised() -> None:
    """Somebody looks for the text of an error word by word."""
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "mcp_voice").rglob("*.py"))
    symptoms = [
        text
        for symptom, *_ in table(read("docs/troubleshooting.md"), "symptom")
        for text in re.findall(r'"([^"]+)"', symptom)
    ]
    assert symptoms
    assert [text for text in symptoms if text not in sources] == []
