"""Errors of ours, as they travel through the store: what, fix and code, and the class by which they are told apart."""

from __future__ import annotations

import logging

from mcp_voice import errors
from mcp_voice.errors import Busy, VoiceError
from mcp_voice.redaction import fault_place
from mcp_voice.store.records import Failure, Outcome

__all__ = ["as_failure", "as_outcome", "as_told", "raised"]

log = logging.getLogger(__name__)


def as_outcome(error: VoiceError) -> Outcome:
    """The outcome of what failed."""
    return Outcome(failure=as_told(error))


def as_told(error: VoiceError) -> Failure:
    """An error as it travels."""
    again = error.again_seconds if isinstance(error, Busy) else None
    return Failure(error=_name(error), what=error.what, fix=error.fix, code=error.code, again_seconds=again)


def as_failure(error: Exception) -> Outcome:
    """The same of any error; one that is none of ours is logged, without its text, which may quote what was said."""
    if isinstance(error, VoiceError):
        return as_outcome(error)
    log.error("a request failed: %s", fault_place(error))
    name = type(error).__name__
    return as_outcome(VoiceError(f"An error occurred inside mcp-voice ({name}).", fix="Try again.", code="internal"))


def raised(failure: Failure) -> VoiceError:
    """The error to raise; one of a class that this process does not know is a VoiceError."""
    known = getattr(errors, failure.error, VoiceError)
    kind = known if isinstance(known, type) and issubclass(known, VoiceError) else VoiceError
    error = kind.__new__(kind)  # whatever arguments its class takes
    VoiceError.__init__(error, failure.what, fix=failure.fix, code=failure.code)
    if isinstance(error, Busy):
        error.again_seconds = failure.again_seconds or 1
    return error


def _name(error: VoiceError) -> str:
    """Of its class, or of the nearest one that everybody knows."""
    names = (each.__name__ for each in type(error).__mro__)
    return next(name for name in names if hasattr(errors, name))
