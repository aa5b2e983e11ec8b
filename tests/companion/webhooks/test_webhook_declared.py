"""Webhooks declared in a file become tools without code, and what is wrong with an entry is said at once."""

from __future__ import annotations

import json
import re
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from mcp_voice.errors import BadSettings
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks import declarations
from testkit.agent_settings import given
from testkit.chat_model import Call
from testkit.faults import status
from testkit.openai_server import OpenAIServer
from testkit.tool_talk import Talk, talk
from testkit.webhook_service import WebhookService, webhook_service
from tests.companion.webhooks.webhook_talk import CONFIRM, Converse, bare, server, service

__all__ = ["bare", "server", "service"]

pytestmark = pytest.mark.anyio

SECRET = "Bearer s3cret-7f"
TABLE = {
    "name": "book_table",
    "description": "Books a table.",
    "url": "/webhook/tables",
    "parameters": {
        "type": "object",
        "properties": {"guests": {"type": "integer", "minimum": 1, "maximum": 12}, "name": {"type": "string"}},
        "required": ["guests", "name"],
        "additionalProperties": False,
    },
    "read_back": "A table for {guests}, under the name of {name}. Shall I book it?",
}
WEATHER = {
    "name": "weather",
    "description": "Tells the weather.",
    "url": "/webhook/weather",
    "method": "GET",
    "read": True,
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
BELL = {"name": "ring_bell", "description": "Rings the bell.", "url": "/bell", "method": "PUT", "confirm": False}
CANCEL = {"name": "cancel-order", "description": "Cancels an order.", "url": "/orders", "method": "DELETE",
          "parameters": {"type": "object", "properties": {"order_number": {"type": "integer"}}}}  # fmt: skip


def declaring(tmp_path: Path, *entries: Any, **fields: Any) -> AgentSettings:
    """Settings with a file of these entries."""
    file = tmp_path / "tools.json"
    file.write_text(json.dumps({"tools": entries}), encoding="utf-8")
    return given(agent_tools_file=file, **fields)


@pytest.fixture
def converse(server: OpenAIServer, service: WebhookService, tmp_path: Path) -> Converse:
    """Converse with these tools."""

    def begin(*entries: Any, allowed: tuple[str, ...] | None = None) -> AbstractAsyncContextManager[Talk]:
        settings = declaring(tmp_path, *entries, webhook_url=service.url, webhook_secret=SECRET)
        return talk(settings, server, service, allowed=allowed)

    return begin


async def test_a_declared_change_is_read_back_and_made_after_a_yes(converse: Converse) -> None:
    """Unless the file says otherwise, what changes something waits for a human's yes."""
    async with converse(TABLE) as talking:
        await talking.hears("A table for four", Call("book_table", {"guests": 4, "name": "Miller"}), CONFIRM)
        assert talking.said()[0] == "A table for 4, under the name of Miller. Shall I book it?"
        assert talking.service.received == []
        await talking.hears("Yes, book it", CONFIRM, "Booked.")
        (sent,) = talking.service.received
        assert (sent.method, sent.path) == ("POST", "/webhook/tables")
        assert sent.body == {"guests": 4, "name": "Miller"}
        assert sent.key
        assert sent.headers["authorization"] == SECRET


async def test_a_declared_change_is_read_back_by_its_arguments_without_a_text_of_its_own(converse: Converse) -> None:
    """Name and values are enough to say yes to. "Cancel it" may be a yes or a no here, so it is neither."""
    async with converse(CANCEL) as talking:
        await talking.hears("Cancel order seven", Call("cancel-order", {"order_number": 7}))
        assert talking.said() == ["cancel order: order number: 7. Shall I do it?"]
        await talking.hears("Cancel it", CONFIRM, Call("cancel-order", {"order_number": 7}))
        assert talking.service.received == []
        await talking.hears("Yes", CONFIRM, "It is cancelled.")
        assert [(sent.method, sent.body) for sent in talking.service.received] == [("DELETE", {"order_number": 7})]


async def test_a_declared_lookup_is_made_at_once_and_repeated(converse: Converse) -> None:
    """Reading needs no yes, and with GET the arguments are the query."""
    async with converse(WEATHER) as talking:
        talking.service.answer = {"sky": "clear"}
        talking.service.next_faults = [status(502)]
        await talking.hears("How is the weather?", Call("weather", {"city": "Zürich"}), "It is clear.")
        assert talking.script.results == ['The service answered: {"sky": "clear"}']
        assert [(got.method, got.query, got.key) for got in talking.service.received] == 2 * [
            ("GET", {"city": "Zürich"}, "")
        ]


async def test_a_declared_change_without_confirm_is_made_once(converse: Converse) -> None:
    """The operator may find that nobody needs to be asked; it is still not repeated when it fails."""
    async with converse(BELL) as talking:
        with talking.service.failing(status(500)):
            await talking.hears("Ring the bell", Call("ring_bell"), "Sorry.")
        await talking.hears("Again", Call("ring_bell"), "It rang.")
        first, second = talking.service.received
        assert (first.method, first.path, first.body) == ("PUT", "/bell", {})
        assert first.key == second.key != ""


async def test_what_means_success_can_be_declared(converse: Converse, caplog: pytest.LogCaptureFixture) -> None:
    """It takes the place of what is guessed from the words of an answer; the log names the path, and no content."""
    async with converse(BELL | {"ok_when": {"result.status": ["queued", "rung"]}}) as talking:
        talking.service.answer = {"error": "none that matters", "result": {"status": "Queued"}}
        await talking.hears("Ring the bell", Call("ring_bell"), "It rang.")
        assert talking.script.results[-1].startswith("The service answered: ")
        talking.service.answer = {"ok": True, "result": {"status": "secretly broken"}}
        await talking.hears("Again", Call("ring_bell"), "Sorry.")
        assert "reported that it failed. Nothing was done." in talking.script.results[-1]
        talking.service.answer = b""
        await talking.hears("Again", Call("ring_bell"), "Sorry.")
        assert "reported that it failed. It is not known whether" in talking.script.results[-1]
    (first, _) = [each.getMessage() for each in caplog.records if each.name == "mcp_voice_agent.webhooks.calls"]
    assert first.endswith("reported that it failed: `result.status` of its answer is not what `ok_when` allows")
    assert "secretly broken" not in caplog.text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"guests": 40, "name": "Miller"}, "guests must fit maximum: 12"),
        ({"guests": "four", "name": "Miller"}, "guests must fit type: 'integer'"),
        ({"guests": 4}, "'name' is a required property"),
        ({"guests": 4, "name": "Miller", "extra": 1}, "'extra' was unexpected"),
        ({"guests": 4, "name": "Miller " * 150}, "at most 800 can be read out to the human"),
    ],
)
async def test_arguments_that_do_not_fit_are_sent_nowhere(
    converse: Converse, arguments: dict[str, Any], told: str
) -> None:
    """The model is told what does not fit, without what was said."""
    async with converse(TABLE) as talking:
        await talking.hears("A table", Call("book_table", arguments), "For how many?")
        assert told in talking.script.results[-1]
        assert "Miller" not in talking.script.results[-1]
        assert talking.said() == ["For how many? "]
        assert talking.service.received == []


