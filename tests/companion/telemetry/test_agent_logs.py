"""The form of the worker's log, and what never gets into it; test_agent_operation.py has a real worker's."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from livekit.agents import APIError
from livekit.agents.cli.log import ColoredFormatter, JsonFormatter

from mcp_voice.errors import BadSettings
from mcp_voice_agent.telemetry.logs import fault_told, form_logs

SAID = "my secret word"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eSI6ImFsaWNlIn0.c2lnbmF0dXJl"
LIVEKIT = logging.getLogger("livekit.agents")


@contextmanager
def written(formatter: logging.Formatter, *, speech: bool = False) -> Iterator[io.StringIO]:
    """What a handler writes that LiveKit's command line has installed and we have given our form."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root, level = logging.getLogger(), LIVEKIT.level
    root.addHandler(handler)
    LIVEKIT.setLevel(logging.DEBUG)
    try:
        form_logs(speech=speech)
        yield stream
    finally:
        LIVEKIT.setLevel(level)
        root.removeHandler(handler)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """The JSON of each line."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_in_production_each_line_is_json_with_its_fields() -> None:
    """A collector of logs searches by field; a stack of several lines would be torn apart."""
    with written(JsonFormatter()) as stream:
        try:
            raise RuntimeError("The roof\nis gone.")  # noqa: TRY301 - this is what is logged.
        except RuntimeError:
            LIVEKIT.exception("job failed", extra={"job_id": "AJ_1", "room": "kitchen", "participant": "alice"})
    (line,) = lines(stream)
    assert line.items() >= {
        "event": "job failed", "level": "error", "logger": "livekit.agents",
        "job": "AJ_1", "room": "kitchen", "participant": "alice",
    }.items()  # fmt: skip
    assert line["exception"].endswith("RuntimeError: The roof\nis gone.")
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None


def test_in_development_lines_are_for_the_eye() -> None:
    """Nobody reads JSON while trying something out."""
    with written(ColoredFormatter("%(message)s")) as stream:
        LIVEKIT.warning("floor taken", extra={"room": "kitchen"})
    assert "floor taken" in stream.getvalue()
    assert "room=kitchen" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


@pytest.mark.parametrize("speech", [False, True], ids=["by default", "where a setting allows it"])
def test_what_people_say_is_logged_only_where_a_setting_allows_it(*, speech: bool) -> None:
    """LiveKit marks it, or writes it at DEBUG; one of its errors has the text to be spoken in its message."""
    with written(JsonFormatter(), speech=speech) as stream:
        LIVEKIT.debug("received user transcript %s", SAID)
        LIVEKIT.warning("skipping reply to user input", extra={"lk.pii.user_input": SAID})
        LIVEKIT.warning("refused", extra={"error": f"invalid token: {TOKEN}"})
        try:
            raise APIError(f"no audio frames were pushed for text: {SAID}")  # noqa: TRY301 - this is what is logged.
        except APIError:
            LIVEKIT.exception("failed to speak")
    assert (SAID in stream.getvalue()) is speech
    assert (TOKEN in stream.getvalue()) is False
    assert [line["event"] for line in lines(stream)][-3:] == [
        "skipping reply to user input",
        "refused",
        "failed to speak",
    ]


def test_handlers_of_others_keep_their_form() -> None:
    """Whoever runs the worker inside a program of their own has set up its logging."""
    theirs = logging.Formatter("%(message)s")
    with written(theirs) as stream:
        LIVEKIT.warning("floor taken")
    assert stream.getvalue() == "floor taken\n"


@pytest.mark.parametrize("formatter", [JsonFormatter(), ColoredFormatter("%(message)s")], ids=["JSON", "readable"])
@pytest.mark.parametrize("speech", [False, True])
def test_nothing_from_outside_steers_a_terminal_or_tells_a_login(formatter: logging.Formatter, *, speech: bool) -> None:
    """Names of rooms and people are theirs to choose, and errors of HTTP clients hold the whole address."""
    hostile, address = "eve\x1b[2J\u202e", "wss://me:sesame@host/?token=tell-nobody"
    with written(formatter, speech=speech) as stream:
        LIVEKIT.warning(
            "%s is gone from %s", hostile, address, extra={"room": hostile, "data": {"urls": [address, hostile]}}
        )
    text = stream.getvalue()
    assert "wss://…@host/?…" in text
    for each in ("\x1b[2J", "\\u001b[2J", "\\x1b[2J", "\u202e", "\\u202e", "sesame", "tell-nobody"):
        assert each not in text


def test_what_breaks_a_conversation_off_is_told_without_what_was_said() -> None:
    """An error quotes what it could not deal with, and the level of this line is one that everybody logs."""
    with pytest.raises(ValueError, match=SAID) as one:
        float(SAID)
    several = ExceptionGroup(SAID, [one.value, BadSettings("There is no model.")])
    assert fault_told(one.value).startswith("ValueError at test_agent_logs.py:")
    assert SAID not in fault_told(several)
    assert fault_told(several).endswith(", BadSettings")
    assert fault_told(BadSettings("There is no model.")) == "There is no model."
