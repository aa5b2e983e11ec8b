"""The join page over HTTP: what it gives, what it refuses, and what every answer tells the browser."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import httpx2
import pytest

from mcp_voice.errors import LiveKitError
from mcp_voice.page.attempts import FAILED
from mcp_voice.page.codes import CODE_SECONDS
from mcp_voice.page.sessions import SESSION_SECONDS
from mcp_voice.results import RoomInfo
from testkit.fake_link import FakeEngine
from testkit.join_site import COOKIE, JoinSite, join_site

pytestmark = pytest.mark.anyio


def refusal(response: httpx2.Response) -> tuple[int, str]:
    """Status and code; what is said beside them is a sentence."""
    error = response.json()["error"]
    assert error["message"].endswith(".")
    return response.status_code, error["code"]


async def test_a_code_becomes_a_way_into_its_room(site: JoinSite) -> None:
    """LiveKit's standard answer, what the page shows beside it, and a cookie that no script reads."""
    code = site.code(name="Ann", asker="Claude")
    response = await site.join(code)
    answer = response.json()
    identity, session = answer.pop("identity"), answer.pop("session")
    assert response.status_code == 201
    assert answer == {
        "server_url": "ws://localhost",
        "participant_token": f"{identity} Ann",
        "room_name": "kitchen",
        "name": "Ann",
        "asker": "Claude",
    }
    assert identity.startswith("guest-")
    assert site.engine.log == [f"admit {identity} to kitchen for 600 s"]
    attributes = {each.strip() for each in response.headers["set-cookie"].split(";")[1:]}
    assert response.headers["set-cookie"].startswith(f"{COOKIE}_{session[0]}=")
    assert attributes == {"HttpOnly", "SameSite=strict", "Path=/api/rejoin", f"Max-Age={SESSION_SECONDS}"}


async def test_two_codes_are_two_people(site: JoinSite) -> None:
    """Two of one identity would throw each other out."""
    first, second = [(await site.join(site.code())).json()["identity"] for _ in range(2)]
    assert first != second


async def test_whoever_joins_may_give_a_name_of_one_line(site: JoinSite) -> None:
    """It is shown to everybody in the room, and to a model; nothing of it steers."""
    response = await site.join(site.code(name="Ann"), name="Be\u202en\n\x1b[2J" + "n" * 100)
    assert response.json()["name"].isprintable()
    assert len(response.json()["name"]) == 64
    assert (await site.join(site.code())).json()["name"] == "Guest"


async def test_a_used_an_expired_and_an_unknown_code_are_told_apart(site: JoinSite) -> None:
    """A person asks for a new link, or looks at how it is written."""
    used, late = site.code(), site.code()
    assert (await site.join(used)).status_code == 201
    assert refusal(await site.join(used)) == (410, "used-code")
    site.clock.now += CODE_SECONDS
    assert refusal(await site.join(late)) == (410, "expired-code")
    assert refusal(await site.join("AAAAA-AAAAA")) == (404, "unknown-code")


async def test_of_two_who_join_by_one_code_at_the_same_instant_one_comes_in() -> None:
    """Also while LiveKit takes its time."""
    engine = SlowEngine()
    async with join_site(engine) as site:
        code = site.code()
        found: list[int] = []

        async def join() -> None:
            found.append((await site.join(code)).status_code)
            engine.go.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(join)
            tasks.start_soon(join)
    assert sorted(found) == [201, 410]


