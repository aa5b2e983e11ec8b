"""Who we are in rooms: known while it lasts, and never named as somebody else."""

from __future__ import annotations

import pytest

from mcp_voice.errors import UnknownParticipant
from mcp_voice.room.ourselves import Ourselves


def test_an_identity_is_new_each_time_and_ours_while_it_lasts() -> None:
    """Two of one identity throw each other out of a room."""
    ourselves = Ourselves()
    with ourselves.new("mcp-voice-") as first, ourselves.new("mcp-voice-") as second:
        assert first != second
        assert first.startswith("mcp-voice-")
        assert ourselves.others(["alice", first, "bob", second]) == ["alice", "bob"]
    assert ourselves.others([first]) == [first]


def test_a_message_is_for_others_only() -> None:
    """What is for us and somebody else goes to them; what is for us alone must not go to all."""
    ourselves = Ourselves()
    with ourselves.new("mcp-voice-") as own:
        assert ourselves.addressed([]) == []
        assert ourselves.addressed(["alice", own]) == ["alice"]
        with pytest.raises(UnknownParticipant, match="is mcp-voice itself") as raised:
            ourselves.addressed([own])
        assert raised.value.fix.startswith("Name somebody else")
