"""Who may call over HTTP: tokens, hashes, rooms, and what is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from mcp_voice.asks.inviting import room_for
from mcp_voice.asks.targets import choose_room
from mcp_voice.callers.subjects import Subject, narrowed, subjects
from mcp_voice.errors import BadInput, BadSettings, RoomForbidden
from mcp_voice.server.address import HttpAddress
from mcp_voice.settings import Settings, load

OPS, SALES = "o" * 32, "s" * 32


def told(tokens: str = "", file: Path | None = None, **more: Any) -> Settings:
    """Settings with these tokens."""
    return load(Settings, http_tokens=tokens, http_tokens_file=file, _env_file=None, **more)


def filed(folder: Path, content: Any) -> Path:
    """A file with these subjects."""
    path = folder / "tokens.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_each_token_is_its_subjects_and_no_other_is_anybodys(tmp_path: Path) -> None:
    """From the setting and from the file, as it is or as a hash."""
    digest = hashlib.sha256(SALES.encode()).hexdigest().upper()
    entry = {"name": "sales", "sha256": digest, "rooms": ["sales-*", "kitchen"], "calls_per_minute": 10}
    known = subjects(told(f"ops={OPS}", filed(tmp_path, {"subjects": [entry]})))
    assert known.of(OPS) == Subject("ops")
    assert known.of(SALES) == Subject("sales", "sales-*,kitchen", 10.0)
    for wrong in ("", OPS[:-1], OPS + "o", digest, "x" * 5000, "ö" * 32):
        assert known.of(wrong) is None
    assert OPS not in repr(known)


def test_an_entry_may_name_the_sub_of_an_authorization_server_in_place_of_a_token(tmp_path: Path) -> None:
    """With the rooms and limits that it has for a token."""
    ann = {"name": "ann", "sub": "auth0|7", "rooms": ["sales-*"], "open_asks": 3}
    known = subjects(told(f"ops={OPS}", filed(tmp_path, {"subjects": [ann]}), http_issuer="https://login.example"))
    assert known.of_sub("auth0|7") == Subject("ann", "sales-*", 120.0, 3)
    assert known.of_sub("auth0|8") is known.of_sub("*") is None
    assert known.of("auth0|7") is None
    assert {each.name for each in known} == {"ops", "ann"}


def test_two_tokens_of_one_subject_are_the_same_one() -> None:
    """So that a token can be changed without a gap."""
    known = subjects(told(f"ops={OPS}, ops={SALES}"))
    assert known.of(OPS) == known.of(SALES)
    assert len(list(known)) == 1


@pytest.mark.parametrize(
    ("tokens", "content", "complaint"),
    [
        (OPS, None, "an entry without a name"),
        ("ops=short", None, "a token that is too short"),
        (f"ops={'x y' * 20}", None, "a token that is too short"),
        (f"o ps={OPS}", None, "an invalid name"),
        (f"ops={OPS},sales={OPS}", None, "the same token"),
        ("", "{", "not JSON"),
        ("", "[" * 100_000, "not JSON"),
        ("", {"subjects": []}, "no list of subjects"),
        ("", {"subjects": [{"name": "ops"}]}, "no usable secret"),
        ("", {"subjects": [{"name": "ops", "token": OPS, "sha256": "0" * 64}]}, "no usable secret"),
        ("", {"subjects": [{"name": "ops", "sha256": "0"}]}, "no usable secret"),
        ("", {"subjects": [{"name": "ops", "token": OPS, "room": "a"}]}, "an unknown field"),
        ("", {"subjects": [{"name": "ops", "token": OPS, "rooms": "a"}]}, "rooms that are not a list"),
        ("", {"subjects": [{"name": "ops", "token": OPS, "rooms": []}]}, "rooms that are not a list"),
        ("", {"subjects": [{"name": "ops", "token": OPS, "rooms": ["a", " "]}]}, "rooms that are not a list"),
        ("", {"subjects": [{"name": "ops", "token": OPS, "rooms": ["a,b"]}]}, "rooms that are not a list"),
        ("", {"subjects": [{"name": "ops", "token": OPS, "calls_per_minute": 0}]}, "an invalid calls_per_minute"),
        (f"ops={SALES}", {"subjects": [{"name": "ops", "token": OPS, "rooms": ["a"]}]}, "Two subjects"),
        ("", {"subjects": [{"name": "ops", "token": OPS, "sub": "a"}]}, "no usable secret"),
        ("", {"subjects": [{"name": "ops", "sub": "a b"}]}, "no usable secret"),
        ("", {"subjects": [{"name": "ops", "sub": "s" * 256}]}, "no usable secret"),
        ("", {"subjects": [{"name": "ops", "sub": "a"}]}, "but no issuer is set"),
        ("", {"subjects": [{"name": "ops", "sub": "a"}, {"name": "b", "sub": "a"}]}, "the same sub"),
        ("", {"subjects": [{"name": "ops", "token": OPS, "open_asks": 0}]}, "an invalid open_asks"),
        ("", {"subjects": [{"name": "ops", "token": OPS, "open_asks": True}]}, "an invalid open_asks"),
        ("", {"subjects": [{"name": "ops", "token": OPS, "open_asks": 101}]}, "an invalid open_asks"),
    ],
)
def test_what_names_nobody_is_refused_without_a_secret(
    tmp_path: Path, tokens: str, content: Any, complaint: str
) -> None:
    """In a sentence that says where."""
    with pytest.raises(BadSettings, match=complaint) as refused:
        subjects(told(tokens, None if content is None else filed(tmp_path, content)))
    assert OPS not in str(refused.value)
    assert SALES not in str(refused.value)


def test_a_subject_enters_only_what_everybody_may_and_it_may() -> None:
    """Neither limit widens the other."""
    settings = narrowed(told(rooms="sales-*,board"), Subject("sales", "sales-*,kitchen"))
    assert [room for room in ("sales-1", "board", "kitchen", "other") if settings.may_enter(room)] == ["sales-1"]


def test_a_room_that_a_subject_may_not_enter_is_refused_by_what_forbids_it() -> None:
    """An operator who looks for a setting finds it."""
    settings = narrowed(told(rooms="sales-*,board"), Subject("sales", "sales-*"))
    with pytest.raises(
        RoomForbidden, match=r"The entry of 'sales' in MCP_VOICE_HTTP_TOKENS_FILE .* room 'board'"
    ) as own:
        choose_room("board", [], settings.may_enter, limit_on=settings.limit_on)
    with pytest.raises(RoomForbidden, match="MCP_VOICE_ROOMS does not allow room 'kitchen'") as everybodys:
        room_for("kitchen", settings)
    assert own.value.code == everybodys.value.code


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8765", "127.0.0.1", 8765),
        (":9000", "127.0.0.1", 9000),
        ("0.0.0.0", "0.0.0.0", 8765),  # noqa: S104  # as it is written
        ("[::1]:80", "::1", 80),
        ("voice.example.com:0", "voice.example.com", 0),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int) -> None:
    """With the usual one for what is missing."""
    assert HttpAddress.read(text) == HttpAddress(host, port)


@pytest.mark.parametrize("text", ["", ":", "a:b", "http://a:1", "a:1/mcp", "user@a:1", "a:99999", "[::1:1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """Before anything is served."""
    with pytest.raises(BadInput, match="not an address"):
        HttpAddress.read(text)


def test_a_port_alone_is_no_host() -> None:
    """It would be looked up as one."""
    with pytest.raises(BadInput, match="port without a colon") as refused:
        HttpAddress.read("8766")
    assert ":8766" in refused.value.fix


def test_an_unknown_field_of_a_tokens_file_is_named_unless_it_may_be_a_token(tmp_path: Path) -> None:
    """What is as long as a secret is not shown."""
    for name, shown in (("tokn", "tokn"), (OPS, "with a long name")):
        content = json.dumps({"subjects": [{"name": "ops", name: "x"}]})
        with pytest.raises(BadSettings, match=shown) as refused:
            subjects(told("", filed(tmp_path, content)))
        assert OPS not in str(refused.value)
