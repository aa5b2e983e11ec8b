"""The known errors: what each one means and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_voice.doctor.problem import Problem
from mcp_voice.doctor.remedy import Remedy
from mcp_voice.doctor.speech_remedies import SPEECH_REMEDIES
from mcp_voice.doctor.team_remedies import TEAM_REMEDIES

__all__ = ["REMEDIES", "Finding", "finding"]

REMEDIES: dict[str, Remedy] = {
    # Settings.
    "bad-settings": Remedy("{why}", "{fix}"),
    "half-configured": Remedy(
        "LIVEKIT_URL is set, but {missing} is not.",
        "Set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to a key of that server, or unset LIVEKIT_URL to use a "
        "LiveKit server on this machine.",
    ),
    "key-without-url": Remedy(
        "{given} is set, but LIVEKIT_URL is not, so the embedded server is used and the key is not.",
        "Set LIVEKIT_URL to your server, as in wss://example.livekit.cloud, or unset the key.",
    ),
    "short-secret": Remedy(
        "LIVEKIT_API_SECRET has {length}; livekit-server asks for 32 or more, except with --dev.",
        "Check that it was copied in full. For your own server, generate one with `openssl rand -hex 32`.",
    ),
    "swapped": Remedy(
        "LIVEKIT_API_SECRET looks like a key (it begins with API), LIVEKIT_API_KEY does not.",
        "Swap the two.",
    ),
    "stray-characters": Remedy(
        "{variable} begins or ends with a space or a quotation mark.",
        "Remove it: the character counts as part of the value.",
    ),
    "unencrypted": Remedy(
        "LIVEKIT_URL is unencrypted ({scheme}://) and the address is public: others can listen in.",
        "Use wss:// unless the whole network in between is yours.",
    ),
    "unknown-variable": Remedy("Unknown setting {variable}: it does nothing.", "{hint}"),
    "unused-setting": Remedy("{variable} is set, but {why}.", "Unset one of the two."),
    "waits-too-long": Remedy(
        "MCP_VOICE_WAIT_SECONDS ({wait:g}) is longer than an ask stays open, MCP_VOICE_ASK_SECONDS ({ask:g}).",
        "Lower the first or raise the second.",
    ),
    # LiveKit: the way there.
    "embedded-server": Remedy("{why}", "{fix}"),
    "dns": Remedy(
        "The host name {host!r} cannot be resolved.",
        "Check LIVEKIT_URL for a typo, and this machine's DNS and network (VPN?).",
    ),
    "refused": Remedy(
        "{host} is up, but nothing listens on port {port}.",
        "Start the LiveKit server, or correct the port in LIVEKIT_URL (livekit-server's default is 7880).",
    ),
    "unreachable": Remedy(
        "{host}:{port} cannot be reached: {why}.", "Check LIVEKIT_URL and this machine's network (VPN, firewall)."
    ),
    "no-answer": Remedy(
        "{host}:{port} does not answer: a firewall drops the packets, or the host is down.",
        "Check LIVEKIT_URL, and that TCP port {port} is open from here.",
    ),
    "silent-server": Remedy(
        "{host}:{port} accepts the connection, but sent nothing for {seconds:.0f} s.",
        "Restart what listens there; if it is not a LiveKit server, correct LIVEKIT_URL.",
    ),
    "tls-on-plain-port": Remedy(
        "LIVEKIT_URL begins with {scheme}://, but {host}:{port} does not speak TLS.",
        "Use ws:// there, or put a proxy with a certificate in front of the server.",
    ),
    "plain-on-tls-port": Remedy("LIVEKIT_URL begins with {scheme}://, but {host}:{port} speaks TLS.", "Use wss://."),
    "certificate": Remedy(
        "The certificate of {host} is not accepted: {why}.",
        "Use the host name in the certificate, renew it, or make this machine trust its issuer.",
    ),
    "not-livekit": Remedy(
        "What answers at {host}:{port} is not a LiveKit server (it answered {answer}).",
        "Correct LIVEKIT_URL: host and port only, no path. livekit-server's default port is 7880.",
    ),
    "server-trouble": Remedy(
        "The LiveKit server, or a proxy in front of it, answers with an error ({answer}).",
        "Check the server's log; it may be starting up or out of resources.",
    ),
    "broken-off": Remedy(
        "{host}:{port} closes the connection: {why}.",
        "Check ws:// or wss:// in LIVEKIT_URL, and that a LiveKit server listens there.",
    ),
    # LiveKit: clock and key.
    "clock-ahead": Remedy(
        "This machine's clock is {seconds:.0f} s ahead of the server's. From 60 s, new tokens are not valid yet.",
        "Sync both clocks by NTP (here: `timedatectl set-ntp true`).",
    ),
    "clock-behind": Remedy(
        "This machine's clock is {seconds:.0f} s behind the server's, so tokens arrive expired.",
        "Sync both clocks by NTP (here: `timedatectl set-ntp true`).",
    ),
    "clock-drift": Remedy(
        "This machine's clock is {seconds:.0f} s {way} the server's. That works unless it grows; "
        "an invitation, valid for ten minutes, breaks first.",
        "Sync both clocks by NTP (here: `timedatectl set-ntp true`).",
    ),
    "unknown-key": Remedy(
        "The server does not know the API key {key!r}.",
        "Set LIVEKIT_API_KEY to a key of this server: under `keys:` in livekit-server's configuration, or on "
        "LiveKit Cloud's page Settings, API keys. Restart the server if its keys were changed.",
    ),
    "room-encrypted": Remedy(
        "Rooms in use are end-to-end encrypted, but MCP_VOICE_E2EE_KEY is not set: {rooms}.",
        "To be heard there, set it to the passphrase that the clients of these rooms share.",
    ),
    "room-not-encrypted": Remedy(
        "MCP_VOICE_E2EE_KEY is set, but rooms in use are not end-to-end encrypted: {rooms}.",
        "Turn on encryption in the clients of these rooms with the same passphrase, or unset it.",
    ),
    "wrong-secret": Remedy(
        "The server knows the key {key!r}, but LIVEKIT_API_SECRET is not its secret.",
        "Copy the secret of this key again, in full and without quotation marks.",
    ),
    "token-refused": Remedy(
        "The server rejects the token: {answer}.",
        "Check what LIVEKIT_API_KEY may do: it must list rooms and let participants join.",
    ),
    "api-refused": Remedy(
        "The server accepted a participant's token, but refused to list the rooms ({answer}).",
        "A proxy may be blocking paths under /twirp/: let them through.",
    ),
    **TEAM_REMEDIES,
    "library": Remedy(
        "A part of mcp-voice cannot be loaded: {why}.", "Install it again: `uv sync`, or `uvx --refresh`."
    ),
    **SPEECH_REMEDIES,
    # A room.
    "no-scratch-room": Remedy(
        "MCP_VOICE_ROOMS ({patterns}) allows no test room, so none was entered.",
        "To check one, add the pattern mcp-voice-doctor-* to MCP_VOICE_ROOMS.",
    ),
    "media-blocked": Remedy(
        "The server answers, but no media connection can be made: UDP is blocked on the way.",
        "Open the server's media ports from here (livekit-server: UDP 50000 to 60000 or its udp_port, and TCP 7881 as "
        "a fallback), and check that it advertises a reachable address (rtc.use_external_ip, or rtc.node_ip).",
    ),
    "join-refused": Remedy("{why}", "{fix}"),
    "not-listed": Remedy(
        "The participant is in the room, but the server does not list it.",
        "Several LiveKit servers behind one address must share one Redis.",
    ),
    "not-heard": Remedy(
        "The question was spoken, but no audio arrived: {why}. One-way audio means that UDP is blocked in one "
        "direction or both.",
        "Open the server's media ports (livekit-server: UDP 50000 to 60000 or its udp_port, TCP 7881), and check that "
        "it advertises a reachable address (rtc.use_external_ip, or rtc.node_ip).",
    ),
    "answer-not-heard": Remedy(
        "The question was heard, but no audio of the answer arrived here: UDP is blocked in one direction.",
        "Open the server's media ports in both directions (livekit-server: UDP 50000 to 60000 or its udp_port).",
    ),
    "ask-failed": Remedy("{why}", "{fix}"),
    # Anywhere.
    "late": Remedy("It took longer than {seconds:.0f} s, so doctor gave up.", "Try again; the machine may be busy."),
    "unexpected": Remedy(
        "{why}", "doctor does not know this error. Run with MCP_VOICE_LOG_LEVEL=DEBUG and report what stderr says."
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem in words; ``code`` is that of the error behind it, else the problem's own name."""

    name: str
    code: str
    cause: str
    fix: str


def finding(problem: Problem, remedies: Mapping[str, Remedy] = REMEDIES) -> Finding:
    """The problem in words."""
    row = remedies[problem.name]
    return Finding(problem.name, problem.code, row.cause.format(**problem.facts), row.fix.format(**problem.facts))
