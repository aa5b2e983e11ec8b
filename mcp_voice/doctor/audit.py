"""Every setting: whether it is set, where, and whether that makes sense. Shows no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr

from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.visit import Given
from mcp_voice.redaction import without_login
from mcp_voice.settings import Settings, names, variable
from mcp_voice.settings.misspelt import misspelt
from mcp_voice.texts.counting import counted
from mcp_voice.texts.foreign import shown

__all__ = ["Audited", "audit", "common_doubts", "doubts", "leads_away", "missing", "secrets"]

LEAST_SECRET = 32
"""Characters; livekit-server complains of shorter ones."""
LONGEST_SHOWN = 60
PRIVATE_NAMES = (".local", ".lan", ".internal", ".localhost", ".home.arpa")
QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class Audited:
    """A setting as it was found.

    ``source`` is ``environment``, the file, or nothing; ``shown`` the value, or what may be told of it; ``use`` the
    part of the program that it is for, where that is told.
    """

    field: str
    variable: str
    source: str
    shown: str
    use: str = ""


def audit(
    given: Given, kind: type[Settings] = Settings, *, used_by: Callable[[str], str] = lambda _: ""
) -> list[Audited]:
    """All settings of a kind in the order of their table; the environment wins over the file."""
    found = []
    for field in kind.model_fields:
        name, source, value = _look_up(field, given, kind)
        shown = ""
        if source:
            shown = f"set ({counted(len(value), 'character')})" if _is_secret(field, kind) else _shortened(value)
        found.append(Audited(field, name, source, shown, used_by(field)))
    return found


def _unknown(given: Given, kind: type[Settings]) -> Iterator[Problem]:
    """Variables that nobody reads but somebody may have meant for us."""
    filled = {name: value for name, value in given.environment.items() if value}
    for found in misspelt({**given.environment, **given.dotenv, **filled}, kind):
        yield Problem("unknown-variable", variable=found.variable, hint=found.hint)


def doubts(settings: Settings, given: Given) -> Iterator[Problem]:
    """What can be used as it is, and still looks like a mistake."""
    yield from common_doubts(settings, given)
    if settings.wait_seconds is not None and settings.wait_seconds > settings.ask_seconds:
        yield Problem("waits-too-long", wait=settings.wait_seconds, ask=settings.ask_seconds)


def common_doubts(settings: Settings, given: Given) -> Iterator[Problem]:
    """Those of what all our programs have."""
    kind = type(settings)
    yield from _unknown(given, kind)
    secret = settings.livekit_api_secret.get_secret_value()
    key = settings.livekit_api_key
    for field in kind.model_fields:
        if field == "livekit_api_key" or _is_secret(field, kind):
            value = _look_up(field, given, kind)[2]
            if value != value.strip().strip(QUOTES):
                yield Problem("stray-characters", variable=variable(field, kind))
    if secret.startswith("API") and not key.startswith("API"):
        yield Problem("swapped")
    elif secret and len(secret) < LEAST_SECRET:
        yield Problem("short-secret", length=counted(len(secret), "character"))
    if settings.livekit_url:
        scheme = urlsplit(settings.livekit_url).scheme
        if scheme in ("ws", "http") and leads_away(settings.livekit_url):
            yield Problem("unencrypted", scheme=scheme)
        if settings.livekit_server is not None:
            why = "LIVEKIT_URL is too, so no embedded server is started"
            yield Problem("unused-setting", variable="MCP_VOICE_LIVEKIT_SERVER", why=why)
    elif key or secret:
        given_names = ("LIVEKIT_API_KEY" if key else "", "LIVEKIT_API_SECRET" if secret else "")
        yield Problem("key-without-url", given=" and ".join(filter(None, given_names)))


def missing(settings: Settings) -> Sequence[str]:
    """The variables without which a configured LiveKit server cannot be used."""
    if not settings.livekit_url:
        return ()
    held = {
        "LIVEKIT_API_KEY": settings.livekit_api_key,
        "LIVEKIT_API_SECRET": settings.livekit_api_secret.get_secret_value(),
    }
    return [name for name, value in held.items() if not value]


def secrets(given: Given, kind: type[Settings] = Settings) -> Iterator[str]:
    """The values of all settings that are secret, under any name that one of them might be given."""
    named = {name for field in kind.model_fields if _is_secret(field, kind) for name in names(field, kind)}
    for values in (given.environment, given.dotenv):
        yield from (value for name, value in values.items() if name in named)


def _look_up(field: str, given: Given, kind: type[Settings]) -> tuple[str, str, str]:
    for source, values in (("environment", given.environment), (given.file, given.dotenv)):
        for name in names(field, kind):
            if values.get(name):
                return name, source, values[name]
    return variable(field, kind), "", ""


def _value(name: str, given: Given) -> str:
    return given.environment.get(name, "") or given.dotenv.get(name, "")


def _is_secret(field: str, kind: type[Settings]) -> bool:
    return kind.model_fields[field].annotation is SecretStr


def _shortened(value: str) -> str:
    return shown(without_login(value), limit=LONGEST_SHOWN)


def leads_away(url: str) -> bool:
    """Whether others may listen on the way: the address is neither this machine nor a private network."""
    host = urlsplit(url).hostname or ""
    try:
        return not ip_address(host).is_private
    except ValueError:
        return "." in host and not host.endswith(PRIVATE_NAMES)
