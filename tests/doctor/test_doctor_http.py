"""Doctor on who may call over HTTP: the tokens, our own address, and the authorization server."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from mcp_voice.doctor.http import HTTP
from mcp_voice.doctor.server import MCP_VOICE
from mcp_voice.doctor.steps import CheckOutcome
from mcp_voice.settings import Settings, load
from testkit.client_tools import at_loopback
from testkit.doctor import examined, problems, states
from testkit.issuer import FakeIssuer

pytestmark = pytest.mark.anyio

App = Callable[[Scope, Receive, Send], Awaitable[None]]
TOKEN = "o" * 40
URL = "https://voice.example.com"


def given(**settings: Any) -> Settings:
    """Settings with these and nothing else."""
    found: Settings = load(_env_file=None, **settings)
    return found


def a_file(folder: Path, entry: dict[str, Any], mode: int = 0o600) -> Path:
    """A file of tokens with one entry."""
    path = folder / "tokens.json"
    path.write_text(json.dumps({"subjects": [{"name": "ops", **entry}]}))
    path.chmod(mode)
    return path


async def of_callers(**settings: Any) -> CheckOutcome:
    """What became of the check of those who may call."""
    (found,) = await examined(given(**settings), HTTP[0])
    assert TOKEN not in repr(found)
    return found


async def test_where_nothing_of_http_is_set_nothing_is_said_of_it() -> None:
    """Most have one host, on stdio."""
    assert states(await examined(given(), *HTTP)) == {}


async def test_whoever_may_call_is_named_and_no_token_is(tmp_path: Path) -> None:
    """From both settings."""
    file = a_file(tmp_path, {"sha256": "a" * 64}, 0o644)
    found = await of_callers(http_tokens=SecretStr(f"sales={TOKEN}"), http_tokens_file=file)
    assert (found.state, found.detail) == ("passed", "2 subjects: 'sales', 'ops'")
    alone = await of_callers(http_metrics="127.0.0.1:9100")
    assert (alone.state, alone.detail.partition(",")[0]) == (
        "passed",
        "anyone on this machine with the token printed at startup",
    )


async def test_what_serve_would_not_start_with_is_a_failure_in_its_words(tmp_path: Path) -> None:
    """Tokens that are none, an issuer without our own address, and figures without a port."""
    file = tmp_path / "tokens.json"
    file.write_text("{")
    for settings, what in (
        ({"http_tokens": SecretStr("ops=short")}, "too short"),
        ({"http_tokens_file": file}, "not JSON"),
        ({"http_tokens_file": tmp_path / "nowhere.json"}, "cannot be read"),
        ({"http_issuer": "https://login.example.com"}, "MCP_VOICE_HTTP_URL is not"),
        ({"http_metrics": "9100"}, "MCP_VOICE_HTTP_METRICS"),
    ):
        found = await of_callers(**settings)
        assert problems([found]) == {"callers": ["callers"]}, what
        assert what in found.problems[0].cause
        assert found.problems[0].code == "bad-settings"
        assert found.problems[0].fix


async def test_a_file_whose_tokens_every_user_can_read_is_a_doubt(tmp_path: Path) -> None:
    """One that holds hashes alone may be read by anybody."""
    found = await of_callers(http_tokens_file=a_file(tmp_path, {"token": TOKEN}, 0o644))
    assert (found.state, problems([found])) == ("doubtful", {"callers": ["tokens-exposed"]})
    assert "mode 0644" in found.problems[0].cause
    for entry, mode in (({"token": TOKEN}, 0o640), ({"sha256": "b" * 64}, 0o644)):
        assert (await of_callers(http_tokens_file=a_file(tmp_path, entry, mode))).state == "passed"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"http_url": URL}, []),
        ({"http_url": "http://voice.example.com"}, ["http-url-unencrypted"]),
        ({"http_url": "http://voice.internal"}, []),
        ({"http_url": "http://127.0.0.1:8765", "http_issuer": "https://login.example.com"}, ["http-url-here"]),
        ({"http_url": "http://127.0.0.1:8765", "http_issuer": "http://127.0.0.1:9000"}, []),
        ({"http_url": URL, "http_issuer": "https://a.example", "http_audience": f"{URL}/"}, ["audience-without-path"]),
        ({"http_url": URL, "http_issuer": "https://a.example", "http_audience": f"{URL}/mcp"}, []),
        ({"http_url": URL, "http_audience": "abc"}, ["without-issuer"]),
        ({"http_url": URL, "http_jwks_url": f"{URL}/keys"}, ["without-issuer"]),
    ],
)
async def test_an_address_that_cannot_be_meant_is_pointed_out(settings: dict[str, str], expected: list[str]) -> None:
    """By what it is for."""
    found = await of_callers(**settings)
    assert [each.name for each in found.problems] == expected


def published(metadata: Callable[[str], Any], keys: Any) -> App:
    """An authorization server that tells these, each at its place; ``metadata`` is given its address."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope["headers"])[b"host"].decode()
        told = {"/.well-known/oauth-authorization-server": metadata(f"http://{host}"), "/keys": keys}.get(scope["path"])
        await JSONResponse(told, 404 if told is None else 200)(scope, receive, send)

    return answer


