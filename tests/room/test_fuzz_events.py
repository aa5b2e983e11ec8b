"""Random and nasty events, and random bytes in every parser at the seam: the room goes on, and nothing is raised."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from livekit.agents import stt

from mcp_voice.embedded.keeper.files import Files
from mcp_voice.floor_protocol import ASK_ATTRIBUTE, FLOOR_ATTRIBUTE, RENEWED_ATTRIBUTE, FloorState, ReleaseCall
from mcp_voice.link import (
    CallChanged,
    Event,
    Hint,
    Joined,
    Keyed,
    Left,
    Reachable,
    Reading,
    Reconnected,
    Reconnecting,
    SegmentRead,
    SpeechStarted,
    SpeechStopped,
    Typed,
    Unreachable,
    Words,
)
from mcp_voice.participants import EVERYBODY, Participant, Target
from mcp_voice.room.admission import Admission
from mcp_voice.settings import env_file
from mcp_voice.speech.transcripts import transcript_of
from mcp_voice.tasks import owned_tasks
from mcp_voice.texts.foreign import LONGEST_TEXT
from mcp_voice.turns.listener import Listener
from mcp_voice.turns.transcript import Transcript
from mcp_voice.turns.turn import Patience
from mcp_voice_agent.room_config import service as config
from mcp_voice_agent.room_config.ids import config_id
from mcp_voice_agent.webhooks.client import _parsed
from mcp_voice_agent.webhooks.verdict import failed, unmet
from mcp_voice_agent.webhooks.webhook import WebhookFault
from testkit.fake_link import ALICE, BOB, FakeLink

AT_ONCE = Patience(choice=0, complete=0, unlikely=0, unfinished=0, time_asked=0, unread=0, unconfirmed=0, keypad=0)
LIMIT = 20.0
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)

nasty_text = st.one_of(
    st.text(st.characters(), max_size=50),
    st.sampled_from(
        ["", " ", "1" * 5_000, "no yes " * 3_000, "\x1b[2J\u202e", "\ud800", "x" * 50_000, "wait", "one hundred"]
    ),
)
anything: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), nasty_text, st.binary(max_size=20)
)
offsets = st.one_of(st.floats(), st.floats(-5, 5))
whoever = st.sampled_from(["alice", "bob", "mallory", "", "companion"])
participants = st.builds(
    Participant,
    whoever,
    nasty_text,
    st.sampled_from(["human", "phone", "agent", "other"]),
    st.sampled_from(["", "ringing", "active", "ended"]),
)
mallory_only = st.one_of(st.just("mallory"), st.just("bob"))

events: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda who, at: SpeechStarted(who, time.monotonic() + at), mallory_only, offsets),
    st.builds(lambda who, at: SpeechStopped(who, time.monotonic() + at), mallory_only, offsets),
    st.builds(
        lambda who, text, final, at: Words(who, text, final=final, at=time.monotonic() + at),
        mallory_only,
        nasty_text,
        st.booleans(),
        offsets,
    ),
    st.builds(lambda who, at: Reading(who, time.monotonic() + at), mallory_only, offsets),
    st.builds(lambda who: SegmentRead(who, time.monotonic()), mallory_only),
    st.builds(lambda who, likely: Hint(who, likely=likely), mallory_only, st.booleans()),
    st.builds(lambda who, text: Typed(who, text, time.monotonic()), mallory_only, nasty_text),
    st.builds(lambda who, key: Keyed(who, key, time.monotonic()), mallory_only, st.sampled_from("0123456789*#ABCD")),
    st.builds(Joined, participants.filter(lambda each: each.identity != "alice")),
    st.builds(Left, participants.filter(lambda each: each.identity != "alice")),
    st.builds(
        lambda who, at: CallChanged(who, time.monotonic() + at),
        participants.filter(lambda each: each.identity != "alice"),
        offsets,
    ),
    st.builds(lambda who, at: Unreachable(who, time.monotonic() + at), mallory_only, offsets),
    st.builds(lambda who, at: Reachable(who, time.monotonic() + at), mallory_only, offsets),
    st.builds(
        lambda who, broke: Left(who, broke=broke),
        participants.filter(lambda each: each.identity != "alice"),
        st.booleans(),
    ),
    st.just(Reconnecting()),
    st.just(Reconnected()),
    # What no annotation allows.
    st.builds(Typed, anything, anything, anything),
    st.builds(Keyed, anything, anything, anything),
    st.builds(
        lambda who, text, final, at: Words(who, text, final=final, at=at), anything, anything, anything, anything
    ),
    st.builds(Joined, anything),
    st.builds(Left, st.builds(Participant, anything, anything, anything)),
    st.builds(SpeechStarted, anything, anything),
    anything,
)


@FEW
@given(noise=st.lists(events, max_size=60))
def test_after_any_noise_an_honest_answer_is_the_reply(noise: list[Any]) -> None:
    """Whatever others send, in whatever order, the listener lives, and Alice is heard."""
    # On a thread: the tests' own event loop may be running on this one.
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(anyio.run, _hear_out, noise).result()


async def _hear_out(noise: list[Any]) -> None:
    link, room, door = FakeLink("kitchen", [ALICE, BOB]), Listener(AT_ONCE, "en", Transcript()), Admission()
    try:
        async with owned_tasks() as tasks:
            tasks.start_soon(room.run, link)
            await _answer(link, room, [door.admit(event, time.monotonic()) for event in noise])
            tasks.cancel_scope.cancel()
    finally:
        link.close()
    json.dumps([reply.text for reply in room.transcript.claim(EVERYBODY)]).encode()


async def _answer(link: FakeLink, room: Listener, noise: list[Event | None]) -> None:
    with room.expect(Target("alice"), choices=("red", "green")) as expected:
        room.open(expected, since=0)
        for event in noise:
            if event is not None:
                link.hear(event)
        link.hear(Reconnected())  # what is said into a broken connection is no whole answer
        await anyio.lowlevel.checkpoint()
        now = time.monotonic()
        link.hear(SpeechStarted("alice", now), SpeechStopped("alice", now))
        link.hear(Words("alice", "the second one", final=True, at=now), SegmentRead("alice", now))
        with anyio.fail_after(LIMIT):
            reply = await expected.reply
    assert (reply.participant.identity, reply.text, reply.choice) == ("alice", "the second one", "green")


def _room_config(text: str) -> None:
    with suppress(config._Unusable):
        config._checked(text.encode(errors="replace"), "kitchen")


def _config_id(text: str) -> None:
    text = text.encode(errors="replace").decode()  # LiveKit's messages hold nothing else
    assert config_id(text, text, "kitchen")
    assert config_id("", "", text or "kitchen", pattern=r"^call-(.+)-[0-9a-f]{4}$")


def _answer_of_a_webhook(text: str) -> None:
    with suppress(WebhookFault):
        answer = _parsed(text.encode(errors="replace"))
        failed(answer, reads=False)
        failed(answer, reads=True)
        unmet(answer, {"data.0.status": ("sent", 1)})


def _floor(text: str) -> None:
    FloorState.read({FLOOR_ATTRIBUTE: text, ASK_ATTRIBUTE: text, RENEWED_ATTRIBUTE: text})


def _transcript(text: Any) -> None:
    data = stt.SpeechData(language="en", text=text)  # type: ignore[arg-type]
    words = transcript_of(stt.SpeechEvent(stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[data]))
    assert len(words.encode()) <= 4 * LONGEST_TEXT


TEXT_PARSERS: dict[str, Callable[[str], object]] = {
    "a room's configuration": _room_config,
    "the id of a configuration": _config_id,
    "an answer of a webhook": _answer_of_a_webhook,
    "the RPC that gives the floor back": ReleaseCall.read,
    "a transcript": _transcript,
    "the attributes of the floor": _floor,
}
json_text = st.recursive(
    anything, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner)
)
texts = st.one_of(
    nasty_text,
    json_text.map(lambda value: json.dumps(value, default=repr)[:50_000]),
    st.sampled_from(
        ["[" * 20_000, '{"a":' * 20_000, "9" * 5_000, "nan", "1e999", '{"agent_config_id": 1e999}', "-inf"]
    ),
)


@pytest.mark.parametrize("parser", TEXT_PARSERS.values(), ids=TEXT_PARSERS.keys())
def test_no_text_breaks_a_parser(parser: Callable[[str], object]) -> None:
    """It is understood, or refused by the one error that is meant for it."""

    @MANY
    @given(text=texts)
    def feed(text: str) -> None:
        parser(text)

    feed()


@MANY
@given(value=st.one_of(anything, st.lists(anything)))
def test_whatever_a_recogniser_calls_a_text_is_one(value: Any) -> None:
    """Null, numbers, lists."""
    _transcript(value)


@FEW
@given(data=st.one_of(st.binary(max_size=300), texts.map(lambda text: text.encode(errors="replace"))))
def test_damaged_files_of_the_keeper_are_none(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A crash in the middle of a write, another version, somebody's editor."""
    files = Files(tmp_path_factory.mktemp("keeper"))
    files.identity.write_bytes(data)
    files.state.write_bytes(data)
    files.read_identity()
    files.read_state()


@FEW
@given(data=st.one_of(st.binary(max_size=300), texts.map(lambda text: text.encode(errors="replace"))))
def test_no_env_file_breaks_its_reader(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is no text is the one error that callers know."""
    path: Path = tmp_path_factory.mktemp("folder") / ".env"
    path.write_bytes(data)
    with suppress(env_file.Unreadable):
        env_file.values(path)
        list(env_file.unread_lines(path, {"LIVEKIT_URL"}))
