"""Who was invited by a name, under which they need not have come."""

from __future__ import annotations

import pytest

from mcp_voice.page.joining import MOST_INVITED
from testkit.join_site import JoinSite

pytestmark = pytest.mark.anyio


async def test_whoever_writes_another_name_is_still_known_as_the_one_who_was_invited(site: JoinSite) -> None:
    """In that room, and by the name that their link was made for."""
    site.code(name="Bob")
    joined = (await site.join(site.code(name="Ann"), name="Annie")).json()
    assert joined["name"] == "Annie"
    assert site.joining.invited("kitchen", "Ann") == {joined["identity"]}
    assert not site.joining.invited("kitchen", "Annie")
    assert not site.joining.invited("hall", "Ann")


async def test_of_those_who_were_invited_the_last_are_known(site: JoinSite) -> None:
    """However many links are made."""
    for _ in range(MOST_INVITED + 10):
        site.code(name="Ann")
    assert len(site.joining.invited("kitchen", "Ann")) == MOST_INVITED