class SlowEngine(FakeEngine):
    """LiveKit answers when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.go = anyio.Event()

    async def rooms(self, only: str = "") -> Sequence[RoomInfo]:
        """Wait first."""
        await self.go.wait()
        return await super().rooms(only)


async def test_a_code_outlasts_a_livekit_server_that_is_not_there(site: JoinSite) -> None:
    """The person tries again with the same link; why it failed is for the log, not for them."""
    code = site.code()
    site.engine.unreachable = LiveKitError("LiveKit at ws://10.0.0.1:7880 refuses the key.", code="refused")
    response = await site.join(code)
    assert refusal(response) == (503, "livekit-unreachable")
    assert response.headers["retry-after"] == "5"
    assert "10.0.0.1" not in response.text
    assert "set-cookie" not in response.headers
    site.engine.unreachable = None
    assert (await site.join(code)).status_code == 201


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "", "http://127.0.0.1:8124", "http://localhost:8123"])
@pytest.mark.parametrize("path", ["/api/join", "/api/rejoin"])
async def test_another_origin_lets_nobody_in(site: JoinSite, path: str, origin: str) -> None:
    """A web site in the same browser, a sandboxed frame, another port of this machine, a program without an origin."""
    code = site.code()
    assert refusal(await site.post(path, {"code": code}, origin=origin)) == (403, "foreign-origin")
    assert (await site.join(code)).status_code == 201


@pytest.mark.parametrize("path", ["/", "/static/index.html", "/api/join", "/api/token", "/no/such"])
@pytest.mark.parametrize(
    "host", ["evil.test", "evil.test:8123", "127.0.0.1", "127.0.0.1:80", "", "127.0.0.1:8123.evil"]
)
async def test_a_foreign_host_is_told_nothing(site: JoinSite, path: str, host: str) -> None:
    """A name that somebody points at this machine (DNS rebinding) is no name of the page."""
    response = await site.browser.request("POST" if path.startswith("/api") else "GET", path, headers={"host": host})
    assert refusal(response) == (421, "foreign-host")


async def test_a_code_tells_who_invites_before_it_is_used(site: JoinSite) -> None:
    """A page that opens by itself says who wants to speak; a guess is told nothing, and counts as one."""
    code = site.code(room_name="kitchen", name="Ann", asker="Claude")
    for _ in range(2):
        told = await site.post("/api/code", {"code": code})
        assert (told.status_code, told.json()) == (
            200,
            {"asker": "Claude", "room_name": "kitchen", "name": "Ann", "autojoin": False},
        )
        assert "set-cookie" not in told.headers
    assert (await site.join(code)).status_code == 201
    assert refusal(await site.post("/api/code", {"code": code})) == (410, "used-code")
    found = [refusal(await site.post("/api/code", {"code": f"WRONG-{number:05}"})) for number in range(12)]
    assert found.count((404, "unknown-code")) == FAILED.burst - 1
    assert found[-1] == (429, "rate-limited")
    assert refusal(await site.post("/api/code", {"code": code}, origin="https://evil.test")) == (403, "foreign-origin")


async def test_every_answer_has_the_headers_that_bound_it(site: JoinSite) -> None:
    """The page, a file, what is not there, a refusal and an admission alike."""
    answers = [
        await site.browser.get("/"),
        await site.browser.get("/static/index.html"),
        await site.browser.get("/no/such"),
        await site.browser.get("/api/join"),
        await site.browser.get("/", headers={"host": "evil.test"}),
        await site.join("AAAAA-AAAAA"),
        await site.join(site.code()),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 405, 421, 404, 201]
    for answer in answers:
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "microphone=(self)" in answer.headers["permissions-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
    kept = {answer.headers["cache-control"] for answer in answers}
    assert kept == {"no-store", "no-cache"}


async def test_the_page_may_run_its_own_scripts_and_reach_livekit_only() -> None:
    """What the policy says, word by word."""
    async with join_site(FakeEngine(url="ws://127.0.0.1:20123")) as site:
        found = (await site.browser.get("/")).headers["content-security-policy"]
    assert found == (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "connect-src 'self' ws://127.0.0.1:20123 http://127.0.0.1:20123; img-src 'self' data:; media-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


async def test_a_file_is_sent_once(site: JoinSite) -> None:
    """A phone that loads the page anew need not fetch 600 kB again; and the file is what it is said to be."""
    first = await site.browser.get("/static/index.html")
    again = await site.browser.get("/static/index.html", headers={"if-none-match": first.headers["etag"]})
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert (again.status_code, again.content) == (304, b"")


async def test_a_file_is_sent_packed_to_whom_can_unpack_it(site: JoinSite) -> None:
    """LiveKit's client is 600 kB, or 160."""
    path = "/static/livekit-client.umd.js"
    packed = await site.browser.get(path, headers={"accept-encoding": "gzip"})
    plain = await site.browser.get(path, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < 200_000 < int(plain.headers["content-length"])
    assert packed.content == plain.content


@pytest.mark.parametrize("path", ["../serving.py", "%2e%2e/serving.py", "..%2fserving.py", "/etc/passwd", "", "x"])
async def test_nothing_but_the_pages_own_files_can_be_asked_for(site: JoinSite, path: str) -> None:
    """They are listed once; a path is looked up, not followed."""
    assert refusal(await site.browser.get(f"/static/{path}")) == (404, "no-such-page")


async def test_behind_a_proxy_the_page_is_served_under_the_name_that_is_set() -> None:
    """With TLS in front the cookie is for https only; the loopback stays as it is."""
    async with join_site(page_url="https://voice.example.com") as site:
        there = {"origin": "https://voice.example.com", "host": "voice.example.com"}
        by_name = await site.post("/api/join", {"code": site.code()}, **there)
        assert by_name.status_code == 201
        assert "Secure" in by_name.headers["set-cookie"]
        by_loopback = await site.join(site.code())
        assert "Secure" not in by_loopback.headers["set-cookie"]
        for odd in ({"origin": "http://voice.example.com"}, {"origin": "https://voice.example.com.evil.test"}):
            assert refusal(await site.post("/api/join", {"code": "x"}, **{**there, **odd})) == (403, "foreign-origin")


async def test_a_fault_of_ours_says_no_more_than_that(site: JoinSite, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the browser nor the log is told what was in it; the code is as it was."""
    code = site.code()
    site.engine.people = None  # type: ignore[assignment]
    response = await site.join(code)
    assert refusal(response) == (500, "page-fault")
    assert code not in caplog.text
    assert "AttributeError" in caplog.text
    site.engine.people = {}
    assert (await site.join(code)).status_code == 201


async def test_no_code_token_or_cookie_is_logged(site: JoinSite, caplog: pytest.LogCaptureFixture) -> None:
    """At any level."""
    caplog.set_level("DEBUG")
    code = site.code()
    token = (await site.join(code)).json()["participant_token"]
    await site.join(code)
    await site.post("/api/rejoin")
    for secret in (code, token, site.browser.cookies[f"{COOKIE}_1"]):
        assert secret not in caplog.text
