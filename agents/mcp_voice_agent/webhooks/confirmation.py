"""Doing something only after a human's yes, whatever the language model does.

The model can prepare an action, and it can ask for it to be carried out. In between, this code reads back what was
prepared, in words of its own, sees that the human has heard it, and judges what they said next. It is no ``AgentTask``
because that hears only what goes through ``on_user_turn_completed`` (typed text does not), cannot hand a function call
back to a realtime model, and is lost when the session changes over to another agent, as it does when a realtime model
breaks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from livekit.agents import AgentSession, ConversationItemAddedEvent, RunContext, ToolError, llm
from livekit.agents.voice import SpeechHandle

from mcp_voice.words.agreement import Agreement
from mcp_voice_agent.learned import REPORTED, SPEAKER
from mcp_voice_agent.webhooks.apology import FloorStatus
from mcp_voice_agent.webhooks.audit import Audit
from mcp_voice_agent.webhooks.consent import consent, names_in
from mcp_voice_agent.webhooks.language import Language
from mcp_voice_agent.webhooks.webhook import CallTarget

__all__ = ["CONFIRM", "END_CALL", "Confirmation", "Draft"]

CONFIRM = "confirm_action"
"""The tool that carries out what was read back."""
END_CALL = "end_call"
"""The tool that ends the conversation (``mcp_voice_agent.conversation.end_call``)."""
DRAFT_SECONDS = 300.0
"""After this a yes may be about something else."""
FLOOR_SECONDS = 120.0
TRANSCRIPT_SECONDS = 2.0
"""A realtime model may call a tool before the transcript of what it answers is there."""
WEIGHT: Mapping[Agreement, int] = {"": 0, "yes": 1, "unclear": 2, "no": 3}


@dataclass(slots=True, eq=False)
class Draft:
    """What is to be done after a yes."""

    webhook: CallTarget
    arguments: Mapping[str, Any]
    key: str
    sentence: str
    """What is read back."""
    read_out: frozenset[str]
    """The words of it that the human must have heard (`names_in`)."""
    verbs: frozenset[str]
    names: frozenset[str] = frozenset()
    """What a yes may repeat."""
    who: str = ""
    by: SpeechHandle | None = None
    """The model's turn that prepared it."""
    spoken: SpeechHandle | None = None
    since: float = field(default_factory=time.monotonic)
    answer: Agreement = ""
    answered: anyio.Event = field(default_factory=anyio.Event)

    @property
    def heard(self) -> bool:
        """Whether the human has heard what matters; a voice that was cut off in the last word is no matter."""
        if self.spoken is None or not self.spoken.done():
            return False
        said = [item.text_content or "" for item in self.spoken.chat_items if isinstance(item, llm.ChatMessage)]
        return self.read_out <= names_in(" ".join(said))


class Confirmation:
    """The one draft of a session that waits for a yes."""

    def __init__(self, *, audit: Audit, identity: Callable[[], str], floor: FloorStatus, language: Language) -> None:
        self._audit = audit
        self._identity = identity
        self._floor = floor
        self._language = language
        self._draft: Draft | None = None
        self._session: AgentSession[Any] | None = None

    async def read_back(self, ctx: RunContext[Any], draft: Draft) -> None:
        """Read a draft back, in place of any other; it waits for a yes from then on.

        Raises:
            ToolError: Another one was prepared in the same breath, or somebody else has had the floor for too long.
        """
        earlier = self._draft
        if earlier is not None and earlier.by is ctx.speech_handle:
            raise ToolError(
                f"Not prepared: {earlier.webhook.name} is being read back to the human, and they can only say yes to "
                "one thing at a time. Call this again after that has been settled."
            )
        if earlier is not None and earlier.spoken is not None and not earlier.spoken.done():
            earlier.spoken.interrupt(force=True)
        self._listen_to(ctx.session)
        draft.who, draft.by = self._identity(), ctx.speech_handle
        self._draft = draft
        with anyio.move_on_after(FLOOR_SECONDS) as waiting:
            await self._floor.free()
        if waiting.cancelled_caught:
            self._draft = None
            raise ToolError("Not prepared: somebody else is speaking to the human. Say so, and try again later.")
        draft.since = time.monotonic()
        draft.spoken = _say(ctx.session, draft.sentence)

    async def confirmed(self) -> Draft:
        """The draft to which the human has said yes; it goes on waiting until it is `taken`.

        Raises:
            ToolError: There is none, or no yes; the text tells the model what to do.
        """
        draft = self._draft
        if draft is None:
            raise ToolError(
                "Nothing waits for a yes: it was done, refused or never prepared. To do something, call its own tool."
            )
        again = f"call {draft.webhook.name} again, with the same arguments or better ones: it will be read back again"
        if draft.spoken is None or not draft.spoken.done():
            raise ToolError("Nothing was done: the human is still hearing what it is. Say nothing, and wait for a yes.")
        if not draft.heard or time.monotonic() - draft.since > DRAFT_SECONDS:
            self._draft = None
            raise ToolError(
                f"Nothing was done: the human has not just heard all of it. If they still want it, {again}."
            )
        if not draft.answer:
            with anyio.move_on_after(TRANSCRIPT_SECONDS):
                await draft.answered.wait()
        if not draft.answer:
            raise ToolError("Nothing was done: the human has not answered yet. Wait for their yes.")
        if draft.answer != "yes":
            self._draft = None
            raise ToolError(f"Nothing was done: that was not a clear yes. Find out what they want, then {again}.")
        return draft

    def taken(self) -> None:
        """The draft is being carried out: nobody can confirm it a second time."""
        self._draft = None

    @property
    def waiting(self) -> Draft | None:
        """What waits for a yes."""
        return self._draft

    def _listen_to(self, session: AgentSession[Any]) -> None:
        if self._session is not session:
            self.close()
            self._session = session
            session.on("conversation_item_added", self._on_item)

    def _on_item(self, event: ConversationItemAddedEvent) -> None:
        item, draft = event.item, self._draft
        if not isinstance(item, llm.ChatMessage) or item.role != "user" or REPORTED in item.extra:
            return  # Not even what a human is said to have said to another agent is a yes to us.
        if draft is not None and draft.heard:
            self._judge(draft, item.text_content or "", by=item.extra.get(SPEAKER, self._identity()))

    def _judge(self, draft: Draft, said: str, *, by: str) -> None:
        """Take a human turn after the read-back for what it is; every one of them counts, and the worst decides."""
        verdict = consent(said, language=self._language, verbs=draft.verbs, names=draft.names)
        if verdict == "yes" and (not by or by != draft.who):
            verdict = "unclear"  # Somebody else may not know what it is about.
        if WEIGHT[verdict] > WEIGHT[draft.answer]:
            draft.answer = verdict
            draft.answered.set()
        if draft.answer == "no":
            self._draft = None
            self._audit.note(draft.webhook.name, "declined", draft.key)

    def close(self) -> None:
        """Listen no more; nothing waits any more."""
        self._draft = None
        if self._session is not None:
            self._session.off("conversation_item_added", self._on_item)
            self._session = None


def _say(session: AgentSession[Any], sentence: str) -> SpeechHandle:
    try:
        return session.say(sentence)
    except RuntimeError:
        # A realtime model without a voice of ours beside it: it must say it itself, and whether it did is checked.
        return session.generate_reply(
            instructions=f"Say exactly the following, word for word, and nothing else: {sentence}", tool_choice="none"
        )
