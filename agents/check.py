"""Whether the settings can work at all, as far as that can be told without calling anybody."""

from __future__ import annotations

from agents.models import check_models
from agents.pipeline import choices
from agents.settings import AgentSettings
from agents.webhooks import declarations

__all__ = ["check"]


def check(settings: AgentSettings) -> None:
    """Raise BadSettings, with one sentence that says what to set, where no conversation could be held."""
    choices(settings, "stt")
    choices(settings, "tts")
    check_models(settings)
    declarations(settings)
