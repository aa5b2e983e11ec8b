"""The stable codes of all errors, for programs: each names one fault, and stays when the text is worded anew."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CODES"]


@dataclass(frozen=True, slots=True)
class Explained:
    """What a code means, and what to do."""

    means: str
    fix: str


CODES: dict[str, Explained] = {
    # What was asked for.
    "bad-input": Explained("An argument cannot be used as it is; nothing was spoken or sent.", "Correct the call."),
    "too-long": Explained("A text has more characters or bytes than allowed.", "Shorten it, or send it in parts."),
    "too-many-texts": Explained(
        "More chat texts are being sent at once than one process can send.", "Try again in a few seconds."
    ),
    "too-many-asks": Explained(
        "No more questions can be open, in this room or at all.", "Wait for one, or cancel one."
    ),
    "too-many-under-way": Explained(
        "No more calls that say, listen or send a text can be under way at once.",
        "Call again when one of them has returned.",
    ),
    "busy": Explained(
        "One room more would be too much for this machine; nothing was spoken.",
        "Try again after the time that it gives, or add a worker.",
    ),
    "unknown-room": Explained("There is no such room.", "Call `list_rooms` and name a room from it."),
    "several-rooms": Explained("No room was named, and there are humans in several.", "Name the room."),
    "room-gone": Explained("The room was closed before it could be joined.", "Have somebody join it again."),
    "room-forbidden": Explained(
        "`MCP_VOICE_ROOMS` does not allow this room.", "Use another room, or change the setting."
    ),
    "unknown-participant": Explained("Nobody in the room has that identity or name.", "Name somebody who is there."),
    "several-participants": Explained("Several participants have that name.", "Name one by identity."),
    "not-human": Explained("That participant is a program; only humans answer.", "Name a human."),
    "unknown-ask": Explained("No ask is kept under that id.", "Use an `ask_id` from a result, or ask again."),
    # People.
    "nobody-there": Explained("No human is there to hear it.", "Have somebody join with a link (`invite_to_room`)."),
    "everybody-left": Explained("Everybody who could answer has left.", "Ask again when somebody is there."),
    "not-picked-up": Explained("The phone is ringing, or was not picked up.", "Call again later."),
    "floor-taken": Explained("Another question has the floor in this room.", "Wait for its reply, or cancel it."),
    # Settings.
    "bad-settings": Explained("A setting cannot be used as it is.", "Correct it in the environment or in `.env`."),
    "half-configured": Explained(
        "`LIVEKIT_URL` is set, but not its key and secret.",
        "Set `LIVEKIT_API_KEY` and `LIVEKIT_API_SECRET`, or unset `LIVEKIT_URL`.",
    ),
    "unknown-provider": Explained("A setting names an unknown provider.", "Use one of those listed."),
    "unknown-model": Explained("A setting names a model that its provider lacks.", "Use one of those listed."),
    "no-key": Explained("The key of the chosen provider is not set.", "Set the key, or choose another provider."),
    "not-installed": Explained("The chosen provider needs an extra.", "Install what the error names."),
    "unusable-model": Explained(
        "The files of a local model are missing or cannot be used.", "Name a folder that holds them."
    ),
    "no-language-model": Explained("The companion has no language model.", "Set `MCP_VOICE_AGENT_LLM` and its key."),
    "cannot-write": Explained("A file cannot be written.", "Use another path, or free some disk space."),
    "no-sound-devices": Explained("The console finds no microphone or loudspeaker.", "Install PortAudio."),
    # LiveKit.
    "livekit": Explained("LiveKit failed in a way that has no specific code.", "Run `mcp-voice doctor`."),
    "refused": Explained("Nothing listens at that address.", "Start the server, or correct `LIVEKIT_URL`."),
    "dns": Explained("The host name cannot be resolved.", "Correct the host in `LIVEKIT_URL`, or check DNS."),
    "unreachable": Explained("The server cannot be reached.", "Check `LIVEKIT_URL` and the network."),
    "no-answer": Explained("The server does not answer.", "Check `LIVEKIT_URL` and firewalls."),
    "bad-address": Explained("`LIVEKIT_URL` is not an address.", "Use the form `wss://host` or `ws://host:7880`."),
    "tls-on-plain-port": Explained("`wss://` is used for a port without TLS.", "Use `ws://` there."),
    "not-livekit": Explained("What answers is not a LiveKit server.", "Correct `LIVEKIT_URL`."),
    "unknown-key": Explained("The server does not know the API key.", "Set `LIVEKIT_API_KEY` to one of its keys."),
    "wrong-secret": Explained("The secret does not belong to the key.", "Correct `LIVEKIT_API_SECRET`."),
    "token-refused": Explained("The server rejects mcp-voice's token.", "Check the key, its secret, and both clocks."),
    "api-refused": Explained("The server API refused the request or failed.", "Run `mcp-voice doctor`."),
    "join-refused": Explained("The room could not be joined.", "Check `LIVEKIT_URL`; run `mcp-voice doctor`."),
    "join-late": Explained("Joining took too long; often because UDP is blocked.", "Run `mcp-voice doctor`."),
    "no-network": Explained("There is no network but loopback.", "Connect to any network, even one without internet."),
    "connection-lost": Explained("The connection to a room was lost.", "Try again."),
    "removed-from-room": Explained(
        "Somebody removed mcp-voice from a room.", "Make sure that mcp-voice should be there."
    ),
    "room-closed": Explained("The room was closed or deleted.", "Call `list_rooms` to see which rooms there are."),
    "not-heard": Explained("Nobody's client received the audio.", "Have clients subscribe to audio, and open UDP."),
    "no-microphone": Explained("A test participant's microphone could not be published.", "Check the token's grants."),
    "say-late": Explained("Joining and speaking took too long.", "Try again; run `mcp-voice doctor`."),
    "encryption-mismatch": Explained("A room is encrypted differently from mcp-voice.", "Use one passphrase for all."),
    "room-encrypted": Explained("The room is end-to-end encrypted; mcp-voice is not.", "Set `MCP_VOICE_E2EE_KEY`."),
    "room-not-encrypted": Explained(
        "`MCP_VOICE_E2EE_KEY` is set, but the room is not encrypted.", "Turn encryption on in the clients, or unset it."
    ),
    "wrong-passphrase": Explained("The room is encrypted with another passphrase.", "Use the same one in both."),
    # The embedded server.
    "embedded-server": Explained(
        "The local livekit-server cannot be run.", "Do what the error says, or set `LIVEKIT_URL`."
    ),
    "server-starting": Explained(
        "The embedded server is still being built or started.", "Call again: it continues by itself."
    ),
    "server-not-built": Explained("livekit-server could not be built.", "Install it, or set `LIVEKIT_URL`."),
    "server-folder": Explained("The embedded server's folder cannot be used.", "Set `MCP_VOICE_STATE_DIR` to another."),
    # Model files.
    "model": Explained("A model's files cannot be fetched or kept.", "Read the error; run `mcp-voice models list`."),
    "model-unreachable": Explained("The server that has the model cannot be reached.", "Check the network and proxy."),
    "model-not-found": Explained("The server does not have the model's files (404).", "Check the mirror or the index."),
    "model-refused": Explained(
        "The server or proxy denies access (401, 403, 407).", "Check the login for the index or proxy."
    ),
    "model-certificate": Explained("The server's certificate is not accepted.", "Set `SSL_CERT_FILE` or `PIP_CERT`."),
    "model-server": Explained("The server failed, or its answer makes no sense.", "Try again later."),
    "model-late": Explained("The files came too slowly, or not in time.", "Try again: it resumes where it stopped."),
    "model-mismatch": Explained(
        "A file does not match its checksum or size, and was not used.", "Check mirror, index and proxy."
    ),
    "model-disk-full": Explained("The disk is full.", "Free some space, or set `MCP_VOICE_CACHE_DIR`."),
    "model-folder": Explained("The models' folder cannot be used.", "Set `MCP_VOICE_CACHE_DIR` to one that you own."),
    "model-offline": Explained("Settings of pip or uv forbid fetching.", "Unset them, or fetch from a mirror."),
    "model-not-ours": Explained("The model was not fetched by mcp-voice.", "Remove it at its source."),
    # The store that processes share.
    "store": Explained("The store failed in a way that has no specific code.", "Read the error; try again."),
    "store-unreachable": Explained("Redis cannot be reached, or denies access.", "Check `MCP_VOICE_STORE`; try again."),
    "store-late": Explained("Redis did not answer in time.", "Try again; check its load."),
    "store-full": Explained("Redis is full.", "Give it more memory, or keep replies for a shorter time."),
    "store-key": Explained("The store's data was encrypted with another key.", "Set one `MCP_VOICE_STORE_KEY`."),
    "cut-off": Explained("The process that carried out the question ended, three times.", "Ask again; check the logs."),
    "no-store": Explained(
        "Workers, or a server that uses them, have no store.", "Set `MCP_VOICE_STORE`, the same for all."
    ),
    "no-worker": Explained("No worker was free in time.", "Start `mcp-voice worker`, or start more of them."),
    # The join page.
    "page": Explained("The join page cannot be served.", "Read the error."),
    "page-address": Explained(
        "This machine does not have the address in `MCP_VOICE_PAGE_HOST` now.", "Change it, or unset it."
    ),
    "page-port-taken": Explained("Another program uses the join page's port.", "Change `MCP_VOICE_PAGE_PORT`."),
    "page-not-encrypted": Explained(
        "Rooms are encrypted; the page is not.", "Join with a client that has the passphrase."
    ),
    "page-certificate": Explained(
        "The join page's certificate or key cannot be used.", "Name a matching pair of PEM files."
    ),
    "no-page": Explained("This program serves no join page.", "Use `mcp-voice invite ROOM`."),
    "used-code": Explained("A code lets one person in, once.", "Ask for a new link."),
    "expired-code": Explained("A code is valid for ten minutes.", "Ask for a new link."),
    "room-absent": Explained("The room that somebody was in is not there now.", "Try again in a moment."),
    "removed": Explained("Somebody was removed from the room.", "Ask for a new link."),
    "unknown-code": Explained("This process made no such code.", "Check it, or ask for a new link."),
    "session-over": Explained("This browser has not joined here, or did so over 4 hours ago.", "Ask for a new link."),
    "room-over": Explained("The room that this person was in has ended.", "Ask for a new link."),
    "rate-limited": Explained("Too many attempts, from one address or in all.", "Wait as `Retry-After` says."),
    "livekit-unreachable": Explained("The LiveKit server cannot be reached.", "Try again; run `mcp-voice doctor`."),
    "foreign-host": Explained("The page was requested under a foreign host name.", "Set `MCP_VOICE_PAGE_URL`."),
    "foreign-origin": Explained(
        "Another web site made a request that only the page may make.", "Use the page, or `/api/token`."
    ),
    "no-such-page": Explained("The page has nothing at that address.", "Open the link exactly as given."),
    "wrong-method": Explained("That address takes another method.", "Use GET for the page, POST for `/api`."),
    "not-json": Explained("The body's type is not `application/json`.", "Send JSON."),
    "bad-body": Explained("The body is not JSON, or not in the documented form.", "Correct it."),
    "body-too-large": Explained("The body is larger than allowed.", "Send less."),
    "body-late": Explained("The body did not arrive in time.", "Try again."),
    "not-authorized": Explained(
        "The bearer token or code is not valid.", "Set the same `MCP_VOICE_PAGE_TOKEN` in both."
    ),
    "field-not-allowed": Explained("A client may not set that field.", "Leave it out."),
    "page-fault": Explained("An error inside the join page.", "Try again, and report it if it persists."),
    # Speech providers.
    "speech": Explained("A speech provider failed in a way that has no specific code.", "Read the error; try again."),
    "tts": Explained("Text to speech failed.", "Read the error; try again."),
    "stt": Explained("Speech to text failed.", "Read the error; try again."),
    "stt-behind": Explained("Speech to text was so slow that speech was dropped.", "Use a faster model or provider."),
    "key-refused": Explained("The provider rejects the key (401).", "Set a valid key."),
    "key-not-enough": Explained("The key lacks permission for this use (403).", "Check its permissions."),
    "no-such-model": Explained("The provider does not know the model or path (404).", "Check the model and base URL."),
    "quota": Explained("Too many requests, or the quota is used up (429).", "Wait, or use another provider."),
    "speech-status": Explained("The provider answered with another status.", "Try again."),
    "speech-unreachable": Explained("The provider cannot be reached.", "Check the network and the base URL."),
    "speech-late": Explained("The provider did not answer in time.", "Try again, or use another provider."),
    "speech-broken-off": Explained(
        "The provider disconnected in the middle of its answer.", "Try again, or use another provider."
    ),
    "speech-unreadable": Explained("The provider's answer cannot be read.", "Check the base URL and the model."),
    "speech-redirect": Explained("The provider redirects to another address.", "Set the base URL to that address."),
    "speech-too-large": Explained("The provider's answer was too large and cut off.", "Check the base URL."),
    "speech-too-slow": Explained("The provider's answer came too slowly.", "Check the server."),
    "speech-implausible": Explained("Too much or too little audio for the text.", "Check the model and the voice."),
    "speech-not-audio": Explained("The provider sent text instead of audio.", "Check the base URL, model and voice."),
    "speech-audio-format": Explained(
        "The provider sent audio in a format that cannot be played.", "Have it send PCM or WAV."
    ),
    "no-audio": Explained("The provider sent no audio.", "Check the voice."),
    "offline-language": Explained(
        "The offline recogniser understands English only.", "Set `MCP_VOICE_LANGUAGE=en`, or another provider."
    ),
    "offline-engine": Explained(
        "A recogniser or voice on this machine cannot run.",
        "Check its model with `mcp-voice models get MODEL`, or use another provider.",
    ),
    # Inside mcp-voice.
    "failed": Explained("mcp-voice failed in a way that has no specific code.", "Try again; run `mcp-voice doctor`."),
    "internal": Explained("An error inside mcp-voice.", "Try again, and report it if it persists."),
    "not-loaded": Explained("The voice engine is still loading.", "Call again in a minute."),
    "ending": Explained("This server is shutting down, for an update for example.", "Call again in a few seconds."),
    "too-many-calls": Explained(
        "A subject makes more calls per minute over HTTP than it may.", "Wait, or raise its `calls_per_minute`."
    ),
    "too-many-subjects": Explained(
        "More subjects use HTTP at once than one process can serve.", "Call again in a minute, or list who may call."
    ),
    "issuer-unavailable": Explained(
        "The authorization server's keys cannot be fetched, so no token can be checked.",
        "Check `MCP_VOICE_HTTP_ISSUER` and the network.",
    ),
    "cannot-load": Explained("The voice engine cannot be loaded.", "Install mcp-voice again."),
    "demo": Explained("The demo did not end as it should.", "Read the error, and run it again."),
    # The companion's webhooks.
    "webhook": Explained("A webhook failed in a way that has no specific code.", "Look at its log."),
    "webhook-unreachable": Explained("The webhook cannot be reached.", "Check that it runs, at this address."),
    "webhook-late": Explained("The webhook did not answer in time.", "Make it faster, or allow more time."),
    "webhook-broken-off": Explained("The webhook closed the connection.", "Look at its log."),
    "webhook-redirect": Explained("The webhook redirects, which is not followed.", "Set the address it redirects to."),
    "webhook-refused": Explained("The webhook refused the call (4xx).", "Check secret, path and method."),
    "webhook-failed": Explained("The webhook reported that it failed.", "Look at its log."),
    "webhook-too-large": Explained("The webhook's answer is too large.", "Raise `MCP_VOICE_WEBHOOK_BYTES`."),
    "webhook-unreadable": Explained("The webhook did not answer with JSON.", "Check that it is a webhook."),
    # The companion's MCP servers.
    "mcp-server": Explained("An MCP server failed in a way that has no specific code.", "Look at its log."),
    "mcp-server-not-started": Explained(
        "The program of an MCP server cannot be started.", "Install it, or give its path."
    ),
    "mcp-server-ended": Explained("The program of an MCP server ended.", "Run its command by hand to see why."),
    "mcp-server-unreachable": Explained("An MCP server cannot be reached.", "Check that it runs, at this `url`."),
    "mcp-server-late": Explained("An MCP server did not answer in time.", "Look at its log, or raise its `timeout`."),
    "mcp-server-refused": Explained("An MCP server refused an HTTP request.", "Check its `headers`, `url` and `type`."),
    "mcp-server-broken-off": Explained("An MCP server closed the connection.", "Look at its log."),
    "mcp-server-unreadable": Explained("What answers is not an MCP server.", "Check `command`, or `url` and `type`."),
    "mcp-server-tool-failed": Explained("A tool of an MCP server failed.", "Look at the server's log."),
    "mcp-server-ourselves": Explained("A companion's MCP server is mcp-voice itself.", "Remove it from the file."),
}
