"""Access tokens of an authorization server: which are taken, which are not, and what the refusal says."""

from __future__ import annotations

from typing import Any

import anyio
import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from mcp_voice.callers.subjects import Subject
from mcp_voice.server import authenticating, issuer_keys
from mcp_voice.server.authenticating import BURST
from mcp_voice.server.discovery import metadata_urls
from mcp_voice.server.issuer_keys import MOST_WAITING, PAUSE_SECONDS, STALE_SECONDS, IssuerKeys
from mcp_voice.server.resource_metadata import pages
from testkit.issuer import AUDIENCE, ISSUER, FakeIssuer
from testkit.oauth_service import STATIC, Service
from testkit.waiting import until

pytestmark = pytest.mark.anyio


async def test_a_token_of_the_issuer_for_us_is_its_subjects_and_static_ones_stand_beside_it() -> None:
    """By the keys that its metadata names; one subject never passes for another of the same name."""
    issuer = FakeIssuer()
    service = Service(issuer)
    assert (await service.post(f"Bearer {issuer.token()}")).json() == {"name": "oauth:auth0|7", "rooms": ""}
    assert (await service.post(f"bearer {issuer.token(sub='ops')}")).json()["name"] == "oauth:ops"
    assert (await service.post(f"Bearer {STATIC}")).json()["name"] == "ops"
    for scopes in ({"scope": ["voice"]}, {"scope": None, "scp": ["voice"]}, {"scope": None, "scp": "a voice"}):
        assert await service.status(issuer.token(**scopes)) == 200
    assert await service.status(issuer.token(aud=["other", AUDIENCE], headers={"typ": "at+jwt"})) == 200
    assert issuer.fetched[-1] == "https://login.example/keys"


async def test_a_token_by_rsa_is_taken_and_by_a_short_key_it_is_not() -> None:
    """RS256 is what most servers sign with, PS256 takes the same key."""
    issuer = FakeIssuer.with_rsa()
    assert await Service(issuer).status(issuer.token()) == 200
    short = FakeIssuer.with_rsa(1024)
    with pytest.warns(Warning, match="bits"):
        token = short.token()
    assert await Service(short).status(token) == 401


async def test_the_refusal_says_where_a_token_is_got_and_with_which_scope() -> None:
    """A host that has none is told of no error; one whose token lacks the scope, of just that."""
    issuer = FakeIssuer()
    service = Service(issuer)
    where = 'scope="voice", resource_metadata="https://voice.example/.well-known/oauth-protected-resource/mcp"'
    nothing = await service.post()
    assert (nothing.status_code, nothing.headers["www-authenticate"]) == (401, f"Bearer {where}")
    for scopes in ({"scope": None}, {"scope": "voiceless openid"}, {"scope": "VOICE"}, {"scope": {"voice": 1}}):
        short = await service.post(f"Bearer {issuer.token(**scopes)}")
        assert short.status_code == 403
        assert 'error="insufficient_scope"' in short.headers["www-authenticate"]
        assert short.headers["www-authenticate"].endswith(where)
    for wrong in (
        "Basic b3BzOm9wcw==",
        "Bearer",
        f"Bearer  {STATIC}",
        STATIC,
        f"Bearer {STATIC} x",
        f"Bearer {STATIC},",
    ):
        assert (await service.post(wrong)).status_code == 401, wrong
    assert (await service.post(f"Bearer {STATIC}", "Bearer x")).status_code == 400
    assert service.figures.refusals["insufficient_scope"] == 4


