"""Who may call over HTTP: the tokens, our own address, and the authorization server whose tokens are taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import anyio

from mcp_voice.callers.subjects import Subjects, exposed_mode, subjects
from mcp_voice.doctor.audit import leads_away
from mcp_voice.doctor.problem import Problem, told
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import BadSettings, some_of
from mcp_voice.process.loopback import is_loopback
from mcp_voice.redaction import without_login
from mcp_voice.settings import Settings, variable
from mcp_voice.texts.counting import counted

__all__ = ["HTTP"]

PREFIX = "http_"
"""Of the fields of settings that are about MCP over HTTP."""
OF_ISSUER = ("http_jwks_url", "http_audience")


async def callers(visit: Visit) -> Found:
    """Read the tokens as `serve --http` does, and look at the address by which clients know us."""
    # 0.1 s that only those need who serve over HTTP.
    from mcp_voice.server.address import HttpAddress, metrics_address, resource_of  # noqa: PLC0415

    settings = visit.settings
    try:
        # A path may lead anywhere, such as to a disk that does not answer.
        known, mode = await anyio.to_thread.run_sync(_read, settings, abandon_on_cancel=True)
        resource = resource_of(settings)
        if settings.http_metrics:
            metrics_address(settings, HttpAddress())
    except BadSettings as error:
        raise told("callers", error) from None
    exposed = [Problem("tokens-exposed", mode=mode)] if mode else []
    return Found("; ".join(_who(settings, known)), [*exposed, *_doubts(settings, resource)])


def _read(settings: Settings) -> tuple[Subjects, str]:
    return subjects(settings), exposed_mode(settings.http_tokens_file)


def _who(settings: Settings, known: Subjects) -> Iterator[str]:
    names = [each.name for each in known]
    if names:
        yield f"{counted(len(names), 'subject')}: {some_of(names)}"
    if settings.http_issuer:
        yield f"access tokens of {settings.http_issuer}"
    elif not names:
        yield "anyone on this machine with the token printed at startup"


def _doubts(settings: Settings, resource: str) -> Iterator[Problem]:
    url = settings.http_url
    host = urlsplit(url).hostname or ""
    if url.startswith("http://") and leads_away(url):
        yield Problem("http-url-unencrypted")
    issuer = settings.http_issuer
    if resource and is_loopback(host) and not is_loopback(urlsplit(issuer).hostname or ""):
        yield Problem("http-url-here", host=host)
    if resource and settings.http_audience.rstrip("/") == url:
        yield Problem("audience-without-path", resource=resource)
    for field in OF_ISSUER:
        if getattr(settings, field) and not issuer:
            yield Problem("without-issuer", variable=variable(field, type(settings)))


async def issuer(visit: Visit) -> Found:
    """Fetch the keys of the authorization server as the server does, and see whether any can be used."""
    # 0.2 s that only those need who have one.
    from mcp_voice.server.discovery import metadata_urls, published_keys  # noqa: PLC0415
    from mcp_voice.server.fetching import Unfetched  # noqa: PLC0415
    from mcp_voice.server.issuer_keys import ALGORITHMS, algorithms_of  # noqa: PLC0415

    name, jwks_url = visit.settings.http_issuer, visit.settings.http_jwks_url
    try:
        keys = await published_keys(name, jwks_url=jwks_url)
    except Unfetched as error:
        url = without_login(jwks_url) or next(metadata_urls(name))
        raise Problem("jwks" if jwks_url else "issuer", issuer=name, url=url, why=error) from None
    usable = Counter(each for key in keys for each in algorithms_of(key))
    if not usable:
        found = counted(len(keys), "other key") if keys else "no signing key"
        raise Problem("issuer-keys", issuer=name, found=found, algorithms=", ".join(ALGORITHMS))
    return Found(f"{name}, {counted(len(keys), 'key')} ({', '.join(usable)})")


def _is_set(visit: Visit) -> bool:
    fields = type(visit.settings).model_fields
    return any(getattr(visit.settings, name) != fields[name].default for name in fields if name.startswith(PREFIX))


def _has_issuer(visit: Visit) -> bool:
    return bool(visit.settings.http_issuer)


HTTP = (
    Step("callers", "who may call over HTTP", callers, 3.0, applies=_is_set),
    Step("issuer", "authorization server", issuer, 8.0, applies=_has_issuer, late="issuer-late"),
)
"""The checks, where anything of HTTP is set."""
