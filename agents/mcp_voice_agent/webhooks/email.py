"""``send_email``: prepared by the language model, read back, and sent after a human's yes."""

from __future__ import annotations

import re

from livekit.agents import RunContext, ToolResult, function_tool, llm

from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.webhooks.address import spoken, written
from mcp_voice_agent.webhooks.calls import Calls
from mcp_voice_agent.webhooks.consent import names_in
from mcp_voice_agent.webhooks.language import Language
from mcp_voice_agent.webhooks.read_back import aloud
from mcp_voice_agent.webhooks.webhook import Webhook

__all__ = ["EMAIL", "email_tool"]

EMAIL = "send_email"
LONGEST_SUBJECT = 200
"""Characters; it is read out."""
LONGEST_BODY = 20_000
"""Characters."""
MOST_COPIES = 5
"""Addresses; all of them are read out."""
VERBS = frozenset({"send", "mail", "email"})


def email_tool(calls: Calls, settings: AgentSettings) -> llm.Tool:
    """The tool that posts ``{"to": …, "subject": …, "body": …}``, with ``cc`` or without, to the webhook for e-mails.

    MCP_VOICE_WEBHOOK_URL is n8n's own address, as in n8n's WEBHOOK_URL, and MCP_VOICE_WEBHOOK_EMAIL_PATH is what the
    webhook node shows after it: ``/webhook/…`` of an active workflow, ``/webhook-test/…`` while it is edited. The path
    is a setting of its own because n8n gives every node another.
    """
    webhook = Webhook(
        EMAIL,
        settings.webhook_url.rstrip("/") + settings.webhook_email_path,
        "MCP_VOICE_WEBHOOK_URL with MCP_VOICE_WEBHOOK_EMAIL_PATH",
        seconds=settings.webhook_seconds,
    )

    @function_tool
    async def send_email(
        ctx: RunContext[None], to: str, subject: str, body: str, cc: list[str] | str | None = None
    ) -> ToolResult:
        """Prepare an e-mail to one person. Recipients and subject are then read back to the human for you.

        This does not send it: call confirm_action once the human has said yes to what was read back. Call this again,
        with everything in it, to change anything.

        Args:
            ctx: The call, from LiveKit.
            to: The recipient's e-mail address, such as bob@example.com.
            subject: The subject, one line of at most 200 characters.
            body: The whole text, without any markup.
            cc: E-mail addresses for copies, at most 5. Leave it out unless the human asked for a copy.
        """
        try:
            address = written(to, calls.language)
            copies = _copies(cc, address, calls.language)
        except ValueError as error:
            raise calls.refused(
                EMAIL, f"Not prepared: that is not an e-mail address: {error}. Ask the human for it, or to spell it."
            ) from None
        if len(copies) > MOST_COPIES:
            raise calls.refused(EMAIL, f"Not prepared: at most {MOST_COPIES} people can get a copy.")
        fault = _fault(subject.strip(), body.strip())
        if fault:
            raise calls.refused(EMAIL, f"Not prepared: {fault}")
        arguments = {"to": address, "subject": subject.strip(), "body": body.strip()}
        if copies:
            # As mail programs write it, and as n8n's node for Gmail wants it.
            arguments["cc"] = ", ".join(copies)
        recipient, told = _spoken(address, copies, calls.language), aloud(arguments["subject"])
        return await calls.after_a_yes(
            ctx,
            calls.draft(
                webhook,
                arguments,
                sentence=calls.language.email.format(recipient=recipient, subject=told),
                read_out=names_in(f"{recipient} . {told}"),
                verbs=VERBS,
                names=names_in(recipient),
            ),
        )

    return send_email


def _copies(cc: list[str] | str | None, address: str, language: Language) -> list[str]:
    """The addresses that get a copy, each once and not beside the recipient's; raises ValueError."""
    heard = re.split("[,;]", cc) if isinstance(cc, str) else cc or []
    copies = dict.fromkeys(written(each, language) for each in heard if each.strip())
    return [each for each in copies if each != address]


def _spoken(address: str, copies: list[str], language: Language) -> str:
    copied = language.copy.format(copies=", ".join(spoken(each, language) for each in copies)) if copies else ""
    return spoken(address, language) + copied


def _fault(subject: str, body: str) -> str:
    """What is wrong with subject and body, for the model."""
    faults = (
        (not subject, "it has no subject. Ask the human for one, or propose one."),
        # A line break in a subject would be another header of the e-mail.
        (not subject.isprintable(), "the subject must be one line without control characters. Write it as one."),
        (len(subject) > LONGEST_SUBJECT, f"the subject is longer than {LONGEST_SUBJECT} characters. Shorten it."),
        (not body, "it has no text. Ask the human what to write."),
        (len(body) > LONGEST_BODY, f"the text is longer than {LONGEST_BODY} characters. Shorten it."),
        ("\0" in body, "the text contains a null character. Remove it."),
    )
    return next((told for wrong, told in faults if wrong), "")
