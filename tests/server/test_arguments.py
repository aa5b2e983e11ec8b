"""Arguments as hosts and models really send them: what is not set is not given, and what is meant is read."""

from __future__ import annotations

from typing import Any

import pytest
from mcp.server.mcpserver import MCPServer

from mcp_voice.errors import BadInput
from mcp_voice.loading import Loading
from mcp_voice.server import tools
from mcp_voice.server.arguments import Schema, as_meant

pytestmark = pytest.mark.anyio

NOT_SET: list[Any] = [
    *(None, "", " ", "null", "NULL", "undefined", "None", "nil", "[]"),
    *([], {}, ["null"], [None], [""], ["undefined"]),
]
OPTIONAL = {
    "ask_in_room": ("room_name", "participant", "choices", "wait_seconds"),
    "wait_for_reply": ("wait_seconds",),
    "say_in_room": ("room_name",),
    "listen_in_room": ("room_name", "participant", "wait_seconds"),
    "send_message_to_room": ("room_name", "participants", "topic", "as_chat"),
    "invite_to_room": ("room_name", "name"),
}
REQUIRED = {
    "list_rooms": {},
    "ask_in_room": {"question": "Ready?"},
    "wait_for_reply": {"ask_id": "ask-1"},
    "cancel_ask": {"ask_id": "ask-1"},
    "say_in_room": {"message": "Hello."},
    "listen_in_room": {},
    "send_message_to_room": {"message": "Hello."},
    "invite_to_room": {},
}
HOSTS_OWN = {
    "toolCallId": "call_1",
    "tool_call_id": "call_1",
    "sessionId": "s1",
    "_sessionID": "s1",
    "session_id": "s1",
    "action": "sendMessage",
    "chatInput": "ask Bob",
    "chat_id": 7,
    "_meta": {"progressToken": 1},
    "requestId": "r1",
    "task_id": "t1",
    "task": "deploy",
    "messageId": "m1",
    "message_id": "m1",
    "toolName": "ask_in_room",
    "tool": "ask",
    "userName": "Alice",
    "userId": "u1",
    "conversationId": "c1",
    "security_risk": "LOW",
    "explanation": "because the user wants it",
    "thought": "I should ask",
    "random_string": "dummy",
    "timeout": 30,
    "timestamp": "2026-11-27",
    "metadata": {"trace": "x"},
    "language": "en",
    "": "x",
    "🙂": "x",
}
NEAR_MISSES = [
    ("ask_in_room", "room", "room_name"),
    ("ask_in_room", "roomName", "room_name"),
    ("ask_in_room", "RoomName", "room_name"),
    ("ask_in_room", "room-name", "room_name"),
    ("ask_in_room", "roomname", "room_name"),
    ("ask_in_room", "ROOM_NAME", "room_name"),
    ("ask_in_room", "rooms", "room_name"),
    ("ask_in_room", "room_id", "room_name"),
    ("ask_in_room", "livekitRoom", "room_name"),
    ("ask_in_room", "targetRoom", "room_name"),
    ("ask_in_room", "rom_name", "room_name"),
    ("ask_in_room", "_room_name", "room_name"),
    ("ask_in_room", "participants", "participant"),
    ("ask_in_room", "participantName", "participant"),
    ("ask_in_room", "participant_identity", "participant"),
    ("ask_in_room", "particpant", "participant"),
    ("ask_in_room", "identity", "participant"),
    ("ask_in_room", "who", "participant"),
    ("ask_in_room", "question_text", "question"),
    ("ask_in_room", "choice", "choices"),
    ("ask_in_room", "choises", "choices"),
    ("ask_in_room", "options", "choices"),
    ("ask_in_room", "wait", "wait_seconds"),
    ("ask_in_room", "waitSeconds", "wait_seconds"),
    ("ask_in_room", "seconds", "wait_seconds"),
    ("wait_for_reply", "wait_time", "wait_seconds"),
    ("say_in_room", "room", "room_name"),
    ("say_in_room", "messages", "message"),
    ("listen_in_room", "participants", "participant"),
    ("send_message_to_room", "participant", "participants"),
    ("send_message_to_room", "recipients", "participants"),
    ("send_message_to_room", "to", "participants"),
    ("send_message_to_room", "asChat", "as_chat"),
    ("send_message_to_room", "chat", "as_chat"),
    ("send_message_to_room", "topics", "topic"),
    ("invite_to_room", "room", "room_name"),
    ("invite_to_room", "identity", "name"),
    ("invite_to_room", "participant_name", "name"),
]
UNGIVEN = [
    ("ask_in_room", "prompt", "question"),
    ("ask_in_room", "text", "question"),
    ("ask_in_room", "qestion", "question"),
    ("say_in_room", "text", "message"),
    ("say_in_room", "mesage", "message"),
    ("wait_for_reply", "askId", "ask_id"),
    ("wait_for_reply", "id", "ask_id"),
    ("cancel_ask", "ask", "ask_id"),
]


