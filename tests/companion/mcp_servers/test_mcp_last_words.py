"""What a server writes to its stderr is told where it says why it ended, without secrets, and never if it is speech."""

from __future__ import annotations

import logging

import pytest

from mcp_voice_agent.mcp_servers.last_words import ServerWords

SECRET = "SECRET-abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("before", [0, 150, 180, 199, 4000, 8170, 8190, 9000])
def test_no_part_of_a_secret_is_kept_wherever_a_line_is_cut(before: int) -> None:
    """A line is cut after secrets are taken out, and what may be the beginning of one at the end goes with them."""
    words = ServerWords("notes", [SECRET])
    line = "x" * before + SECRET * 3 + "y" * 300 + "\n"
    for at in range(0, len(line), 1000):
        words.take(line[at : at + 1000])
    words.take("SECRET-abcdefg")
    words.take("hijklmnopqrstuvwxyz")
    words.end()
    assert "abcd" not in words.text
    assert max(map(len, words.text.split(" / "))) <= 200


def test_what_is_written_once_a_server_is_called_is_kept_and_logged_only_where_speech_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Servers log their calls, and those hold what humans said."""
    caplog.set_level(logging.DEBUG)
    withheld, logged = ServerWords("notes", []), ServerWords("notes", [], speech=True)
    for words in (withheld, logged):
        words.take("ready\n")
        assert words.text == "ready"
        words.withhold()
    withheld.take("call: my bank's number is 42\n")
    assert withheld.text == ""
    assert "42" not in caplog.text
    logged.take("call: 42\n")
    assert logged.text == "ready / call: 42"
