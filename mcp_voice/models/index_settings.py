"""Which Python package index the user has: what pip and uv would read of the environment and of the user's own files.

Nothing of the working directory counts: no ``uv.toml`` or ``pyproject.toml`` there, and no file there that is named.
"""

from __future__ import annotations

import configparser
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from mcp_voice.process.isolation import in_working_directory

__all__ = ["PYPI", "Homes", "IndexSettings", "index_settings"]

PYPI = "https://pypi.org/simple"
FORBIDDING = ("PIP_NO_INDEX", "UV_NO_INDEX", "UV_OFFLINE")
TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})
CONFIG_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """What to ask, and how."""

    urls: tuple[str, ...] = (PYPI,)
    """Simple indexes, in the order in which they are asked; a login may be in each."""
    proxy: str = ""
    certificates: str = ""
    """A file of certificates to trust beside the system's."""
    forbidden: str = ""
    """What forbids to ask any, if something does: a variable, or a line of a file."""


@dataclass(frozen=True, slots=True)
class Homes:
    """Where the settings of this user are, and those for all users."""

    user: Path
    system: Path = Path("/etc")


def index_settings(environment: Mapping[str, str] | None = None, homes: Homes | None = None) -> IndexSettings:
    """Read them; what cannot be read is passed over, as if it were not there."""
    environment = os.environ if environment is None else environment
    homes = homes or Homes(_home())
    uv = _uv_file(environment, homes)
    pip = _pip_file(environment, homes)
    default = (
        environment.get("UV_DEFAULT_INDEX")
        or environment.get("UV_INDEX_URL")
        or environment.get("PIP_INDEX_URL")
        or _uv_default(uv)
        or pip.get("index-url")
        or PYPI
    )
    extra = " ".join(environment.get(each, "") for each in ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"))
    given = [default, *extra.split(), *_uv_extra(uv), *pip.get("extra-index-url", "").split()]
    urls = dict.fromkeys(filter(None, (_url(each, environment) for each in given)))
    certificates = environment.get("PIP_CERT") or pip.get("cert") or environment.get("REQUESTS_CA_BUNDLE", "")
    return IndexSettings(
        tuple(urls),
        _proxy(environment.get("PIP_PROXY") or pip.get("proxy", "")),
        "" if certificates and in_working_directory(certificates) else certificates,
        _forbidding(environment, uv, pip),
    )


def _proxy(given: str) -> str:
    """Pip takes one without a scheme, host:port, as well."""
    return f"http://{given}" if given and "://" not in given else given


def _forbidding(environment: Mapping[str, str], uv: Mapping[str, Any], pip: Mapping[str, str]) -> str:
    for name in FORBIDDING:
        if environment.get(name, "").lower() in TRUE:
            return name
    if pip.get("no-index", "").lower() in TRUE:
        return "no-index in pip's configuration"
    return next((f"{name} in uv.toml" for name in ("offline", "no-index") if uv.get(name) is True), "")


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a user without one: nothing is read there
        return Path("no-home")


def _url(given: str, environment: Mapping[str, str]) -> str:
    """The address of an index, which may be given as name=address; uv has the login of a named one apart."""
    name, equals, address = given.partition("=")
    if not equals or "/" in name:
        name, address = "", given
    parts = urlsplit(address.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    prefix = f"UV_INDEX_{name.upper().replace('-', '_').replace('.', '_')}"
    user, password = (environment.get(f"{prefix}_{each}", "") for each in ("USERNAME", "PASSWORD"))
    netloc = parts.netloc
    if name and user and "@" not in netloc:
        netloc = f"{quote(user, safe='')}:{quote(password, safe='')}@{netloc}"
    return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), parts.query, ""))


def _uv_default(read: Mapping[str, Any]) -> str:
    for each in read.get("index", ()):
        if isinstance(each, dict) and each.get("default"):
            return _named(each)
    return str(read.get("index-url") or _pip_part(read).get("index-url") or "")


def _uv_extra(read: Mapping[str, Any]) -> Iterator[str]:
    for each in read.get("index", ()):
        if isinstance(each, dict) and not each.get("default"):
            yield _named(each)
    for part in (read, _pip_part(read)):
        given = part.get("extra-index-url", ())
        yield from (str(each) for each in (given if isinstance(given, list) else ()))


def _named(index: Mapping[str, Any]) -> str:
    name, url = str(index.get("name", "")), str(index.get("url", ""))
    return f"{name}={url}" if name else url


def _pip_part(read: Mapping[str, Any]) -> Mapping[str, Any]:
    part = read.get("pip", {})
    return part if isinstance(part, dict) else {}


def _uv_file(environment: Mapping[str, str], homes: Homes) -> Mapping[str, Any]:
    """The user's ``uv.toml``, else the system's."""
    if environment.get("UV_NO_CONFIG", "").lower() in TRUE:
        return {}
    given = environment.get("UV_CONFIG_FILE")
    paths = (
        [Path(given)]
        if given
        else [_config_home(environment, homes) / "uv" / "uv.toml", homes.system / "uv" / "uv.toml"]
    )
    for path in paths:
        try:
            read = tomllib.loads(_text(path))
        except (OSError, ValueError):
            continue
        # A wrong type would have stopped uv as well.
        return {**read, "index": read["index"] if isinstance(read.get("index"), list) else []}
    return {}


def _pip_file(environment: Mapping[str, str], homes: Homes) -> dict[str, str]:
    """What pip's files say, the user's last, for they win."""
    found: dict[str, str] = {}
    for path in _pip_paths(environment, homes):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(_text(path))
        except (OSError, ValueError, configparser.Error):
            continue
        for section in ("global", "install", "download"):
            if parser.has_section(section):
                found |= dict(parser.items(section))
    return found


def _pip_paths(environment: Mapping[str, str], homes: Homes) -> list[Path]:
    given = environment.get("PIP_CONFIG_FILE")
    if given == os.devnull:
        return []
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    paths = [homes.system / "xdg" / "pip" / name, homes.system / name]
    if sys.platform == "darwin":
        paths += [folder / "Library/Application Support/pip" / name for folder in (Path("/"), homes.user)]
    paths += [
        homes.user / ("pip" if sys.platform == "win32" else ".pip") / name,
        _config_home(environment, homes) / "pip" / name,
    ]
    return [*paths, *([Path(given)] if given else [])]


def _config_home(environment: Mapping[str, str], homes: Homes) -> Path:
    if sys.platform == "win32":
        return Path(environment.get("APPDATA") or homes.user / "AppData" / "Roaming")
    given = environment.get("XDG_CONFIG_HOME", "")
    return Path(given) if given and not in_working_directory(given) else homes.user / ".config"


def _text(path: Path) -> str:
    if in_working_directory(str(path)):
        raise OSError("it is in the working directory")
    with path.open("rb") as file:
        return file.read(CONFIG_BYTES).decode()