@pytest.fixture(scope="module")
async def schemas(anyio_backend: str) -> dict[str, Schema]:
    """The tools' own schemas, as a host is told them."""
    server: MCPServer[Loading] = MCPServer("voice")
    tools.register(server)
    return {tool.name: tool.input_schema for tool in await server.list_tools()}


@pytest.mark.parametrize("value", NOT_SET, ids=repr)
@pytest.mark.parametrize(("tool", "name"), [(tool, name) for tool, names in OPTIONAL.items() for name in names])
def test_what_stands_for_nothing_is_not_given(tool: str, name: str, value: Any, schemas: dict[str, Schema]) -> None:
    """Hosts fill in every argument of the schema, and each has a null of its own."""
    assert as_meant(tool, {**REQUIRED[tool], name: value}, schemas=schemas) == REQUIRED[tool]


@pytest.mark.parametrize("value", [None, "null", "undefined"])
@pytest.mark.parametrize("tool", [tool for tool, given in REQUIRED.items() if given])
def test_a_required_argument_that_stands_for_nothing_is_missing(
    tool: str, value: Any, schemas: dict[str, Schema]
) -> None:
    """Nobody wants to hear "undefined"; the tool's own check says which field is required."""
    (name,) = REQUIRED[tool]
    assert as_meant(tool, {name: value}, schemas=schemas) == {}


@pytest.mark.parametrize("text", ["none", "None", "nil", "[]", "null and void", ""])
def test_a_text_to_be_spoken_stays_as_it_is(text: str, schemas: dict[str, Schema]) -> None:
    """A person may well be told "none", and an empty text has a refusal of its own."""
    assert as_meant("say_in_room", {"message": text}, schemas=schemas) == {"message": text}


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ([1, 2, 3], ["1", "2", "3"]),
        ([1.5, "two"], ["1.5", "two"]),
        ([True, False], ["true", "false"]),
        ("yes", ["yes"]),
        ('["yes", "no"]', ["yes", "no"]),
        ("[1, 2]", ["1", "2"]),
        ("yes, no", ["yes", "no"]),
        ("red\ngreen|blue; black", ["red", "green", "blue", "black"]),
        (["yes", None, "no"], ["yes", "no"]),
        (["null", "zero"], ["null", "zero"]),
        (["Monday", "none"], ["Monday", "none"]),
        (5, ["5"]),
        ("yes or no", "yes or no"),
        ("[yes", ["[yes"]),
        ([{"label": "yes"}], [{"label": "yes"}]),
    ],
)
def test_choices_are_read_as_they_are_meant(sent: Any, meant: Any, schemas: dict[str, Schema]) -> None:
    """A list of numbers, a list in a text, one word alone; what stays as it was is refused by the tool's own check."""
    given = as_meant("ask_in_room", {"question": "Which?", "choices": sent}, schemas=schemas)
    assert given["choices"] == meant


@pytest.mark.parametrize(
    ("tool", "sent", "meant"),
    [
        ("ask_in_room", {"room_name": 7}, {"room_name": "7"}),
        ("ask_in_room", {"room_name": ["standup"]}, {"room_name": "standup"}),
        ("ask_in_room", {"participant": 4912345}, {"participant": "4912345"}),
        ("ask_in_room", {"participant": False}, {"participant": ""}),
        ("send_message_to_room", {"participants": "Smith, John"}, {"participants": ["Smith, John"]}),
        ("send_message_to_room", {"participants": '["a", "b"]'}, {"participants": ["a", "b"]}),
        ("send_message_to_room", {"participants": [1001]}, {"participants": ["1001"]}),
        ("send_message_to_room", {"as_chat": "true"}, {"as_chat": "true"}),
        ("ask_in_room", {"wait_seconds": "30"}, {"wait_seconds": "30"}),
    ],
)
def test_names_are_texts_in_whatever_form_they_come(
    tool: str, sent: dict[str, Any], meant: dict[str, Any], schemas: dict[str, Schema]
) -> None:
    """A room may be called 7; pydantic itself reads "30" as a number and "true" as true."""
    assert as_meant(tool, {**REQUIRED[tool], **sent}, schemas=schemas) == {**REQUIRED[tool], **meant}


