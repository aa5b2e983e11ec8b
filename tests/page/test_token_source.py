"""LiveKit's own client gets its token from the page, as front ends made from LiveKit's starters do."""

from __future__ import annotations

import json

import anyio
import pytest
from playwright._impl._driver import compute_driver_executable

from mcp_voice.page.serving import join_page
from mcp_voice.page.static_files import FOLDER
from mcp_voice.settings import load
from testkit.fake_link import FakeEngine

pytestmark = pytest.mark.anyio

LIMIT = 30.0
TOKEN = "correct-horse-battery-staple"
CLIENT = FOLDER / "livekit-client.umd.js"
SCRIPT = """
const { TokenSource } = require(process.argv[1]);
const [url, bearer, options] = process.argv.slice(2);
const source = TokenSource.endpoint(url, { headers: { Authorization: `Bearer ${bearer}` } });
source.fetch(JSON.parse(options)).then(
  (found) => console.log(JSON.stringify(found)),
  (error) => console.log(JSON.stringify({ error: error.message })),
);
"""


async def fetched(url: str, bearer: str, **options: object) -> dict[str, str]:
    """What ``TokenSource.endpoint`` makes of the answer; Playwright brings a Node along."""
    node, _ = compute_driver_executable()
    command = [node, "-e", SCRIPT, str(CLIENT), f"{url}/api/token", bearer, json.dumps(options)]
    with anyio.fail_after(LIMIT):
        done = await anyio.run_process(command)
    found: dict[str, str] = json.loads(done.stdout)
    return found


async def test_livekits_token_source_gets_its_token_by_the_bearer_and_by_a_code() -> None:
    """With the fields that it sends; and a field that is not allowed is an error there."""
    engine = FakeEngine(url="ws://127.0.0.1:7880")
    async with join_page(load(_env_file=None, page_token=TOKEN), engine) as page:
        link = await page.link("kitchen")
        url = link.url.partition("/#")[0]
        asked = {"roomName": "kitchen", "participantName": "Ann", "participantIdentity": "ann"}
        assert await fetched(url, TOKEN, **asked) == {
            "serverUrl": "ws://127.0.0.1:7880",
            "participantToken": "ann Ann",
        }
        assert engine.log == ["admit ann to kitchen for 600 s"]
        by_code = await fetched(url, link.code, participantName="Ben")
        assert by_code["participantToken"].endswith(" Ben")
        refused = await fetched(url, TOKEN, roomName="kitchen", agentName="another")
        assert "received 400" in refused["error"]
        assert "room_config may not be set" in refused["error"]
