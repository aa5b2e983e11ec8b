"""What a browser sends: JSON of a bounded size that comes in a bounded time, read into a model of ours."""

from __future__ import annotations

import json
from typing import TypeVar

import anyio
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import ClientDisconnect, Request

from mcp_voice.page.refusals import refused
from mcp_voice.texts.validation import in_words

__all__ = ["Body", "read_body"]

LARGEST = 8_192
BODY_SECONDS = 10.0
JSON = "application/json"
MOST_NAMED = 5


class Body(BaseModel):
    """The fields of one request; any other is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


T = TypeVar("T", bound=Body)


async def read_body(request: Request, kind: type[T]) -> T:
    """The body of a request; raises RequestRefused."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise refused("not-json")
    content = await _content(request)
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        raise refused("bad-body", what="The body is not JSON.") from None
    if not isinstance(fields, dict):
        raise refused("bad-body", what="The body is not a JSON object.")
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise _fault(error) from None


def _fault(error: ValidationError) -> Exception:
    faults = error.errors()
    unknown = any(each["type"] == "extra_forbidden" for each in faults)
    # Field names that are not ours are not repeated: anything may stand there.
    told = [f"{each['loc'][0]}: {in_words(each)}" for each in faults if each["type"] != "extra_forbidden"]
    if unknown:
        told.append("there is an undocumented field")
    return refused("bad-body", what=f"The body cannot be used: {'; '.join(told[:MOST_NAMED])}.")


async def _content(request: Request) -> bytes:
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > len(str(LARGEST)) or int(length) > LARGEST:
        raise refused("body-too-large")
    content = bytearray()
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for part in request.stream():
                content += part
                if len(content) > LARGEST:
                    raise refused("body-too-large")
    except TimeoutError:
        raise refused("body-late") from None
    except ClientDisconnect:
        raise refused("bad-body", what="The body was cut off.") from None
    return bytes(content)
