"""What the tests of the join page share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from testkit.join_site import JoinSite, join_site


@pytest.fixture
async def site() -> AsyncIterator[JoinSite]:
    """A join page, and a browser that may ask it."""
    async with join_site() as opened:
        yield opened
