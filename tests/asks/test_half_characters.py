"""Half a surrogate pair, which a script may pass and no engine can encode."""

from __future__ import annotations

import pytest

from mcp_voice.asks import arguments
from mcp_voice.errors import BadInput


@pytest.mark.parametrize("text", ["\ud83d", "Postgres \udc00", "\udfff yes"])
def test_half_a_character_is_refused_before_anything_is_spoken(text: str) -> None:
    """It ended the processes that speak and listen."""
    for refusing in (arguments.choices, lambda given: arguments.question(given[0])):
        with pytest.raises(BadInput, match="control characters"):
            refusing([text])


def test_whole_characters_beyond_the_first_plane_are_not() -> None:
    """People offer emoji."""
    assert arguments.choices(["\U0001f600 yes", "\U0001f641 no"]) == ("\U0001f600 yes", "\U0001f641 no")
