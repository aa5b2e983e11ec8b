"""What is told to a subject that calls too often."""

from __future__ import annotations

import pytest

from mcp_voice.callers.rates import too_many_calls
from mcp_voice.callers.subjects import Subject


@pytest.mark.parametrize(("left", "told"), [(0.01, 1), (1.0, 1), (1.4, 2), (29.6, 30), (30.5, 31)])
def test_whoever_calls_again_when_told_to_is_not_refused_once_more(left: float, told: int) -> None:
    """A part of a second counts as one."""
    assert f"Call again in {told} s." in str(too_many_calls(Subject("ops"), left))
