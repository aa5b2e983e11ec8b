"""What is secret or was said is in no error, log or traceback: keys, tokens, logins and queries, speech."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_voice.errors import NobodyThere
from mcp_voice.logs.redacting import RedactingFormatter
from mcp_voice.redaction import redacted, redacted_with_links, without_keys, without_login, without_values
from mcp_voice.room.access import Access
from mcp_voice.room.connection import livekit_fault
from testkit.command import Done, run

LOGIN = "wss://me:sesame@host:7880/x?token=tell-nobody#here"
PRIVATE = ("me:", "sesame", "tell-nobody")
for_all = settings(max_examples=300, deadline=None, database=None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wss://host:7880/rtc", "wss://host:7880/rtc"),
        ("wss://me:pass@host:7880/rtc", "wss://…@host:7880/rtc"),
        ("wss://me@host", "wss://…@host"),
        ("https://host/v1?key=abc", "https://host/v1?…"),
        ("https://host/v1#key", "https://host/v1#…"),
        ("wss://me:p@ss/wo?rd@host/?a=b", "wss://…@ss/wo?…"),
        ("wss://me:pa/ss@host", "wss://…@host"),
        ("wss://me:pa?ss@host", "wss://…?…"),
        ("https://host/?mail=a@b.example", "https://host/?…"),
        ("http://[::1]:80/?x@y", "http://[::1]:80/?…"),
        ("It is at 'wss://u:p@h/?q=1'. Try again.", "It is at 'wss://…@h/?…'. Try again."),
        ("url=URL('http://u:p@proxy:3128'), x", "url=URL('http://…@proxy:3128'), x"),
        ("a mail to a@b.example, see c://d", "a mail to a@b.example, see c://d"),
    ],
)
def test_a_login_and_a_query_are_left_out_of_an_address(text: str, expected: str) -> None:
    """And nothing else is."""
    assert without_login(text) == expected


def test_no_secret_that_is_known_and_no_token_gets_through() -> None:
    """Whatever an SDK puts into its errors; one secret may be a part of another."""
    redacted = without_values(["sk-1234567", "sk-1234567-and-more", "abc"])
    text = redacted("sk-1234567-and-more, sk-1234567, abc, eyJhbGciOi.eyJzdWIi.abc-_1 at wss://me:pw@host\x1b[2J")
    assert text == "…, …, abc, … at wss://…@host\N{REPLACEMENT CHARACTER}[2J"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Incorrect API key provided: sk-proj-0123456789abcdefgh.", "Incorrect API key provided: …."),
        ("no such voice: alloy", "no such voice: alloy"),
    ],
)
def test_a_key_that_a_provider_repeats_is_left_out(text: str, expected: str) -> None:
    """It is told apart by its length: no word of an error is as long."""
    assert without_keys(text) == expected


LINK = "http://127.0.0.1:40123/#0A1B2-C3D4E"


def test_a_join_link_is_told_to_whoever_called_and_is_in_no_log() -> None:
    """It is what a question with nobody there is answered with; nothing else of an address gets through with it."""
    error = NobodyThere("Nobody.", fix=f"Tell them to open {LINK} and to press Join. See {LOGIN}.")
    for told in (str(error), str(error.afresh()), str(error.with_more("Again."))):
        assert f"open {LINK} and" in told
        assert not any(each in told for each in PRIVATE)
    text = RedactingFormatter().format(logging.LogRecord("x", logging.ERROR, "f", 1, "said %s", (str(error),), None))
    assert "0A1B2" not in text
    assert redacted_with_links(f"waiting for somebody to join: {LINK}&autojoin").endswith(f"{LINK}&autojoin")


@pytest.mark.parametrize(
    "address",
    [
        "http://me:pass@127.0.0.1/#0A1B2-C3D4E",
        "http://127.0.0.1/?token=x#0A1B2-C3D4E",
        "http://127.0.0.1/#0A1B2-C3D4EF",
        "http://127.0.0.1/#0A1B2-C3D4E@host",
        "wss://127.0.0.1/#0A1B2-C3D4E",
        "http://127.0.0.1/#access_token=0A1B2",
    ],
)
def test_what_only_looks_like_a_join_link_is_told_without_its_secrets(address: str) -> None:
    """As everywhere."""
    assert redacted_with_links(f"See {address} now") == redacted(f"See {address} now") != f"See {address} now"


def test_what_was_to_be_spoken_is_left_out_of_an_error() -> None:
    """LiveKit makes it part of one message."""
    assert redacted("no audio frames were pushed for text: my secret") == "no audio frames were pushed for text: …"


@for_all
@given(st.text(st.characters(exclude_characters="@?# \t\n", exclude_categories=["Z", "C"]), min_size=8, max_size=20))
def test_no_password_is_told(password: str) -> None:
    """Whatever it holds unescaped."""
    shown = without_login(f"LiveKit at wss://me:{password}@host:7880/?token={password} is down.")
    assert password not in shown
    assert shown.startswith("LiveKit at wss://…@host:7880/?…")


@pytest.mark.parametrize("text", ["a.", "a", "://", "a://", "a://b@", "a://?", "@", ")", "a://)"])
def test_a_long_text_is_cleaned_in_linear_time(text: str) -> None:
    """Twice the text takes about twice the time, not four times; a provider's error may hold anything."""
    short, long = (text * (size // len(text)) for size in (100_000, 400_000))
    begun = time.process_time()
    without_login(short)
    between = time.process_time()
    without_login(long)
    assert time.process_time() - between < 12 * (between - begun) + 0.2


def test_a_log_holds_no_login_even_in_a_traceback() -> None:
    """Errors of HTTP clients hold the whole address."""
    with pytest.raises(ValueError, match="wss://me") as raised:
        int(LOGIN)
    trace = (raised.type, raised.value, raised.tb)
    text = RedactingFormatter().format(logging.LogRecord("x", logging.ERROR, "f", 1, "asked %s", (LOGIN,), trace))
    assert not any(each in text for each in PRIVATE)
    assert text.count("wss://…@host:7880/x?…") == 2


@pytest.mark.parametrize(
    "program",
    [
        "raise OSError(LOGIN)",
        "import threading\nthreading.Thread(target=int, args=(LOGIN,)).start()",
        "class A:\n    def __del__(self): int(LOGIN)\nA()",
        "import typer\napp = typer.Typer()\n@app.command()\ndef run(): int(LOGIN)\napp()",
    ],
    ids=["main thread", "other thread", "finaliser", "Typer"],
)
def test_what_nobody_catches_is_printed_without_logins(program: str) -> None:
    """A traceback on a terminal is copied into a bug report."""
    code = (
        f"from mcp_voice.logs.redacting import redact_tracebacks\nLOGIN = {LOGIN!r}\nredact_tracebacks()\n{program}\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "Error" in done.stderr
    assert "wss://…@host:7880/x?…" in done.stderr
    assert not any(each in done.stderr for each in PRIVATE)


def test_an_access_and_its_errors_tell_no_login() -> None:
    """The address is told in each error of LiveKit's, and the SDK's own text may hold it again."""
    access = Access(LOGIN, "key", "secret")
    fault = livekit_fault(access.url, OSError(f"engine: signal failure at {LOGIN}: \x1b[2J{'x' * 500}"))
    for text in (repr(access), access.shown, str(fault)):
        assert not any(each in text for each in PRIVATE), text
    assert len(str(fault)) < 250
    assert "\x1b" not in str(fault)


def test_a_port_that_looks_like_a_status_is_none() -> None:
    """The cause is read from what the server answered, not from its address."""
    assert "refused the connection" in str(livekit_fault("ws://host:4040", OSError("failed at ws://host:4040/rtc")))
    assert "is not a LiveKit server (404)" in str(livekit_fault("ws://h", OSError("HTTP 404 at ws://h/rtc")))


NOWHERE = "ws://127.0.0.1:9/x?token=tell-nobody"
SPEECH = "http://me:sesame@127.0.0.1:9/v1?key=tell-nobody"


COMMANDS = (("doctor", "--json"), ("doctor",), ("rooms",), ("say", "Hi."), ("send", "x", "--chat"))


@pytest.fixture(scope="module")
async def commands_done(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Done]:
    """How each of the commands ended, two run at a time: what they do is mostly to wait for what is not there."""
    settings = {
        "LIVEKIT_URL": NOWHERE,
        "LIVEKIT_API_KEY": "key",
        "LIVEKIT_API_SECRET": "a-secret-of-the-tests-that-is-long-enough",
        "OPENAI_BASE_URL": SPEECH,
        "MCP_VOICE_STT": "openai/whisper-1",
        "MCP_VOICE_TTS": "openai/tts-1",
        "MCP_VOICE_LOG_LEVEL": "DEBUG",
        "HTTPS_PROXY": "http://me:sesame@127.0.0.1:9",
    }
    done: dict[tuple[str, ...], Done] = {}
    limiter = anyio.CapacityLimiter(2)

    async def finish(arguments: tuple[str, ...]) -> None:
        async with limiter:
            done[arguments] = await run(*arguments, folder=tmp_path_factory.mktemp(arguments[0]), settings=settings)

    async with anyio.create_task_group() as tasks:
        for arguments in COMMANDS:
            tasks.start_soon(finish, arguments)
    return done


@pytest.mark.anyio
@pytest.mark.parametrize("arguments", COMMANDS)
async def test_no_command_tells_the_login_of_an_address(
    arguments: tuple[str, ...], commands_done: dict[tuple[str, ...], Done]
) -> None:
    """Nothing is there at these addresses, so each is in some error, and at DEBUG in the log."""
    done = commands_done[arguments]
    assert done.code == 1
    assert "127.0.0.1" in done.out + done.err
    for each in (*PRIVATE, "a-secret-of-the-tests"):
        assert each not in done.out + done.err


@pytest.mark.anyio
async def test_a_livekit_address_with_a_login_is_refused_without_telling_it(tmp_path: Path) -> None:
    """LiveKit is opened by a key, and an HTTP client takes no second login beside it."""
    done = await run("rooms", folder=tmp_path, settings={"LIVEKIT_URL": LOGIN})
    assert done.code == 1
    assert "LIVEKIT_URL: must not contain a user or password" in done.err
    for each in PRIVATE:
        assert each not in done.err
