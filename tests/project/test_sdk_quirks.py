"""The list of the libraries' quirks against the code and the libraries: what is no longer needed is told here."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import mcp.server.mcpserver.server
import mcp.server.stdio
import openai
import prometheus_client.values
import pytest
from livekit import rtc
from livekit.agents import AgentServer, JobContext, stt
from livekit.agents.cli import _legacy
from livekit.agents.llm._realtime.openai import RealtimeModel, RealtimeSession
from livekit.agents.utils import http_context
from livekit.agents.voice import room_io
from livekit.agents.voice.room_io import _output as room_io_output
from livekit.agents.voice.room_io._pre_connect_audio import PreConnectAudioHandler
from livekit.plugins import openai as plugin
from livekit.rtc._ffi_client import FfiClient
from livekit.rtc._proto.ffi_pb2 import FfiEvent

from mcp_voice.logs import sdk_logs
from mcp_voice.room.sdk import left_over
from mcp_voice_agent.run import DEPRECATED, NOTICE
from testkit.documents import read, table
from testkit.private_access import accesses, files, quirks

pytestmark = pytest.mark.anyio

ROWS = table(read("docs/sdk-quirks.md"), "quirk")
RATE = 48_000
NOBODY = "http://127.0.0.1:9/v1"
ANOTHER = 999_999
"""The handle of no stream of ours."""


def unquoted(text: str) -> str:
    """What stands in backquotes."""
    return text.strip("`")


def is_public(kind: type, *names: str) -> bool:
    """Whether a class now offers one of these."""
    return any(hasattr(kind, name) for name in names)


@pytest.fixture
async def client() -> AsyncIterator[openai.AsyncClient]:
    """A client of ours."""
    made = openai.AsyncClient(api_key="key", base_url=NOBODY)
    yield made
    await made.close()


def test_the_list_has_every_quirk_of_the_code_and_no_other() -> None:
    """Each with the files that are marked with it."""
    listed: dict[str, set[str]] = {}
    for name, file, *_ in ROWS:
        listed.setdefault(unquoted(name), set()).add(unquoted(file))
    assert listed == quirks()


def test_nothing_private_is_used_without_a_mark() -> None:
    """A new release may rename it, and somebody has to know where to look."""
    assert [found for file, text in files() for found in accesses(file, text)] == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("from livekit.rtc._ffi_client import FfiClient", "_ffi_client"),
        ("def f(stream): return stream._ffi_queue", "_ffi_queue"),
        ("def f(stream): return getattr(stream, '_track', None)", "_track"),
        ("from livekit.agents import Agent\nclass A(Agent):\n def f(self): return self._activity", "_activity"),
    ],
)
def test_private_parts_are_found_in_every_form(line: str, name: str) -> None:
    """As an import, an attribute, a name in a string, or what a class has inherited; a mark beside it is enough."""
    *before, last = line.splitlines()
    assert [found for *_, found in accesses("file.py", line)] == [name]
    assert accesses("file.py", "\n".join([*before, f"{last}  # quirk: one"])) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: unquoted(row[0]))
def test_every_quirk_is_known_for_the_installed_version_and_has_a_test(row: tuple[str, ...]) -> None:
    """After an update somebody reads its row again, and writes the new version there."""
    *_, library, _, test = row
    name, _, known = library.partition(" ")
    assert version(name) == known
    assert callable(globals()[unquoted(test)])


async def test_an_audio_stream_asks_for_the_frames_of_all_tracks() -> None:
    """It is woken for another stream's frames, to throw them away."""
    subscribers = FfiClient.instance.queue._subscribers
    before = len(subscribers)
    track = rtc.LocalAudioTrack.create_audio_track("x", rtc.AudioSource(RATE, 1))
    stream = rtc.AudioStream(track)
    (*_, wanted) = subscribers[before]
    event = FfiEvent()
    event.audio_stream_event.stream_handle = ANOTHER
    assert wanted is None or wanted(event)
    await stream.aclose()


async def test_an_audio_stream_that_has_ended_keeps_its_last_frames_to_itself() -> None:
    """They are in its queue, from which we take them."""
    track = rtc.LocalAudioTrack.create_audio_track("x", rtc.AudioSource(RATE, 1))
    stream = rtc.AudioStream(track)
    frame = rtc.AudioFrame.create(RATE, 1, 480)
    for event in (rtc.AudioFrameEvent(frame), rtc.AudioFrameEvent(frame), None):
        stream._queue.put(event)
    stream._task.cancel()
    with suppress(asyncio.CancelledError):
        await stream._task
    assert [event async for event in stream] == []
    assert left_over(stream) == [frame, frame]
    stream._ffi_handle.dispose()


def test_the_sdk_logs_events_whole() -> None:
    """The record that we put into other words is still written."""
    assert f'"{sdk_logs.QUOTES_EVENT}"' in inspect.getsource(rtc.room)


def test_the_mcp_sdk_logs_what_callers_name() -> None:
    """The records that we put into other words are still written."""
    source = inspect.getsource(mcp.server.mcpserver.server)
    assert all(f'("{text}", ' in source for text in sdk_logs.QUOTES_CALLER)


def test_what_was_recorded_before_a_connection_is_read_by_a_private_class() -> None:
    """RoomIO uses it for the human it is linked to."""
    assert not hasattr(room_io, "PreConnectAudioHandler")
    assert {"register", "wait_for_data", "aclose"} <= set(vars(PreConnectAudioHandler))


