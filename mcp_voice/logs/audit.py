"""The audit log of a server with subjects: who asked where, when, and how it ended, in lines without content."""

from __future__ import annotations

import logging
import re

from mcp_voice.texts.foreign import shown_name

__all__ = ["ask_id_in", "audit_log", "tell_ask_ended", "tell_call"]

audit_log = logging.getLogger("mcp_voice.audit")

ASK_ID = re.compile(r"ask-[0-9a-f]{1,32}")


def ask_id_in(told: object) -> str:
    """The id of an ask, where this is one; empty for anything else that somebody writes in its place."""
    return told if isinstance(told, str) and ASK_ID.fullmatch(told) else ""


def tell_call(*, subject: str, tool: str, room_name: str, ask_id: str, outcome: str, seconds: float) -> None:
    """A call is over; ``ask_id`` is the ask that it opened or waited for, if there is one."""
    audit_log.info(
        "tool call: subject=%s tool=%r room=%r ask=%r outcome=%s ms=%d",
        subject,
        shown_name(tool),
        shown_name(room_name),
        ask_id,
        outcome,
        seconds * 1000,
    )


def tell_ask_ended(*, subject: str, room_name: str, ask_id: str, outcome: str, seconds: float) -> None:
    """An ask is over, so many seconds after it was opened; without a subject (stdio) there is nobody to tell apart."""
    if subject:
        audit_log.info(
            "ask ended: subject=%s room=%r ask=%r outcome=%s ms=%d",
            subject,
            shown_name(room_name),
            ask_id,
            outcome,
            seconds * 1000,
        )
