"""Whether an answer that came with 2xx says that it failed: as the operator declared it, or as services usually say it.

A workflow that fails often answers with 200 all the same. What is told from the answer is the name of the field that
says so, never anything that stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["OkWhen", "failed", "unmet"]

Scalar = str | int | float | bool | None
OkWhen = Mapping[str, tuple[Scalar, ...]]
"""The values that mean success, by the path to them in the answer."""

FLAGS = ("success", "ok", "succeeded", "successful")
STATES = ("status", "state", "result", "outcome", "executionstatus")
CODES = ("status", "statuscode", "httpcode", "httpstatus")
MESSAGES = ("message", "detail", "msg", "errormessage")
"""Names without underscores and in lower case, as they are compared."""
EXPLAINING = frozenset(
    (*FLAGS, *STATES, *CODES, *MESSAGES, "error", "errors", "code", "reason", "details", "description", "hint", "stack")
) | {"name", "type", "title", "timestamp", "time", "id", "executionid", "executionurl", "workflowid", "requestid"}
"""An answer with nothing else in it is about the call, and not about what was looked up."""
WRAPPERS = frozenset({"data", "json", "body", "result", "response", "output"})
NO = frozenset({"false", "no", "0"})
NOTHING = frozenset({"", "none", "null", "no", "false", "0"})
FAILED = frozenset(
    ("failed", "failure", "fail", "error", "errored", "crashed", "exception", "timeout", "timed out", "unsuccessful")
) | {"bounced", "undelivered", "undeliverable", "not sent", "not delivered", "nok", "not ok"}
STATUS_LINE = re.compile(r"(?:HTTP(?:/[\d.]+)? )?[45]\d\d(?: [A-Za-z' -]{1,40})?")
LONGEST_MESSAGE = 300
SAID = re.compile(
    r"^\W*(?:error|failed|failure|exception|unable to|could not|couldn't|cannot|can't|internal server error)\b"
    r"|\b(?:workflow|execution|request|operation|node|webhook|call|delivery|sending|server|service)\b"
    r"[^.]{0,40}?\b(?:failed|failure|errors?|errored|crashed|could not|not registered|timed out)\b",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"\b(?:no|without|without any|zero|0|not|never) (?:errors?|failures?|failed|exceptions?)\b", re.IGNORECASE
)
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Failed:
    """An answer that says that the call failed."""

    field: str
    """Where it says so."""
    in_doubt: bool = False
    """Whether some or all of it may have been done."""


def failed(answer: Any, *, reads: bool) -> Failed | None:
    """Guess it from the words in use; None for an answer that seems good.

    What was looked up may have a status of its own: for a webhook that reads, only an answer that holds nothing else is
    about the call. Two things say so in any answer: a ``success`` or ``ok`` that is false, and an ``error``.
    """
    answer = _unwrapped(answer)
    items = [_unwrapped(item) for item in answer] if isinstance(answer, list) else [answer]
    found = [fault for item in items if (fault := _of_one(item, reads=reads))]
    if not found or (reads and len(found) < len(items)):
        return None
    return Failed(found[0].field, in_doubt=found[0].in_doubt or len(found) < len(items))


def _unwrapped(answer: Any) -> Any:
    """What stands in lists of one entry, and in objects that only hold something."""
    for _ in range(DEEPEST):
        if isinstance(answer, dict) and len(answer) == 1 and answer.keys() <= WRAPPERS:
            (inner,) = answer.values()
        elif isinstance(answer, list) and len(answer) == 1:
            (inner,) = answer
        else:
            break
        if not isinstance(inner, dict | list):
            break
        answer = inner
    return answer


def _of_one(item: Any, *, reads: bool) -> Failed | None:
    if isinstance(item, str) and not reads:
        return Failed("its text", in_doubt=True) if _said(item) else None
    if not isinstance(item, dict):
        return None
    fields = {str(name).casefold().replace("_", ""): value for name, value in item.items()}
    if field := next(_certain(fields), ""):
        return Failed(field)
    report = fields.keys() <= EXPLAINING
    if reads and not report:
        return None
    if field := next(_stated(fields), ""):
        return Failed(field)
    # A workflow that broke off may have done a part of it.
    told = report and not any(fields.get(flag) is True for flag in FLAGS)
    field = next((name for name in MESSAGES if told and _said(fields.get(name))), "")
    return Failed(field, in_doubt=True) if field else None


def _certain(fields: Mapping[str, Any]) -> Iterator[str]:
    yield from (flag for flag in FLAGS if flag in fields and str(fields[flag]).casefold() in NO)
    if fields.get("error") and str(fields["error"]).casefold() not in NOTHING:
        yield "error"


def _stated(fields: Mapping[str, Any]) -> Iterator[str]:
    yield from (name for name in STATES if _plain(fields.get(name)) in FAILED)
    yield from (name for name in CODES if _is_refusal(fields.get(name)))
    if fields.get("errors"):
        yield "errors"


def _plain(value: Any) -> str:
    return value.strip().casefold().replace("_", " ") if isinstance(value, str) else ""


def _is_refusal(value: Any) -> bool:
    """Whether it is HTTP's number of an error."""
    if isinstance(value, str):
        return STATUS_LINE.fullmatch(value.strip()) is not None
    return isinstance(value, int) and 400 <= value < 600  # noqa: PLR2004


def _said(message: Any) -> bool:
    text = message[:LONGEST_MESSAGE] if isinstance(message, str) else ""
    return bool(SAID.search(text)) and not DENIED.search(text)


def unmet(answer: Any, ok_when: OkWhen) -> Failed | None:
    """The first path at which the answer has none of the values that mean success."""
    for path, wanted in ok_when.items():
        there, value = _at(answer, path)
        if not there or not any(_same(value, each) for each in wanted):
            return Failed(path, in_doubt=not there)
    return None


def _at(answer: Any, path: str) -> tuple[bool, Any]:
    """Whether there is anything at a path, and what; in a list by number, or in its only entry."""
    value = answer
    for name in path.split("."):
        if isinstance(value, list) and not name.isdecimal() and len(value) == 1:
            (value,) = value
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return False, None
    return True, value


def _same(value: Any, wanted: Scalar) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.strip().casefold() == wanted.strip().casefold()
    # To Python true is 1.
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)
