"""Errors that travel through a store."""

from __future__ import annotations

import pytest

from mcp_voice import errors
from mcp_voice.errors import Busy, VoiceError
from mcp_voice.requests.failures import as_outcome, raised
from mcp_voice.store.records import Failure

CLASSES = [name for name in errors.__all__ if isinstance(getattr(errors, name), type)]


@pytest.mark.parametrize("name", CLASSES)
def test_an_error_of_every_class_is_raised_as_it_was(name: str) -> None:
    """Whatever arguments its class takes."""
    error = raised(Failure(error=name, what="It failed.", fix="Try again.", code="some-code"))
    assert type(error) is getattr(errors, name)
    assert (str(error), error.code) == ("It failed. Try again.", "some-code")


def test_a_busy_machine_is_told_of_as_it_was() -> None:
    """Its text is made of numbers."""
    failure = as_outcome(Busy(7, again=3.2)).failure
    assert failure is not None
    assert (str(raised(failure)), raised(failure).code) == (str(Busy(7, again=3.2)), "busy")


def test_a_class_that_is_none_of_ours_is_an_error_of_ours() -> None:
    """Such as one of a later release, or a name that stands for something else."""
    for name in ("LaterError", "quoted", "__builtins__", ""):
        assert type(raised(Failure(error=name, what="It failed."))) is VoiceError
