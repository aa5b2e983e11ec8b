"""The companion in end-to-end encrypted rooms."""

from __future__ import annotations

import pytest

from testkit.companion import greeted, person_in, requests_after
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until
from testkit.worker import companions, worker

pytestmark = pytest.mark.anyio

KEY = "a shared passphrase"


async def test_a_companion_with_the_key_greets_and_hears(rig: Rig, room: str) -> None:
    """The same setting as the server's, and LiveKit's own encryption in both directions."""
    async with worker(rig, MCP_VOICE_E2EE_KEY=KEY), person_in(rig, room, e2ee_key=KEY) as alice:
        await greeted(alice)
        await alice.speak(voice_of("yes please go ahead"))
        await until(lambda: requests_after(rig, "yes please go ahead"), limit=2 * LIMIT)


async def test_a_companion_without_the_key_leaves_and_logs_why(rig: Rig, room: str) -> None:
    """It would converse with noise, and be heard by whoever runs the server."""
    async with worker(rig) as started, person_in(rig, room, e2ee_key=KEY) as alice:
        await until(lambda: started.logged("sends end-to-end encrypted audio"), limit=2 * LIMIT)
        await until(lambda: not companions(alice), limit=LIMIT)
        assert not alice.heard.sounds