def test_room_io_publishes_its_sound_by_a_private_method() -> None:
    """Of a private part."""
    assert not is_public(room_io.RoomIO, "publish_track", "republish", "publish_audio")
    assert "self._audio_output = _ParticipantAudioOutput(" in inspect.getsource(room_io.RoomIO)
    assert "self._publish_track()" in inspect.getsource(room_io_output)


def test_expected_words_come_by_a_private_method() -> None:
    """Of the base class of all recognisers."""
    assert is_public(stt.STT, "_update_session_keyterms")
    assert not is_public(stt.STT, "update_session_keyterms")


def test_livekits_command_line_says_that_it_is_deprecated() -> None:
    """In warnings, and in the help of its commands, which it makes by a private function."""
    assert "deprecated" in inspect.getsource(_legacy.run_app)
    source = inspect.getsource(_legacy._build_cli)
    assert "[red]Deprecated[/red]" in source
    for beginning in DEPRECATED:
        assert f'"{beginning}' in source
    assert f'tag="{NOTICE}"' in inspect.getsource(_legacy._run_console)


def test_a_worker_tells_nothing_of_its_health() -> None:
    """Its state is private, and it sets its HTTP server by itself."""
    source = inspect.getsource(AgentServer)
    for name in ("_connection_failed", "_connecting", "_inference_executor", "_http_server"):
        assert f"self.{name} = " in source or f"self.{name}: " in source
    assert not is_public(AgentServer, "health", "connected", "connection_failed", "http_server", "add_route")


def test_a_worker_has_one_address_for_every_mode() -> None:
    """It is an argument, given before the command line is read."""
    assert isinstance(inspect.signature(AgentServer).parameters["host"].default, str)
    assert "self._host" in inspect.getsource(AgentServer.run)
    assert AgentServer._default_port is not None


def test_a_worker_does_not_tell_its_livekit_server() -> None:
    """What it was given is in private attributes."""
    server = AgentServer(ws_url="ws://127.0.0.1:9", api_key="key", api_secret="secret")
    assert (server._ws_url, server._api_key, server._api_secret) == ("ws://127.0.0.1:9", "key", "secret")
    assert not is_public(AgentServer, "ws_url", "url", "api")
    assert "self._previous_status = status" in inspect.getsource(AgentServer._update_worker_status)
    assert inspect.signature(AgentServer._is_available).return_annotation == "bool"
    assert not is_public(AgentServer, "is_available", "available", "status")


def test_a_realtime_model_does_not_let_its_session_be_chosen() -> None:
    """It makes one of its own class, and enters it in its own list."""
    assert "RealtimeSession(self" in inspect.getsource(RealtimeModel.session)
    assert "self._sessions.add(" in inspect.getsource(RealtimeModel.session)


def test_a_broken_realtime_session_leaves_people_waiting() -> None:
    """Neither an answer nor the update of a conversation asks whether the connection still is."""
    for method in (RealtimeSession.generate_reply, RealtimeSession.update_chat_ctx):
        assert "_main_atask" not in inspect.getsource(method)
    made = inspect.getsource(RealtimeSession.__init__)
    assert "self._main_atask = " in made
    assert "self._chat_ctx_event_futures" in made


def test_the_future_of_a_realtime_answer_is_private() -> None:
    """And fails without anybody to look at it."""
    source = inspect.getsource(RealtimeSession)
    assert "self._current_generation" in source
    assert "_done_fut.set_exception" in source
    assert "_done_fut.exception" not in source


async def test_a_plugin_does_not_close_a_client_that_it_was_given(client: openai.AsyncClient) -> None:
    """With one of our own we would have to see to that in every place."""
    for part in (plugin.LLM(model="m", client=client), plugin.TTS(model="m", voice="v", client=client)):
        await part.aclose()
        assert not client.is_closed()


async def test_a_recogniser_leaves_its_client_open() -> None:
    """Also the one that it has made itself."""
    recogniser: Any = plugin.STT(model="m", api_key="key", base_url=NOBODY)
    await recogniser.aclose()
    assert not recogniser._client.is_closed()
    await recogniser._client.close()


def test_a_recogniser_drops_the_scores_of_a_transcript() -> None:
    """Whisper says how sure it is that anybody spoke."""
    assert "no_speech_prob" not in inspect.getsource(inspect.getmodule(plugin.STT) or plugin)


def test_stdin_is_read_in_a_thread_that_cannot_be_stopped() -> None:
    """Files are read in worker threads, and a read of stdin ends when something comes."""
    assert "async for line in stdin" in inspect.getsource(mcp.server.stdio)
    assert "anyio.wrap_file" in inspect.getsource(mcp.server.stdio)


def test_a_job_keeps_its_token_to_itself() -> None:
    """With it we are in the room as whom LiveKit's server has sent."""
    assert not is_public(JobContext, "token", "access_token", "info")
    assert "self._info.token" in inspect.getsource(JobContext.connect)


def test_livekits_session_reads_certificates_by_a_private_function() -> None:
    """Gone: use what there is then (quirk job-certificates)."""
    assert "_create_ssl_context()" in inspect.getsource(http_context._new_session_ctx)


def test_a_job_knows_of_its_own_connection_only() -> None:
    """It would warn of a job that is in its room by another one."""
    assert "self._on_connect()" in inspect.getsource(JobContext.connect)


def test_how_figures_are_shared_is_decided_at_import() -> None:
    """By a variable that LiveKit sets later."""
    assert "\nValueClass = get_value_class()" in inspect.getsource(prometheus_client.values)
