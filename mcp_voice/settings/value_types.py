"""The kinds of values that settings have, each with a check whose message says what the variable may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field, SecretStr

from mcp_voice.process.loopback import is_loopback

__all__ = [
    "EMPTY_SECRET",
    "NO_ROOM",
    "AudienceName",
    "FilePath",
    "HttpUrl",
    "IssuerUrl",
    "LanguageTag",
    "ListenAddress",
    "LiveKitUrl",
    "LongSecret",
    "PageUrl",
    "Patterns",
    "StoreUrl",
    "harmless",
    "listed",
    "named",
]

LIVEKIT_SCHEMES = ("ws", "wss", "http", "https")


EMPTY_SECRET = SecretStr("")
HARMLESS: Mapping[str, Any] = MappingProxyType({"harmless": True})


def _url(value: str, schemes: tuple[str, ...]) -> str:
    if value and (urlsplit(value).scheme not in schemes or not urlsplit(value).hostname):
        raise ValueError(f"must look like {schemes[0]}://host:port, with one of the schemes {', '.join(schemes)}")
    # A proxy takes the doubled slash before what clients append for another address.
    return value.strip().rstrip("/")


def _livekit_url(value: str) -> str:
    if "@" in urlsplit(value).netloc:
        raise ValueError("must not contain a user or password: use LIVEKIT_API_KEY and LIVEKIT_API_SECRET")
    return _url(value, LIVEKIT_SCHEMES)


def _http_url(value: str) -> str:
    return _url(value, ("https", "http"))


def _page_url(value: str) -> str:
    url = _http_url(value)
    parts = urlsplit(url)
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be https://host or https://host:port only: the page needs its own origin")
    return url


def _issuer(value: str) -> str:
    if not value:
        return ""
    parts = urlsplit(value)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if (
        not is_safe
        or not parts.hostname
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
        or value.strip() != value
    ):
        raise ValueError("must be the issuer's https:// address, exactly as in its tokens (`iss`)")
    # A slash at its end is a part of it.
    return value


def _audience(value: str) -> str:
    if value and not AUDIENCE.fullmatch(value):
        raise ValueError("must be one audience, exactly as in the tokens (`aud`), without spaces or commas")
    return value


def _absolute(value: Path | None) -> Path | None:
    if value is None:
        return None
    try:
        path = value.expanduser()
    except RuntimeError as error:
        raise ValueError("must be an absolute path: what follows ~ is not a user on this machine") from error
    if path.is_absolute():
        return path
    raise ValueError("must be an absolute path: a relative one depends on where mcp-voice is started")


def _language_tag(value: str) -> str:
    if not LANGUAGE_TAG.fullmatch(value):
        raise ValueError("must be a BCP 47 tag, language[-Script][-Region], such as en, de-AT or zh-Hant-TW")
    return value


def _patterns(value: str) -> str:
    if value and not listed(value):
        raise ValueError(NO_ROOM)
    return value


def _address(value: str) -> str:
    if not value:
        return ""
    try:
        address = ip_address(value)
    except ValueError:
        address = None
    if address is None or address.is_unspecified:
        raise ValueError("must be an IP address of this machine, such as 192.168.1.5")
    return str(address)


def _long_secret(value: SecretStr) -> SecretStr:
    if 0 < len(value.get_secret_value()) < LEAST_SECRET:
        raise ValueError(f"must have at least {LEAST_SECRET} characters")
    return value


def _store_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if url and not _is_store(url):
        raise ValueError(
            "must look like redis://user:password@host:6379/0, or rediss:// with TLS, with %40 for @ in a password, "
            f"and after ? only {', '.join(STORE_OPTIONS)}"
        )
    return value


def _is_store(url: str) -> bool:
    """Whether this is a Redis; what else its client would take from an address is ours to set, such as limits."""
    try:
        parts = urlsplit(url)
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
        has_place = bool(parts.path) if parts.scheme == "unix" else bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    has_place = has_place and (parts.scheme == "unix" or DATABASE.fullmatch(parts.path) is not None)
    return parts.scheme in STORE_SCHEMES and has_place and not parts.fragment and options.keys() <= {*STORE_OPTIONS}


DATABASE = re.compile(r"(?:/[0-9]{0,5})?")
STORE_SCHEMES = ("redis", "rediss", "unix")
STORE_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname")
"""Of redis-py, by their own names."""
LEAST_SECRET = 16
NO_ROOM = "is set but names no room: name some, set it to * for all, or unset it"
LiveKitUrl = Annotated[str, AfterValidator(_livekit_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
FilePath = Annotated[Path | None, AfterValidator(_absolute)]
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?")
"""RFC 5646, section 2.1, without what a recogniser or a voice could do nothing with (variants, extensions)."""
LanguageTag = Annotated[str, AfterValidator(_language_tag)]
ListenAddress = Annotated[str, AfterValidator(_address)]
StoreUrl = Annotated[SecretStr, AfterValidator(_store_url)]
PageUrl = Annotated[str, AfterValidator(_page_url)]
AUDIENCE = re.compile(r"[!-+\--~]{1,255}")
"""ASCII that can be seen, without a comma: it is one, not a list."""
AudienceName = Annotated[str, AfterValidator(_audience)]
IssuerUrl = Annotated[str, AfterValidator(_issuer)]
LongSecret = Annotated[SecretStr, AfterValidator(_long_secret)]
Patterns = Annotated[str, AfterValidator(_patterns)]


def named(variable: str, description: str, default: Any = "", **constraints: Any) -> Any:
    """A setting that keeps the variable name it has elsewhere."""
    return Field(default, validation_alias=variable, description=description, **constraints)


def harmless(default: Any, description: str, **constraints: Any) -> Any:
    """A setting that the working directory's ``.env`` may hold, for the command line and scripts.

    At worst it is a nuisance: it sends nothing anywhere, runs nothing, shows nothing, and widens nothing.
    """
    return Field(default, description=description, json_schema_extra=dict(HARMLESS), **constraints)


def listed(value: str) -> list[str]:
    """The entries of a setting that holds several, with commas between them."""
    return [entry.strip() for entry in value.split(",") if entry.strip()]
