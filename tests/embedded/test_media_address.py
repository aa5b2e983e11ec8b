"""The embedded server takes media at one more address once somebody wants that, until it ends; signalling never."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcp_voice.embedded import embedded_server
from mcp_voice.embedded.keeper.files import Files
from mcp_voice.embedded.keeper.server import HOST
from mcp_voice.process.locks import try_lock
from mcp_voice.settings import load

pytestmark = pytest.mark.anyio

ADDRESS = "127.0.0.2"


async def test_a_server_that_runs_is_started_again_for_another_address_and_stays_where_it_is(tmp_path: Path) -> None:
    """Port and key are the same; by itself it is reached on the loopback alone."""
    plain = load(_env_file=None, state_dir=tmp_path)
    async with embedded_server(plain, grace=0.3) as first:
        (config,) = tmp_path.rglob("livekit.yaml")
        assert json.loads(config.read_text())["rtc"]["ips"]["includes"] == [f"{HOST}/32"]
        async with embedded_server(load(_env_file=None, state_dir=tmp_path, page_host=ADDRESS), grace=0.3) as second:
            assert second == first
            opened = json.loads(config.read_text())
            assert opened["bind_addresses"] == [HOST]
            assert opened["rtc"]["ips"]["includes"] == [f"{HOST}/32", f"{ADDRESS}/32"]
            assert "node_ip" not in opened["rtc"]
        assert list(tmp_path.rglob("*.address")) == []
        assert f"{ADDRESS}/32" in json.loads(config.read_text())["rtc"]["ips"]["includes"], "no room is interrupted"


def test_only_who_holds_a_lease_can_want_an_address(tmp_path: Path) -> None:
    """A crash takes the wish away, and what is no address is none."""
    files = Files(tmp_path)
    files.create()
    held = try_lock(files.leases / "1-a.lease")
    assert held is not None
    odd = try_lock(files.leases / "3-c.lease")
    assert odd is not None
    for name, text in (("1-a", ADDRESS), ("2-b", "192.0.2.1"), ("3-c", '"], "keys": {')):
        (files.leases / f"{name}.address").write_text(text)
    assert files.wanted_addresses() == {ADDRESS}
    assert not (files.leases / "2-b.address").exists()
    held.release()
    odd.release()
    assert files.wanted_addresses() == set()
