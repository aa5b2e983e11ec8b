"""What a provider offers, and a catalogue of such offers: their order, which one is chosen, and why one is refused.

Strings are in LiveKit's form: ``provider/model:voice`` for text to speech, ``provider/model:language`` for speech to
text, ``provider/model`` for language models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from mcp_voice.errors import BadSettings
from mcp_voice.settings import Settings, variable

if TYPE_CHECKING:
    from livekit.agents.stt import STT
    from livekit.agents.tts import TTS

__all__ = ["Catalogue", "Choice", "Offer", "STTOffer", "Shared", "TTSOffer"]

_SpeechPart = Literal["stt", "tts", "llm"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A provider with what is to be used of it; ``option`` is a language for STT and a voice for TTS."""

    direction: _SpeechPart
    provider: str
    model: str
    option: str
    why: str
    key_variable: str = ""
    """The environment variable that holds the provider's key, or nothing."""

    @property
    def label(self) -> str:
        """The choice in LiveKit's form."""
        option = f":{self.option}" if self.option else ""
        return f"{self.provider}/{self.model}{option}" if self.model else self.provider


class Shared(Protocol):
    """What recognisers share."""

    async def warm(self) -> None:
        """Load what the first utterance would otherwise wait for; may raise whatever that meets."""

    @property
    def behind(self) -> float:
        """For how many seconds what is to be read has waited until somebody reads it, where it is most."""

    async def aclose(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What any provider has, whatever it offers."""

    key: str = ""
    """The settings field of its key; empty where it needs none."""
    servers: Sequence[str] = ()
    """The settings fields of a server of the user's own, which needs no key and has models of its own."""
    models: Sequence[str] = ()
    """The first is the default."""
    any_model: bool = False
    """Whether names beyond these are let through to the provider."""
    any_path: bool = False
    """Whether a model may be named by its path, in which a colon is no sign that an option follows."""
    option: str = ""
    """What is used where no voice or language is named."""
    modules: Sequence[str] = ()
    """What costs time to import, and is loaded ahead."""
    check: Callable[[Settings, Choice], None] | None = None
    """Raises BadSettings where what a choice needs is not on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class STTOffer(Offer):
    """How a provider's recognisers are made, and how they are told which answers are expected."""

    make: Callable[[Settings, Choice, Any], STT[Any]]
    expect: Callable[[STT[Any], Sequence[str]], None]
    listen_for: Callable[[STT[Any], Sequence[str]], bool] | None = None
    """Tells names and words that may be said at any time; gives whether the model takes any."""
    shared: Callable[[Settings, Choice], Shared] | None = None
    """Makes what all recognisers of a process share; it is the third argument of ``make``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TTSOffer(Offer):
    """How a provider's voice is made."""

    make: Callable[[Settings, Choice], TTS[Any]]


O = TypeVar("O", bound=Offer)  # noqa: E741  # an offer


class Catalogue(Generic[O]):
    """The providers of one part, in the order of preference when nothing is set."""

    def __init__(
        self,
        part: _SpeechPart,
        offers: Mapping[str, O],
        *,
        variable: str,
        examples: str,
        settings: type[Settings] = Settings,
        has_option: bool = True,
    ) -> None:
        """``variable`` sets the choice, as in ``examples``. Where there is no option, models may hold a colon."""
        self.offers = offers
        self._part = part
        self._variable = variable
        self._examples = examples
        self._settings = settings
        self._has_option = has_option

    def usable(self, settings: Settings) -> list[str]:
        """The providers that have the key or the server that they need, the best first."""
        return [name for name in self.offers if self.can_use(settings, name)]

    def can_use(self, settings: Settings, provider: str) -> bool:
        """Whether it has the key, or a server of the user's own instead."""
        key = self.offers[provider].key
        return not key or bool(getattr(settings, key).get_secret_value()) or self._has_server(settings, provider)

    def key_variable(self, provider: str) -> str:
        """The environment variable of its key, or nothing."""
        key = self.offers[provider].key
        return variable(key, self._settings) if key else ""

    def best(self, settings: Settings) -> Choice | None:
        """The first provider that can be used, with its defaults; None where there is none."""
        name = next(iter(self.usable(settings)), None)
        if name is None:
            return None
        why = f"{name} is the first provider with a key" if self.offers[name].key else "no provider has a key"
        return self._choice(name, "", "", f"{self._variable} is not set; {why}")

    def named(self, settings: Settings, wanted: str) -> Choice:
        """What a string in LiveKit's form names; raises BadSettings, which says what could be set instead."""
        provider, _, model = wanted.strip().partition("/")
        if provider not in self.offers:
            raise BadSettings(
                f"{self._variable}: unknown provider {provider!r}.",
                fix=f"Use one of {', '.join(self.offers)}, as in {self._examples}.",
                code="unknown-provider",
            )
        offer = self.offers[provider]
        option = ""
        if self._has_option and not offer.any_path:
            model, _, option = model.partition(":")
        is_open = offer.any_model or offer.any_path or self._has_server(settings, provider)
        if model and model not in offer.models and not is_open:
            known = f"Use one of {', '.join(offer.models)}" if offer.models else "It takes no model; leave it out"
            raise BadSettings(
                f"{self._variable}: {provider} has no model {model!r}.", fix=f"{known}.", code="unknown-model"
            )
        if not self.can_use(settings, provider):
            raise BadSettings(
                f"{self._variable} asks for {provider}, but {self.key_variable(provider)} is not set.",
                fix=f"Set it, or set {self._variable} to another provider ({', '.join(self.offers)}).",
                code="no-key",
            )
        choice = self._choice(provider, model, option, f"{self._variable} is set")
        if offer.check:
            offer.check(settings, choice)
        return choice

    def _has_server(self, settings: Settings, provider: str) -> bool:
        return any(getattr(settings, field) for field in self.offers[provider].servers)

    def _choice(self, provider: str, model: str, option: str, why: str) -> Choice:
        offer = self.offers[provider]
        model = model or next(iter(offer.models), "")
        return Choice(self._part, provider, model, option or offer.option, why, self.key_variable(provider))