def whole(url: str) -> dict[str, str]:
    """Metadata that is right."""
    return {"issuer": url, "jwks_uri": f"{url}/keys"}


async def of_issuer(app: App, **settings: Any) -> CheckOutcome:
    """What became of the check of this authorization server."""
    async with at_loopback(app) as url:
        filled = {name: value.format(url=url) for name, value in settings.items()}
        (found,) = await examined(given(http_url=URL, **{"http_issuer": url, **filled}), HTTP[1])
    return found


async def test_an_authorization_server_is_asked_for_its_keys() -> None:
    """By its metadata, or where a setting says."""
    keys = {"keys": [FakeIssuer().jwk, {"kty": "oct", "k": "AAAA"}]}
    found = await of_issuer(published(whole, keys))
    assert found.state == "passed"
    assert found.detail.endswith(", 2 keys (ES256)")
    by_setting = await of_issuer(published(lambda _: None, keys), http_jwks_url="{url}/keys")
    assert by_setting.state == "passed"


@pytest.mark.parametrize(
    ("app", "settings", "name", "why"),
    [
        (published(lambda _: None, None), {}, "issuer", "no metadata"),
        (published(lambda url: {**whole(url), "issuer": f"{url}/"}, None), {}, "issuer", "names another issuer"),
        (published(lambda url: {"issuer": url}, None), {}, "issuer", "no https address for its keys"),
        (published(whole, None), {}, "issuer", "status 404"),
        (published(whole, {"keys": "none"}), {}, "issuer", "no list of keys"),
        (published(whole, None), {"http_jwks_url": "{url}/keys"}, "jwks", "status 404"),
        (published(whole, {"keys": []}), {}, "issuer-keys", "no signing key"),
        (published(whole, {"keys": [{"kty": "oct", "k": "AAAA"}]}), {}, "issuer-keys", "1 other key"),
        (published(whole, {"keys": [FakeIssuer.with_rsa(1024).jwk]}), {}, "issuer-keys", "1 other key"),
    ],
)
async def test_keys_that_cannot_be_had_or_used_are_a_failure(
    app: App, settings: dict[str, str], name: str, why: str
) -> None:
    """Every access token would be refused, and the caller told to try again."""
    found = await of_issuer(app, **settings)
    assert (found.state, problems([found])) == ("failed", {"issuer": [name]})
    assert why in found.problems[0].cause


async def test_an_authorization_server_that_is_not_there_is_told_with_the_reason() -> None:
    """Not by the name of an exception alone."""
    async with at_loopback(published(whole, None)) as url:
        pass
    (found,) = await examined(given(http_url=URL, http_issuer=url), HTTP[1])
    assert "nothing listens there" in found.problems[0].cause


async def test_one_that_does_not_answer_in_time_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a remedy of its own: a firewall drops the packets."""
    monkeypatch.setattr("mcp_voice.server.fetching.SECONDS", 60.0)
    asked = anyio.Event()

    async def silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
        asked.set()
        await anyio.sleep_forever()

    async with at_loopback(silent) as url:
        with anyio.fail_after(30):
            (found,) = await examined(given(http_url=URL, http_issuer=url), HTTP[1])
    assert asked.is_set()
    assert problems([found]) == {"issuer": ["issuer-late"]}
    assert f"within {HTTP[1].limit:.0f} s" in found.problems[0].cause


async def test_doctor_makes_these_checks_after_those_of_the_store() -> None:
    """They need nothing of LiveKit."""
    made: list[str] = []

    class Recorded:
        outcomes = (CheckOutcome("address", "", "failed"),)

        async def make(self, steps: Any) -> None:
            made.extend(each.name for each in steps)

        def skip(self, *_: str) -> None:
            pass

    await MCP_VOICE.checks(Recorded())  # type: ignore[arg-type]  # all of it that is used
    assert made.index("store") < made.index("callers") < made.index("issuer") < made.index("address")