async def test_a_subject_with_many_tokens_has_no_more_requests_open_than_with_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An authorization server gives as many tokens as one asks for; the others still get in."""
    monkeypatch.setattr(authenticating, "MOST_EACH", 2)
    issuer = FakeIssuer()
    service = Service(issuer)
    service.held = anyio.Event()
    statuses: list[int] = []

    async def call(token: str) -> None:
        statuses.append(await service.status(token))

    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(call, issuer.token(jti=str(number)))
        await until(lambda: statuses, limit=5)
        assert statuses == [429]
        tasks.start_soon(call, STATIC)
        await until(lambda: service.waiting == 3, limit=5)
        service.held.set()
    assert statuses == [429, 200, 200, 200]


async def test_who_may_call_is_as_the_subjects_file_says() -> None:
    """Once it lists somebody by their sub, nobody else may, but by the entry for all others."""
    issuer = FakeIssuer()
    ann = {"auth0|7": Subject("ann", "sales-*")}
    listed = Service(issuer, ann)
    assert (await listed.post(f"Bearer {issuer.token()}")).json() == {"name": "ann", "rooms": "sales-*"}
    refused = await listed.post(f"Bearer {issuer.token(sub='auth0|8')}")
    assert (refused.status_code, refused.json()["error"]) == (403, "access_denied")
    assert "www-authenticate" not in refused.headers
    others = Service(issuer, {**ann, "*": Subject("staff", "lobby")})
    assert (await others.post(f"Bearer {issuer.token(sub='auth0|8')}")).json() == {
        "name": "staff:auth0|8",
        "rooms": "lobby",
    }
    assert (await others.post(f"Bearer {issuer.token(sub='*')}")).json()["name"] == "staff:*"


async def test_while_the_issuer_is_down_no_token_of_it_is_taken_and_static_ones_are() -> None:
    """Nobody can say whether it is valid: that is no 401, and no open door."""
    issuer = FakeIssuer(is_down=True)
    service = Service(issuer)
    answer = await service.post(f"Bearer {issuer.token()}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "keys cannot be fetched" in answer.json()["error_description"]
    assert await service.status(STATIC) == 200
    issuer.is_down = False
    assert await service.status(issuer.token()) == 503  # not asked again at once
    service.now += PAUSE_SECONDS
    assert await service.status(issuer.token()) == 200
    issuer.is_down = True
    service.now += STALE_SECONDS - 1
    assert await service.status(issuer.token()) == 200
    assert await service.status(issuer.token(headers={"kid": "new"})) == 503
    assert await service.status(issuer.token(aud="https://other.example/mcp")) == 401
    service.now += 2
    assert await service.status(issuer.token()) == 503


async def test_a_new_key_is_found_and_one_that_was_taken_back_is_soon_forgotten() -> None:
    """Without a restart."""
    issuer = FakeIssuer()
    service = Service(issuer)
    old = issuer.token()
    assert await service.status(old) == 200
    service.now += PAUSE_SECONDS
    issuer.rotate("second")
    assert await service.status(issuer.token()) == 200
    assert await service.status(old) == 401


async def test_keys_are_fetched_anew_beside_the_calls_and_one_that_was_taken_back_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No call waits for an issuer that hangs, as long as its keys serve."""
    monkeypatch.setattr(issuer_keys, "LOOK_SECONDS", 0.01)
    issuer, now = FakeIssuer(), 1000.0
    fetched, hanging = anyio.Event(), anyio.Event()

    async def fetch(url: str) -> dict[str, Any]:
        if now > 1000.0:
            fetched.set()
            await hanging.wait()
        return await issuer.fetch(url)

    keys = IssuerKeys(ISSUER, fetch=fetch, clock=lambda: now)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keys.keep_fresh)
        assert await keys.key("first", "ES256") is not None
        now += 601.0
        with anyio.fail_after(5):
            await fetched.wait()
            assert await keys.key("first", "ES256") is not None
        issuer.rotate("second")
        hanging.set()
        await until(lambda: len(issuer.fetched) == 6, limit=5)
        assert await keys.key("second", "ES256") is not None
        assert await keys.key("first", "ES256") is None
        tasks.cancel_scope.cancel()


async def test_keys_that_nobody_keeps_fresh_are_fetched_by_the_call_that_finds_them_old() -> None:
    """A key that was taken back serves no longer than ten minutes."""
    issuer = FakeIssuer()
    service = Service(issuer)
    old = issuer.token()
    assert await service.status(old) == 200
    issuer.rotate("second")
    service.now += 601.0
    assert await service.status(old) == 401


async def test_a_flood_of_unknown_keys_is_one_fetch_and_holds_nobody_up() -> None:
    """However many come at once, and whoever hangs up meanwhile."""
    issuer = FakeIssuer()
    service = Service(issuer)
    assert await service.status(issuer.token()) == 200
    service.now += PAUSE_SECONDS
    before = len(issuer.fetched)
    async with anyio.create_task_group() as tasks:
        for number in range(200):
            tasks.start_soon(service.status, issuer.token(headers={"kid": f"unknown-{number}"}))
        tasks.start_soon(service.status, issuer.token())
    assert len(issuer.fetched) - before == 3  # two addresses of its metadata, and the keys
    # The others are told at once to come again: they would hold every connection for as long as a fetch takes.
    assert service.figures.refusals["invalid_token"] == MOST_WAITING
    assert service.figures.refusals["temporarily_unavailable"] == 200 - MOST_WAITING


