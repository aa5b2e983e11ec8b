"""What can go wrong, in the words of somebody who can act on it.

The tree::

    VoiceError                   anything below; its text reaches the model
     ├── BadInput                an argument that cannot be used as it is
     │    ├── UnknownRoom        no such room, or none, or more than one to choose from
     │    ├── UnknownParticipant nobody of that name in the room
     │    └── UnknownAsk         no ask under that id
     ├── BadSettings             a setting that cannot be used as it is
     ├── NobodyThere             the room holds no human
     ├── EverybodyLeft           whoever could have answered has gone; a result says so, with status left
     ├── Busy                    another room would be too much for this machine; those that are heard stay as they are
     ├── RoomForbidden           MCP_VOICE_ROOMS does not allow that room
     ├── LiveKitError            the LiveKit server: unreachable, refused, too slow
     │    ├── EncryptionMismatch  a room is end-to-end encrypted and we are not, or the other way round
     │    └── LinkLost           we are out of a room that we were in; it can be entered again
     │         └── RemovedFromRoom  somebody wanted that, or the room is over: only a new call goes back
     │              └── RoomClosed  LiveKit closed it, as it does with a room that is empty but for agents
     ├── EmbeddedServerError     the local livekit-server: not found, not built, not started
     ├── ModelError              a model's files: not fetched, not what they should be, not to be kept
     ├── PageError               the join page: not served, or a request that it refuses
     ├── StoreError              the store that processes share: unreachable, too slow, full
     └── SpeechError             a speech provider
          ├── TTSError           text to speech
          └── STTError           speech to text

Beside it the companion has two VoiceErrors of its own, WebhookFault and ServerFault: a webhook, or an MCP server, that
did not do what it was called for.

Every one says what failed and why (``what``), what to do next (``fix``), and has a stable ``code`` for programs, whose
meaning is in ``error_codes``. None contains a secret, a token or a login, but the join link that is its next step, and
nothing in it steers a terminal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Self

from mcp_voice.redaction import redacted_with_links
from mcp_voice.texts.counting import counted
from mcp_voice.texts.foreign import printable, quoted, quoted_name

__all__ = [
    "SHOWS_MORE",
    "BadInput",
    "BadSettings",
    "Busy",
    "CutOff",
    "EmbeddedServerError",
    "EncryptionMismatch",
    "EverybodyLeft",
    "LinkLost",
    "LiveKitError",
    "ModelError",
    "NobodyThere",
    "PageError",
    "RemovedFromRoom",
    "RoomClosed",
    "RoomForbidden",
    "STTError",
    "SpeechError",
    "StoreError",
    "TTSError",
    "UnknownAsk",
    "UnknownParticipant",
    "UnknownRoom",
    "VoiceError",
    "enumerated",
    "quoted",
    "quoted_name",
    "some_of",
]

MOST_NAMED = 12
SHOWS_MORE = "`mcp-voice doctor` shows more"
"""The last step of a fix where doctor can tell more than the error."""


class VoiceError(Exception):
    """Anything that mcp-voice refuses or fails to do; ``str`` is ``what`` and ``fix``.

    Args:
        what: What failed and why, in whole sentences.
        fix: What to do next, in whole sentences; empty where there is nothing to do.
        code: The row of ``error_codes`` that the fault is, where it is not the class's own.
    """

    default_code: ClassVar[str] = "failed"

    def __init__(self, what: str = "", *, fix: str = "", code: str = "") -> None:
        self.what = printable(redacted_with_links(what))
        self.fix = printable(redacted_with_links(fix))
        self.code = code or self.default_code
        super().__init__(" ".join(filter(None, (self.what, self.fix))))

    def afresh(self) -> Self:
        """The same error without a traceback: one that is kept would keep all that its frames hold."""
        return self._again(self.what, self.fix)

    def with_more(self, sentence: str) -> Self:
        """The same error, which says one thing more, at its end."""
        if self.fix:
            return self._again(self.what, f"{self.fix} {sentence}")
        return self._again(f"{self.what} {sentence}", "")

    def _again(self, what: str, fix: str) -> Self:
        """The same with these words and all that its class adds, whatever arguments that takes."""
        again = type(self).__new__(type(self))
        again.__dict__.update(self.__dict__)
        VoiceError.__init__(again, what, fix=fix, code=self.code)
        return again


class BadInput(VoiceError):
    """An argument that cannot be used as it is; nothing was spoken or sent."""

    default_code = "bad-input"


class UnknownRoom(BadInput):
    """No room of that name, or no single room to fall back on."""

    default_code = "unknown-room"


class UnknownParticipant(BadInput):
    """Nobody of that identity or name is in the room."""

    default_code = "unknown-participant"


class UnknownAsk(BadInput):
    """No ask is kept under that id."""

    default_code = "unknown-ask"


class BadSettings(VoiceError):
    """A setting is missing or malformed."""

    default_code = "bad-settings"


class NobodyThere(VoiceError):
    """The room holds no human who could hear us."""

    default_code = "nobody-there"


class EverybodyLeft(VoiceError):
    """Everybody who could have answered has left."""

    default_code = "everybody-left"


class Busy(VoiceError):
    """One room more would be too much for this machine; nothing was spoken."""

    default_code = "busy"

    def __init__(self, rooms: int, *, again: float) -> None:
        """``rooms`` are heard; ``again`` is in how many seconds there may be room."""
        self.again_seconds = math.ceil(again)
        super().__init__(
            f"Busy: {counted(rooms, 'room')} {'is' if rooms == 1 else 'are'} being heard, and this machine can take no "
            "more; nothing was spoken.",
            fix=f"Try again in about {self.again_seconds} s, or add a worker.",
        )


class RoomForbidden(VoiceError):
    """``MCP_VOICE_ROOMS`` does not allow this room."""

    default_code = "room-forbidden"


class LiveKitError(VoiceError):
    """The LiveKit server cannot be reached, refuses us, or lost us."""

    default_code = "livekit"


class EncryptionMismatch(LiveKitError):
    """A room is end-to-end encrypted and we are not, or the other way round, or with another key."""

    default_code = "encryption-mismatch"


class LinkLost(LiveKitError):
    """We are out of a room that we were in; it can be entered again."""

    default_code = "connection-lost"


class CutOff(LinkLost):
    """We are back in a room that we lost while a question sounded there, or was answered; no caller is told."""


class RemovedFromRoom(LinkLost):
    """We were removed from a room, or it was closed or deleted: only a new call goes back."""

    default_code = "removed-from-room"


class RoomClosed(RemovedFromRoom):
    """LiveKit closed the room, as it does with one that has been empty, but for agents, for a while."""

    default_code = "room-closed"


class EmbeddedServerError(VoiceError):
    """The local livekit-server cannot be found, built or started."""

    default_code = "embedded-server"


class ModelError(VoiceError):
    """A model's files cannot be fetched, or cannot be kept."""

    default_code = "model"


class PageError(VoiceError):
    """The join page cannot be served, or refuses a request."""

    default_code = "page"


class StoreError(VoiceError):
    """The store that processes share (``MCP_VOICE_STORE``): unreachable, too slow, full, or not what it should be."""

    default_code = "store"

    @property
    def may_concern_one(self) -> bool:
        """Whether it may be the fault of what was looked up alone, while the rest of the store can be had."""
        return self.code in (self.default_code, "store-key")


class SpeechError(VoiceError):
    """A speech provider failed."""

    default_code = "speech"


class TTSError(SpeechError):
    """Text to speech failed, so a sentence was not (wholly) spoken."""

    default_code = "tts"


class STTError(SpeechError):
    """Speech to text failed, so somebody's words could not be read."""

    default_code = "stt"


def some_of(names: Sequence[str], *, nobody: str = "none") -> str:
    """Those that there are instead, the first twelve of them, quoted so that each can be given back."""
    return enumerated(list(map(quoted_name, names)), nobody=nobody)


def enumerated(parts: Sequence[str], *, nobody: str = "none") -> str:
    """The first twelve parts, which are quoted already, and how many more there are."""
    rest = len(parts) - MOST_NAMED
    return ", ".join(parts[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "") or nobody
