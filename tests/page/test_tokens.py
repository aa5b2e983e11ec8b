"""LiveKit's standard token endpoint, for a front end of the user's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from mcp_voice.errors import BadSettings
from mcp_voice.participants import Participant
from mcp_voice.settings import load
from testkit.join_site import JoinSite, join_site

pytestmark = pytest.mark.anyio

TOKEN = "correct-horse-battery-staple"
FRONT_END = "http://localhost:3000"


@pytest.fixture
async def site() -> AsyncIterator[JoinSite]:
    """A page that gives tokens, for two rooms."""
    async with join_site(page_token=TOKEN, rooms="kitchen,hall", room="hall") as opened:
        yield opened


async def asked(site: JoinSite, bearer: str = TOKEN, *, origin: str = FRONT_END, **fields: Any) -> httpx2.Response:
    """What ``TokenSource.endpoint`` sends."""
    headers = {"authorization": f"Bearer {bearer}", **({"origin": origin} if origin else {})}
    return await site.browser.post("/api/token", json=fields, headers=headers)


def refusal(response: httpx2.Response) -> tuple[int, str]:
    """Status and code."""
    return response.status_code, response.json()["error"]["code"]


async def test_a_front_end_of_ones_own_gets_a_token(site: JoinSite) -> None:
    """Of LiveKit's form; for the room, the identity and the name that it asks for."""
    response = await asked(site, room_name="kitchen", participant_identity="ann", participant_name="Ann")
    assert response.status_code == 201
    assert response.json() == {
        "server_url": "ws://localhost",
        "participant_token": "ann Ann",
        "room_name": "kitchen",
    }
    assert site.engine.log == ["admit ann to kitchen for 600 s"]
    assert "set-cookie" not in response.headers


async def test_a_token_is_for_the_room_of_the_settings_where_none_is_named(site: JoinSite) -> None:
    """With an identity of its own, and empty fields as a client may send them."""
    empty: dict[str, Any] = {"participant_metadata": "", "participant_attributes": {}, "room_config": {}}
    answers = [(await asked(site, **empty)).json() for _ in range(2)]
    assert [answer["room_name"] for answer in answers] == ["hall", "hall"]
    assert answers[0]["participant_token"] != answers[1]["participant_token"]


async def test_a_token_lasts_as_asked_up_to_four_hours_and_sends_data_as_asked(site: JoinSite) -> None:
    """The two fields beside LiveKit's own."""
    await asked(site, participant_identity="ann", ttl=4 * 3_600, canPublishData=False)
    assert site.engine.log == ["admit ann to hall for 14400 s, silently"]
    assert refusal(await asked(site, ttl=4 * 3_600 + 1)) == (400, "bad-body")
    assert refusal(await asked(site, ttl=0)) == (400, "bad-body")


async def test_a_code_is_worth_a_token_once(site: JoinSite) -> None:
    """For its own room and identity, which nobody chooses, for ten minutes at most."""
    code = site.code(room_name="kitchen", name="Ann")
    for field in ({"room_name": "hall"}, {"participant_identity": "bob"}, {"ttl": 601}):
        assert refusal(await asked(site, code, **field)) == (400, "field-not-allowed")
    response = await asked(site, code, room_name="kitchen")
    assert response.status_code == 201
    assert response.json()["participant_token"].endswith(" Ann")
    assert refusal(await asked(site, code)) == (410, "used-code")


@pytest.mark.parametrize(
    "field",
    [
        {"participant_metadata": "x"},
        {"participant_attributes": {"lk.agent.state": "speaking"}},
        {"room_config": {"agents": [{"agent_name": "other"}]}},
        {"participant_identity": "mcp-voice-0a1b2c3d"},
        {"participant_identity": "agent-x"},
        {"participant_identity": "companion"},
    ],
    ids=str,
)
async def test_a_client_may_not_pass_for_what_it_is_not(site: JoinSite, field: dict[str, Any]) -> None:
    """Nor throw an agent out of its room by taking its identity."""
    site.engine.people["hall"] = [Participant("companion", "Companion", "agent")]
    assert refusal(await asked(site, **field)) == (400, "field-not-allowed")


@pytest.mark.parametrize(
    "field", [{"video": True}, {"room_name": 1}, {"room_name": "x" * 200}, {"participant_identity": "\x1b"}], ids=str
)
async def test_an_unknown_or_unusable_field_is_refused(site: JoinSite, field: dict[str, Any]) -> None:
    """With a 4xx, as LiveKit's guide wants it."""
    assert refusal(await asked(site, **field)) == (400, "bad-body")


async def test_a_room_that_is_not_allowed_is_refused(site: JoinSite) -> None:
    """The bearer token opens no more than ``MCP_VOICE_ROOMS`` does."""
    assert refusal(await asked(site, room_name="attic")) == (403, "room-forbidden")


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", "Bearer", "", f"Basic {TOKEN}", TOKEN])
async def test_without_the_bearer_token_or_a_code_there_is_none(site: JoinSite, given: str) -> None:
    """A wrong one counts as a guess."""
    headers = {"authorization": given} if given else {}
    response = await site.browser.post("/api/token", json={}, headers=headers)
    assert refusal(response) in {(401, "not-authorized"), (404, "unknown-code")}


async def test_guesses_at_the_bearer_token_end_soon(site: JoinSite) -> None:
    """After ten; then not even the right one is tried."""
    for _ in range(10):
        assert refusal(await asked(site, "wrong")) == (404, "unknown-code")
    assert refusal(await asked(site)) == (429, "rate-limited")


async def test_without_the_setting_there_is_no_bearer_token() -> None:
    """An empty one opens nothing."""
    async with join_site() as site:
        assert refusal(await asked(site, "")) == (401, "not-authorized")
        assert refusal(await asked(site, TOKEN)) == (404, "unknown-code")


def test_a_bearer_token_that_can_be_guessed_is_refused_and_never_shown() -> None:
    """At the start, by name."""
    with pytest.raises(BadSettings, match="MCP_VOICE_PAGE_TOKEN: must have at least 16 characters"):
        load(_env_file=None, page_token="short")
    assert TOKEN not in repr(load(_env_file=None, page_token=TOKEN))


@pytest.mark.parametrize("origin", [FRONT_END, "http://127.0.0.1:5173", "http://[::1]:3000", "http://127.0.0.1:8123"])
async def test_a_front_end_on_this_machine_may_ask_from_its_own_origin(site: JoinSite, origin: str) -> None:
    """With the browser's question before it; never with cookies."""
    asking = {"origin": origin, "access-control-request-method": "POST"}
    before = await site.browser.options("/api/token", headers=asking)
    assert before.status_code == 204
    assert before.headers["access-control-allow-headers"] == "authorization, content-type"
    for response in (before, await asked(site, origin=origin), await asked(site, "wrong", origin=origin)):
        assert response.headers["access-control-allow-origin"] == origin
        assert response.headers["vary"] == "origin"
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost.evil.test", "file://", "http://[::"])
async def test_a_web_site_gets_no_token(site: JoinSite, origin: str) -> None:
    """Even with the bearer token: such a front end asks from its own server, which has no origin."""
    assert refusal(await asked(site, origin=origin)) == (403, "foreign-origin")
    assert refusal(await site.browser.options("/api/token", headers={"origin": origin})) == (403, "foreign-origin")
    assert (await asked(site, origin="")).status_code == 201
