"""When a human's turn is over: LiveKit's model hears it, and the words so far say whether it can be.

The model alone takes many a pause in the middle of a sentence for its end: with the pauses of a second of
``benchmarks/companion.py`` it lets the human be cut off in nearly every one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from livekit.agents import (
    AgentSession,
    ConversationItemAddedEvent,
    EndpointingOptions,
    InterruptionOptions,
    UserInputTranscribedEvent,
    llm,
)

from mcp_voice.turns.turn import Patience
from mcp_voice.words import knows_sentences, unfinished
from mcp_voice_agent.settings import AgentSettings

__all__ = ["WordsSoFar", "endpointing", "interruption"]

LIKELY_SECONDS = 0.3
"""After words that can be all of it, when the model takes them for all of it: LiveKit's own figure."""
UNLIKELY_SECONDS = 2.5
"""When the model does not, in a language whose words tell us nothing: LiveKit's own figure.

Where they do, such words end a turn as soon as they do without a model. It doubts one in twenty whole sentences over
WebRTC, 0.2 s into the silence; and of 22 sentences that people and natural voices broke off it doubted only such as the
words tell of too, which are waited for as long as ever.
"""
KEPT = 500
"""Characters; the last words decide."""


def endpointing(
    settings: AgentSettings, said: str = "", *, modelled: bool, confirmed: bool = True
) -> EndpointingOptions:
    """How long a silence ends a turn with these words in it, in seconds: at least, and when it is unlikely to be over.

    ``modelled``: there is a model that tells how likely it is. ``confirmed``: the recogniser has made sure of all these
    words; otherwise the final ones are waited for, with which this is asked again.
    """
    patience = Patience().scaled(settings.patience)
    if said and unfinished(said, language=settings.language):
        likely = unlikely = patience.unfinished
    elif modelled:
        likely = LIKELY_SECONDS * settings.patience
        unlikely = patience.complete if knows_sentences(settings.language) else UNLIKELY_SECONDS * settings.patience
    else:
        likely = unlikely = patience.complete
    least = 0.0 if confirmed else patience.unconfirmed
    return {"min_delay": max(least, likely), "max_delay": max(least, unlikely)}


def interruption(settings: AgentSettings) -> InterruptionOptions:
    """When speech over the companion interrupts it, and when such an interruption was none."""
    return {
        "enabled": settings.agent_interruptions,
        "mode": "vad",
        "min_duration": settings.agent_interruption_seconds,
        "min_words": settings.agent_interruption_words,
        "resume_false_interruption": settings.agent_resume,
        "false_interruption_timeout": settings.agent_false_interruption_seconds,
    }


@dataclass(slots=True)
class WordsSoFar:
    """Follows a session's turns, and has it wait as long as their words ask for.

    Where they cannot be all of it, no answer is prepared either: whoever goes on would make it void, paid as it is.
    """

    session: AgentSession[Any]
    settings: AgentSettings
    modelled: bool
    _said: str = ""

    def follow(self) -> None:
        """Begin, for as long as there is the session."""
        self.session.on("user_input_transcribed", self.on_transcript)
        self.session.on("conversation_item_added", self.on_item)

    def on_transcript(self, event: UserInputTranscribedEvent) -> None:
        """Judge the turn anew; LiveKit tells us just before it begins to wait, or to prepare an answer."""
        said = f"{self._said} {event.transcript}".strip()[-KEPT:]
        if event.is_final:
            self._said = said
        # Interim words that are taken back leave those that are sure.
        options = endpointing(
            self.settings, said, modelled=self.modelled, confirmed=event.is_final or not event.transcript
        )
        preparing = self.session.options.preemptive_generation
        preparing["enabled"] = self.settings.agent_preemptive and not unfinished(said, language=self.settings.language)
        if options.items() - self.session.options.endpointing.items():
            self.session.update_options(endpointing_opts=options)

    def on_item(self, event: ConversationItemAddedEvent) -> None:
        """The turn is over."""
        if isinstance(event.item, llm.ChatMessage) and event.item.role == "user":
            self._said = ""