async def test_a_lookup_with_too_much_in_it_is_sent_nowhere(converse: Converse) -> None:
    """Nobody has to hear that read out, so its own bound holds."""
    async with converse(WEATHER) as talking:
        await talking.hears("How is it?", Call("weather", {"city": "x" * 70_000}), "Where?")
        assert "more than the 65536 that can be sent" in talking.script.results[-1]
        assert talking.service.received == []


async def test_only_what_a_room_may_use_is_offered(converse: Converse) -> None:
    """A room's configuration names its tools; a yes is only asked for where one of them needs it."""
    async with converse(WEATHER, TABLE, allowed=("weather", "no_such_tool")) as talking:
        assert [tool.id for tool in talking.session.current_agent.tools] == ["weather"]
    async with converse(WEATHER, TABLE, allowed=("send_email",)) as talking:
        assert [tool.id for tool in talking.session.current_agent.tools] == ["send_email", "confirm_action"]


async def test_the_secret_goes_to_its_own_service_only(converse: Converse, service: WebhookService) -> None:
    """Another service could use it against the first."""
    async with webhook_service() as other:
        bell = BELL | {"url": f"{other.url}/bell"}
        async with converse(bell) as talking:
            await talking.hears("Ring the bell", Call("ring_bell"), "It rang.")
        assert "authorization" not in other.received[0].headers
        assert SECRET not in str(other.received)
    assert service.received == []