@pytest.mark.parametrize("name", HOSTS_OWN)
@pytest.mark.parametrize("tool", REQUIRED)
def test_what_a_host_adds_of_its_own_is_passed_over(tool: str, name: str, schemas: dict[str, Schema]) -> None:
    """Refused, none of our tools could be used in a host that adds it to every call."""
    assert as_meant(tool, {**REQUIRED[tool], name: HOSTS_OWN[name]}, schemas=schemas) == REQUIRED[tool]


@pytest.mark.parametrize(("tool", "name", "right"), NEAR_MISSES)
def test_a_near_miss_is_refused_with_the_right_name(
    tool: str, name: str, right: str, schemas: dict[str, Schema]
) -> None:
    """Passed over in silence, it would make us speak in another room, or to others than those who were meant."""
    with pytest.raises(BadInput) as refusal:
        as_meant(tool, {**REQUIRED[tool], name: "standup"}, schemas=schemas)
    assert str(refusal.value).startswith(f"{tool} has no argument {name!r}; use {right}. Nothing was done. It takes ")


@pytest.mark.parametrize(("tool", "name", "right"), UNGIVEN)
def test_a_required_argument_under_another_name_is_refused_with_the_right_one(
    tool: str, name: str, right: str, schemas: dict[str, Schema]
) -> None:
    """Where it is missing, whatever may stand for it is named."""
    with pytest.raises(BadInput, match=f"no argument '{name}'; use {right}"):
        as_meant(tool, {name: "something"}, schemas=schemas)


@pytest.mark.parametrize(
    ("tool", "name"), [("say_in_room", "participant"), ("say_in_room", "choices"), ("list_rooms", "room_name")]
)
def test_an_argument_of_another_tool_is_refused(tool: str, name: str, schemas: dict[str, Schema]) -> None:
    """Whoever sends it expects that it does something: say_in_room to one participant is heard by all."""
    with pytest.raises(BadInput, match=f"{tool} has no argument '{name}'. Nothing was done. It takes "):
        as_meant(tool, {**REQUIRED[tool], name: "alice"}, schemas=schemas)


@pytest.mark.parametrize("value", NOT_SET, ids=repr)
def test_a_near_miss_that_stands_for_nothing_is_passed_over(value: Any, schemas: dict[str, Schema]) -> None:
    """It names no room."""
    assert as_meant("ask_in_room", {"question": "Ready?", "room": value}, schemas=schemas) == {"question": "Ready?"}


@pytest.mark.parametrize("wrapper", ["arguments", "input", "kwargs", "params"])
def test_arguments_one_level_down_are_refused(wrapper: str, schemas: dict[str, Schema]) -> None:
    """The room that is named there would be passed over."""
    with pytest.raises(BadInput, match=f"give room_name directly, not within '{wrapper}'"):
        as_meant("ask_in_room", {"question": "Ready?", wrapper: {"room_name": "standup"}}, schemas=schemas)


def test_many_long_names_make_a_short_refusal(schemas: dict[str, Schema]) -> None:
    """A model reads a sentence, whatever it has sent."""
    names = {f"room_{letter * 5_000}": "x" for letter in "abcdefgh"}
    with pytest.raises(BadInput, match=r"and 5 more; use room_name\. ") as refusal:
        as_meant("ask_in_room", {"question": "Ready?", **names}, schemas=schemas)
    assert len(str(refusal.value)) < 600


@pytest.mark.parametrize("value", [[[[[]]]] * 900, [[[""] * 9] * 9] * 9, [""] * 1000])
def test_lists_in_lists_stand_for_no_nothing_and_are_not_looked_into(value: Any, schemas: dict[str, Schema]) -> None:
    """900 of 30 levels each took 0.3 s, in which nobody else was served; the tool's own check refuses them."""
    meant = as_meant("ask_in_room", {"question": "Ready?", "choices": value}, schemas=schemas)
    assert "choices" in meant
