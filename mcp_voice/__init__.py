"""Give a language model a voice and ears in LiveKit rooms.

From a script::

    from mcp_voice import ask_in_room

    answer = await ask_in_room("Which database should we use?", choices=["Postgres", "MySQL"])

Each function enters the room and leaves it again; ``async with open_voice() as voice`` stays for several calls.
"""

from importlib import import_module

# Without typing: with `python -m mcp_voice` the first place to import it from would be the working directory.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from mcp_voice.errors import (
        BadInput,
        BadSettings,
        EmbeddedServerError,
        EncryptionMismatch,
        LinkLost,
        LiveKitError,
        NobodyThere,
        PageError,
        RemovedFromRoom,
        RoomForbidden,
        SpeechError,
        STTError,
        TTSError,
        UnknownAsk,
        UnknownParticipant,
        UnknownRoom,
        VoiceError,
    )
    from mcp_voice.library import (
        ask_in_room,
        list_rooms,
        listen_in_room,
        open_voice,
        say_in_room,
        send_message_to_room,
    )
    from mcp_voice.participants import Participant
    from mcp_voice.results import Answer, Cancelled, Invited, ParticipantRef, RoomInfo, Rooms, Said, Sent, Timing
    from mcp_voice.settings import Settings
    from mcp_voice.voice import Voice

__all__ = [
    "Answer",
    "BadInput",
    "BadSettings",
    "Cancelled",
    "EmbeddedServerError",
    "EncryptionMismatch",
    "Invited",
    "LinkLost",
    "LiveKitError",
    "NobodyThere",
    "PageError",
    "Participant",
    "ParticipantRef",
    "RemovedFromRoom",
    "RoomForbidden",
    "RoomInfo",
    "Rooms",
    "STTError",
    "Said",
    "Sent",
    "Settings",
    "SpeechError",
    "TTSError",
    "Timing",
    "UnknownAsk",
    "UnknownParticipant",
    "UnknownRoom",
    "Voice",
    "VoiceError",
    "ask_in_room",
    "list_rooms",
    "listen_in_room",
    "open_voice",
    "say_in_room",
    "send_message_to_room",
]


def __getattr__(name: str) -> object:
    # The modules below load pydantic, half a second of work. The child processes of offline speech and the keeper of
    # the embedded server import this package too, and need none of it.
    if name in __all__:
        for module in ("library", "results", "participants", "errors", "settings"):
            found = getattr(import_module(f"mcp_voice.{module}"), name, None)
            if found is not None:
                return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