def test_the_example_of_the_readme_can_be_used(tmp_path: Path) -> None:
    """People begin with what is written there."""
    text = (Path(__file__).parents[3] / "agents" / "README.md").read_text(encoding="utf-8")
    (example,) = [each for each in re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL) if '"tools"' in each]
    file = tmp_path / "tools.json"
    file.write_text(example, encoding="utf-8")
    table, weather = declarations(given(agent_tools_file=file, webhook_url="https://n8n.example.com"))
    assert table.address("https://n8n.example.com") == "https://n8n.example.com/webhook/tables"
    assert (table.confirmed, weather.confirmed) == (True, False)


def test_toml_says_the_same(tmp_path: Path) -> None:
    """It is easier on people who write the file by hand."""
    file = tmp_path / "tools.toml"
    file.write_text(
        '[[tools]]\nname = "weather"\ndescription = "Tells the weather."\nurl = "https://example.com/weather"\n'
        'read = true\nseconds = 3\n[tools.parameters]\ntype = "object"\nproperties = {city = {type = "string"}}\n',
        encoding="utf-8",
    )
    (declared,) = declarations(given(agent_tools_file=file))
    assert (declared.name, declared.seconds, declared.confirmed) == ("weather", 3.0, False)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"url": "http://example.com/x"}, "entry 1 (weather): url: it must begin with https://"),
        ({"url": "https://bob:pw@example.com/x"}, "url: it must not contain a user or password"),
        ({"url": "ftp://example.com"}, "url: it must begin with https://"),
        ({"url": "https://["}, "url: it is not a URL"),
        ({"name": "send_email"}, "entry 1 (send_email): name: there is already a tool of that name"),
        ({"name": "wea ther"}, "name: must be at most 64 letters, digits, _ and -"),
        ({"description": ""}, "description: must not be empty"),
        ({"method": "BREW"}, "method: must be POST"),
        ({"read": "yes"}, "read: must be true or false"),
        ({"seconds": 0}, "seconds: must be a number above 0"),
        ({"retry": True}, "retry: is unknown"),
        ({"ok_when": ["sent"]}, "ok_when: must be an object with paths of the answer"),
        ({"ok_when": {"data..status": "sent"}}, "ok_when: has a path with an empty name"),
        ({"ok_when": {"status": []}}, "ok_when: must give each path a text, a number"),
        ({"ok_when": {"status": {"not": "sent"}}}, "ok_when: must give each path a text, a number"),
        ({"ok_when": {f"p{n}": 1 for n in range(21)}}, "ok_when: must be an object with paths of the answer"),
        ({"parameters": {"type": "object", "properties": {"a": {"type": "text"}}}}, "parameters: not a JSON schema"),
        ({"parameters": {"type": "array"}}, "parameters: it must describe an object"),
        ({"parameters": {"type": "object", "$ref": "https://example.com/s"}}, "only references into itself"),
        ({"parameters": {"type": "object", "properties": {"a": {"$ref": "#/b"}}}}, "parameters: it refers to '#/b'"),
        ({"read_back": "In {city}?"}, "read_back: it needs confirm"),
        ({"confirm": True, "read_back": "In {town}?"}, "read_back: {town} is not one of the parameters"),
        ({"confirm": True, "read_back": "In {city"}, "read_back: expected '}' before end of string"),
        ({"confirm": True, "read_back": "In {city!r}"}, "read_back: only a name can stand between braces"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    """The operator reads file, entry and field, before any human calls upon it."""
    with pytest.raises(BadSettings) as raised:
        declarations(declaring(tmp_path, WEATHER | {"url": "https://example.com/"} | changed))
    assert str(raised.value).startswith("MCP_VOICE_AGENT_TOOLS_FILE has entries that cannot be used: ")
    assert f"{tmp_path / 'tools.json'}, entry 1 (" in str(raised.value)
    assert told in str(raised.value)


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    """Nobody starts a worker ten times to find ten faults."""
    with pytest.raises(BadSettings) as raised:
        declarations(declaring(tmp_path, WEATHER, WEATHER | {"url": "x"}, "no entry", TABLE))
    assert "entry 1 (weather): url: a path needs MCP_VOICE_WEBHOOK_URL, which is not set;" in str(raised.value)
    assert "entry 2 (weather): name: there is already a tool of that name;" in str(raised.value)
    assert "entry 3: it: must be an object with named fields" in str(raised.value)
    assert "entry 4 (book_table): url: a path needs" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "which cannot be read: No such file or directory."),
        ("{", "which is not JSON in UTF-8"),
        ('{"tool": []}', "which has no list `tools`"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str | None, told: str) -> None:
    """A worker with half of its tools would be worse than one that does not start."""
    file = tmp_path / "tools.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings, match=told):
        declarations(given(agent_tools_file=file))
