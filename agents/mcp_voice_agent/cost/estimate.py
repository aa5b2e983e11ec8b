"""What the usage costs at those prices; what has no price is named, and never counts as nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_voice_agent.cost.prices import Price, PriceKind, Prices
from mcp_voice_agent.cost.usage import Usage, UsedModel

__all__ = ["CostLine", "Estimate", "estimate"]

DAY_SECONDS = 86_400
DAYS_OF_A_MONTH = 30
MILLION = 1_000_000
LIVEKIT = "livekit"


@dataclass(frozen=True, slots=True)
class CostLine:
    """One model, or LiveKit: what was used of it, and what that costs; None: it has no price."""

    part: PriceKind | str
    provider: str
    model: str
    used: Mapping[str, float]
    cost: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """All of it; sums are of what has a price."""

    sessions: int
    minutes: float
    lines: tuple[CostLine, ...]
    month_minutes: float | None
    """Minutes of conversation in a month: given, or as many as in this log; None: it is shorter than a day."""
    unread: int

    @property
    def cost(self) -> float:
        """Of all sessions."""
        return sum(line.cost or 0.0 for line in self.lines)

    @property
    def per_session(self) -> float | None:
        """None where there was no session."""
        return self.cost / self.sessions if self.sessions else None

    @property
    def per_minute(self) -> float | None:
        """Of conversation."""
        return self.cost / self.minutes if self.minutes else None

    @property
    def per_month(self) -> float | None:
        """In 30 days."""
        if self.month_minutes is None or self.per_minute is None:
            return None
        return self.per_minute * self.month_minutes

    @property
    def unpriced(self) -> tuple[CostLine, ...]:
        """What the sums lack."""
        return tuple(line for line in self.lines if line.cost is None)


def estimate(usage: Usage, prices: Prices, *, month_minutes: float | None = None, cloud: bool = True) -> Estimate:
    """Price the usage; ``cloud``: LiveKit Cloud runs the agent, and takes its minutes."""
    lines = [_line(model, used, prices) for model, used in usage.models.items()]
    lines.sort(
        key=lambda line: (("stt", "llm", "tts").index(line.part), -(line.cost or 0.0), line.provider, line.model)
    )
    if cloud and usage.sessions:
        cost = usage.started_minutes * prices.livekit.agent_session_minute
        lines.append(CostLine(LIVEKIT, LIVEKIT, "agent session minutes", {"minutes": usage.started_minutes}, cost))
    minutes = usage.seconds / 60
    if month_minutes is None and usage.span_seconds >= DAY_SECONDS:
        month_minutes = minutes * DAYS_OF_A_MONTH * DAY_SECONDS / usage.span_seconds
    return Estimate(usage.sessions, minutes, tuple(lines), month_minutes, usage.unread)


def _line(model: UsedModel, used: Mapping[str, float], prices: Prices) -> CostLine:
    price = prices.of(model.kind, model.provider, model.name)
    cost = None
    if price == "free":
        cost = 0.0
    elif isinstance(price, Price):
        cost = _thought(used, price) if model.kind == "llm" else _spoken(used, price)
    return CostLine(model.kind, model.provider, model.name, dict(used), cost)


def _thought(used: Mapping[str, float], price: Price) -> float | None:
    """What a language model's tokens cost; cached ones and sound are parts of the sums that LiveKit gives."""
    audio_cached, audio = used.get("input_cached_audio_tokens", 0), used.get("input_audio_tokens", 0)
    image = used.get("input_image_tokens", 0)
    cached = used.get("input_cached_tokens", 0) - audio_cached
    written = used.get("input_cache_creation_tokens", 0)
    spoken = used.get("output_audio_tokens", 0)
    plain = used.get("input_tokens", 0) - audio - image - cached - written
    cached_price = price.input if price.cached_input is None else price.cached_input
    parts = (
        (plain, price.input),
        (cached, cached_price),
        (written, price.input if price.cache_write is None else price.cache_write),
        (audio - audio_cached, price.audio_input),
        (audio_cached, price.audio_input if price.cached_audio_input is None else price.cached_audio_input),
        (image, price.image_input),
        (used.get("output_tokens", 0) - spoken, price.output),
        (spoken, price.audio_output),
    )
    if any(amount > 0 and each is None for amount, each in parts):
        return None
    return sum(max(0.0, amount) * (each or 0.0) for amount, each in parts) / MILLION


def _spoken(used: Mapping[str, float], price: Price) -> float | None:
    """What hearing or speaking costs, in the unit in which its provider bills."""
    characters, seconds = used.get("characters_count", 0), used.get("audio_duration", 0)
    if price.characters is not None and (characters or not any(used.values())):
        return characters * price.characters / MILLION
    if price.minute is not None and (seconds or not any(used.values())):
        return seconds / 60 * price.minute
    if price.output is not None or price.audio_output is not None:
        per_output = price.output if price.output is not None else price.audio_output
        tokens = used.get("input_tokens", 0) * (price.input or 0.0) + used.get("output_tokens", 0) * (per_output or 0.0)
        return tokens / MILLION if tokens else None
    return None
