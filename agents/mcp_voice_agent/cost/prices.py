"""List prices: ours, with their date and sources, and a user's own over them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mcp_voice.errors import BadInput

__all__ = ["Price", "PriceKind", "Prices", "load_prices"]

PriceKind = Literal["llm", "stt", "tts"]
Amount = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
DATED = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8})$")
"""The day of a snapshot at the end of a model's name; it costs what the model does."""
MOST_BYTES = 1_000_000
PRICE_DEPTH = 3
"""How many tables a price lies in: the providers, one of them, what for."""


class Price(BaseModel):
    """What a model costs; which unit is which is written at the top of ``prices.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Amount | None = None
    cached_input: Amount | None = None
    cache_write: Amount | None = None
    output: Amount | None = None
    audio_input: Amount | None = None
    cached_audio_input: Amount | None = None
    audio_output: Amount | None = None
    image_input: Amount | None = None
    characters: Amount | None = None
    minute: Amount | None = None


class Provider(BaseModel):
    """What a provider's models cost, by what they are for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = ""
    names: tuple[str, ...] = ()
    """Other names of it in logs, such as its host."""
    free: bool = False
    llm: Mapping[str, Price] = Field(default_factory=dict)
    stt: Mapping[str, Price] = Field(default_factory=dict)
    tts: Mapping[str, Price] = Field(default_factory=dict)


class LiveKit(BaseModel):
    """What LiveKit Cloud takes for running the agent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = ""
    agent_session_minute: Amount = 0


class Prices(BaseModel):
    """All prices, and the day on which they were right."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: date
    currency: str = Field("USD", max_length=8)
    livekit: LiveKit = LiveKit()
    providers: Mapping[str, Provider] = Field(default_factory=dict)

    def of(self, kind: PriceKind, provider: str, model: str) -> Price | Literal["free"] | None:
        """The price of a model as a log names it; None: nobody knows it.

        A snapshot costs what its model does, and a voice such as ``aura-2-andromeda-en`` what its family does.
        """
        entry = self._provider(provider)
        if entry is None:
            return None
        if entry.free:
            return "free"
        known: Mapping[str, Price] = getattr(entry, kind)
        plain = DATED.sub("", model)
        families = [name for name in known if kind == "tts" and plain.startswith(f"{name}-")]
        for name in (model, plain, *sorted(families, key=len, reverse=True)):
            if name in known:
                return known[name]
        return None

    def _provider(self, name: str) -> Provider | None:
        wanted = name.lower()
        for known, entry in self.providers.items():
            if wanted == known or wanted in entry.names:
                return entry
        return None


def load_prices(own: Path | None = None) -> Prices:
    """Ours, with a user's own file over them, model by model; raises BadInput where that cannot be read."""
    ours = tomllib.loads(files(__package__).joinpath("prices.toml").read_text(encoding="utf-8"))
    if own is None:
        return Prices.model_validate(ours)
    try:
        with own.open("rb") as opened:
            text = opened.read(MOST_BYTES)
        return Prices.model_validate(_over(ours, tomllib.loads(text.decode("utf-8"))))
    except OSError as error:
        raise _unusable(own, error.strerror or type(error).__name__) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise _unusable(own, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise _unusable(own, str(error)) from None


def _over(ours: Mapping[str, Any], theirs: Mapping[str, Any], *, depth: int = PRICE_DEPTH) -> dict[str, Any]:
    """Tables are merged, all else is replaced; a price is taken as a whole, so that no unit of ours stays in it."""
    merged = dict(ours)
    for key, value in theirs.items():
        before = ours.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping) and depth > 0
        merged[key] = _over(dict(before or {}), value, depth=depth - 1) if both else value
    return merged


def _unusable(path: Path, why: str) -> BadInput:
    return BadInput(
        f"The prices in {str(path)!r} cannot be used: {why}.", fix="Use the format of the companion's prices.toml."
    )