async def test_an_authorization_server_that_hangs_holds_few_requests_and_none_of_those_with_another_token() -> None:
    """Whoever makes up the names of keys would else hold every connection that there is, without a token."""
    issuer = FakeIssuer()
    service = Service(issuer)
    issuer.held = anyio.Event()
    statuses: list[int] = []

    async def call(number: int) -> None:
        statuses.append(await service.status(issuer.token(headers={"kid": f"made-up-{number}"})))

    async with anyio.create_task_group() as tasks:
        for number in range(MOST_WAITING + 30):
            tasks.start_soon(call, number)
        await until(lambda: len(statuses) == 30, limit=10)
        assert set(statuses) == {503}
        assert await service.status(STATIC) == 200
        issuer.held.set()
    assert sorted(statuses) == [401] * MOST_WAITING + [503] * 30


async def test_a_subject_sends_no_more_requests_than_its_calls_need_and_another_one_is_served() -> None:
    """A list of tools is no call, and costs as much of our time as one."""
    issuer = FakeIssuer()
    service = Service(issuer)
    statuses = [await service.status(STATIC) for _ in range(BURST + 20)]
    assert statuses[:BURST] == [200] * BURST
    assert 429 in statuses[BURST:]
    refused = await service.post(f"Bearer {STATIC}")
    assert refused.json()["error"] == "rate"
    assert int(refused.headers["Retry-After"]) >= 1
    assert await service.status(issuer.token()) == 200


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example/", "jwks_uri": "https://evil.example/keys"},
        {"issuer": ISSUER, "jwks_uri": "http://login.example/keys"},
        {"issuer": ISSUER, "jwks_uri": "http://127.0.0.1:6379/keys"},
        {"issuer": ISSUER, "jwks_uri": "http://localhost/keys"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER, "jwks_uri": ["https://login.example/keys"]},
        {"issuer": ISSUER, "jwks_uri": "https://[::1"},
        {"issuer": ISSUER},
    ],
)
async def test_metadata_that_leads_elsewhere_opens_no_door(metadata: dict[str, Any]) -> None:
    """Nor is anything fetched from there."""
    issuer = FakeIssuer(metadata=metadata)
    assert await Service(issuer).status(issuer.token()) == 503
    assert {url.partition("/.well-known")[0] for url in issuer.fetched} == {"https://login.example"}


async def test_keys_that_are_not_for_this_are_passed_over() -> None:
    """For encryption, shared, of another kind, malformed, or two under one id."""
    issuer = FakeIssuer()
    wrong = ec.generate_private_key(ec.SECP256R1())
    other = FakeIssuer(wrong, kid="other").jwk
    issuer.more_keys = [
        {"kty": "oct", "kid": "oct", "k": "AAAA", "alg": "HS256"},
        {**other, "use": "enc"},
        {**other, "kid": "twice"},
        {**issuer.jwk, "kid": "twice"},
        {**other, "kid": "broken", "x": "!"},
        {"kid": "nothing"},
        "no object",  # type: ignore[list-item]  # whatever somebody publishes
    ]
    service = Service(issuer)
    assert await service.status(issuer.token()) == 200
    for kid in ("oct", "other", "twice", "broken", "nothing"):
        assert await service.status(issuer.token(key=wrong, headers={"kid": kid})) == 401, kid


async def test_the_protected_resource_metadata_names_us_and_the_issuer() -> None:
    """At both addresses where hosts look (RFC 9728, MCP)."""
    served = dict(pages(AUDIENCE, ISSUER))
    assert set(served) == {"/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"}
    for path, page in served.items():
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=page), base_url="https://voice.example"
        ) as http:
            told = (await http.get(path)).json()
        assert (told["resource"], told["authorization_servers"]) == (AUDIENCE, [ISSUER])
        assert told["scopes_supported"] == ["voice"]


def test_the_metadata_of_an_issuer_with_a_path_is_looked_for_in_the_order_of_mcp() -> None:
    """And of one without."""
    assert list(metadata_urls("https://a.example/t")) == [
        "https://a.example/.well-known/oauth-authorization-server/t",
        "https://a.example/.well-known/openid-configuration/t",
        "https://a.example/t/.well-known/openid-configuration",
    ]
    assert len(list(metadata_urls("https://a.example"))) == 2
