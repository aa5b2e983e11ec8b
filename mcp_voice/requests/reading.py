"""Results as the store has them: another version of this program, or somebody else, may have written them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mcp_voice.store.refusals import not_ours

__all__ = ["Result", "read_result"]

Result = TypeVar("Result", bound=BaseModel)


def read_result(kind: type[Result], result: Mapping[str, Any]) -> Result:
    """The result of a tool; raises StoreError where it is none that this process can read."""
    try:
        return kind.model_validate(result)
    except ValidationError:
        raise not_ours() from None
