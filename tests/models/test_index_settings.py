"""Which package index is the user's: what pip and uv read of the environment and of the user's own files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_voice.models.index_settings import PYPI, Homes, IndexSettings, index_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Homes:
    """An empty home, and a working directory beside it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (tmp_path / "home").mkdir()
    return Homes(tmp_path / "home", tmp_path / "etc")


def write(path: Path, text: str) -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_without_settings_it_is_pypi(home: Homes) -> None:
    """As for pip and uv."""
    assert index_settings({}, home) == IndexSettings((PYPI,))


@pytest.mark.parametrize(
    "environment",
    [
        {"PIP_INDEX_URL": "https://index.example/simple/"},
        {"UV_DEFAULT_INDEX": "https://index.example/simple"},
        {"UV_INDEX_URL": "https://index.example/simple", "PIP_INDEX_URL": "https://other.example"},
        {"UV_DEFAULT_INDEX": "company=https://index.example/simple"},
    ],
)
def test_the_environment_names_the_index(environment: dict[str, str], home: Homes) -> None:
    """In place of PyPI, which is not asked then."""
    assert index_settings(environment, home).urls == ("https://index.example/simple",)


def test_the_login_of_a_named_index_is_found_beside_it(home: Homes) -> None:
    """As uv has it, escaped for an address."""
    environment = {
        "UV_INDEX": "my-company=https://index.example/simple",
        "UV_INDEX_MY_COMPANY_USERNAME": "ada",
        "UV_INDEX_MY_COMPANY_PASSWORD": "p@ss/word",
    }
    assert index_settings(environment, home).urls == (PYPI, "https://ada:p%40ss%2Fword@index.example/simple")


def test_the_users_pip_conf_is_read(home: Homes) -> None:
    """Index, more indexes, proxy and certificates."""
    write(
        home.user / ".config/pip/pip.conf",
        "[global]\nindex-url = https://a.example/simple\nproxy = http://proxy.example:3128\ncert = /etc/own.pem\n"
        "[install]\nextra-index-url =\n  https://b.example/simple\n  https://c.example/simple\n",
    )
    assert index_settings({}, home) == IndexSettings(
        ("https://a.example/simple", "https://b.example/simple", "https://c.example/simple"),
        "http://proxy.example:3128",
        "/etc/own.pem",
    )


def test_the_users_uv_toml_is_read(home: Homes) -> None:
    """Its default, and those beside it."""
    write(
        home.user / ".config/uv/uv.toml",
        '[[index]]\nname = "b"\nurl = "https://b.example/simple"\n'
        '[[index]]\nurl = "https://a.example/simple"\ndefault = true\n',
    )
    assert index_settings({}, home).urls == ("https://a.example/simple", "https://b.example/simple")


@pytest.mark.parametrize("name", ["uv.toml", "pip.conf"])
def test_nothing_of_the_working_directory_is_read(name: str, home: Homes) -> None:
    """A cloned repository could have us ask its own server; not even where a variable names it."""
    planted = write(Path.cwd() / name, '[global]\nindex-url = "https://evil.example"\n')
    write(Path.cwd() / "pip/pip.conf", "[global]\nindex-url = https://evil.example\n")
    for environment in (
        {},
        {"PIP_CONFIG_FILE": str(planted), "UV_CONFIG_FILE": str(planted)},
        {"PIP_CONFIG_FILE": name, "UV_CONFIG_FILE": name},
        {"XDG_CONFIG_HOME": str(Path.cwd())},
        {"PIP_CERT": str(planted)},
    ):
        assert index_settings(environment, home) == IndexSettings((PYPI,))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".config/uv/uv.toml", "index-url = ["),
        (".config/uv/uv.toml", "index = 3\npip = 4\n"),
        (".config/uv/uv.toml", 'index = ["x"]\nextra-index-url = 5\n'),
        (".config/pip/pip.conf", "no section\n"),
        (".pip/pip.conf", "\ufeff[global\n"),
    ],
)
def test_files_that_make_no_sense_are_passed_over(path: str, text: str, home: Homes) -> None:
    """Pip or uv would say so; a model is no reason to."""
    write(home.user / path, text)
    assert index_settings({}, home).urls == (PYPI,)


@pytest.mark.parametrize("url", ["file:///srv/wheels", "/srv/wheels", "ftp://x.example", "https://", "http:///x"])
def test_what_is_no_web_address_is_no_index(url: str, home: Homes) -> None:
    """Pip takes folders; there is nothing to ask of one."""
    assert index_settings({"PIP_EXTRA_INDEX_URL": url}, home).urls == (PYPI,)


@pytest.mark.parametrize("name", ["PIP_NO_INDEX", "UV_NO_INDEX", "UV_OFFLINE"])
def test_a_variable_that_forbids_to_ask_is_told(name: str, home: Homes) -> None:
    """By its name."""
    assert index_settings({name: "true"}, home).forbidden == name
    assert index_settings({name: "0"}, home).forbidden == ""


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        (".config/pip/pip.conf", "[global]\nno-index = true\n", "no-index in pip's configuration"),
        (".config/uv/uv.toml", "offline = true\n", "offline in uv.toml"),
        (".config/uv/uv.toml", "no-index = true\n", "no-index in uv.toml"),
    ],
)
def test_a_file_that_forbids_to_ask_is_told(path: str, text: str, told: str, home: Homes) -> None:
    """A machine that is to ask no index has it there for good."""
    write(home.user / path, text)
    assert index_settings({}, home).forbidden == told


@pytest.mark.parametrize("proxy", ["proxy.example:3128", "ada:secret@proxy.example:3128"])
def test_a_proxy_without_a_scheme_is_one_of_http(proxy: str, home: Homes) -> None:
    """As pip's own help has it."""
    assert index_settings({"PIP_PROXY": proxy}, home).proxy == f"http://{proxy}"
    write(home.user / ".config/pip/pip.conf", f"[global]\nproxy = {proxy}\n")
    assert index_settings({}, home).proxy == f"http://{proxy}"


def test_settings_for_all_users_hold_until_the_user_has_others(home: Homes) -> None:
    """As a machine of a company is set up."""
    write(home.system / "pip.conf", "[global]\nindex-url = https://company.example/simple\n")
    write(home.system / "uv/uv.toml", 'extra-index-url = ["https://more.example/simple"]\n')
    assert index_settings({}, home).urls == ("https://company.example/simple", "https://more.example/simple")
    write(home.user / ".config/pip/pip.conf", "[global]\nindex-url = https://own.example/simple\n")
    write(home.user / ".config/uv/uv.toml", "")
    assert index_settings({}, home).urls == ("https://own.example/simple",)
