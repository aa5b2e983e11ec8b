"""Which models are on this machine's disk, and what the chosen engines still have to fetch."""

from __future__ import annotations

from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.models import MODELS, MOONSHINE_TINY_EN, located, megabytes

__all__ = ["MODEL_FILES"]


async def model_files(visit: Visit) -> Found:
    """What is there with its size; of the default recogniser's model also how it would come."""
    details, doubts = [], []
    for model in MODELS.values():
        there = located(model, visit.settings)
        if there is not None:
            details.append(f"{model.name}: {megabytes(model.size)} in {there.folder} ({there.where})")
        elif model is MOONSHINE_TINY_EN and _is_wanted(visit):
            if visit.settings.fetch_models == "never":
                details.append(f"{model.name} is not here")
                doubts.append(Problem("model-missing", model=model.name))
            else:
                details.append(
                    f"{model.name} is not here; it is fetched at first use ({megabytes(model.size)} on disk)"
                )
    return Found("; ".join(details), doubts)


def _is_wanted(visit: Visit) -> bool:
    return visit.stt is not None and visit.stt.provider == "offline"


def _applies(visit: Visit) -> bool:
    """Whether there is anything to tell."""
    return _is_wanted(visit) or any(located(model, visit.settings) for model in MODELS.values())


MODEL_FILES = (Step("model-files", "models on disk", model_files, 2.0, ("settings",), _applies),)
