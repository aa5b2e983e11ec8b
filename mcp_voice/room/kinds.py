"""What participants are, by LiveKit's numbers and attributes: the same in its API and in its media library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from livekit import api

from mcp_voice.participants import CallState, ParticipantKind

__all__ = ["CALL_ATTRIBUTE", "KINDS", "MICROPHONES", "call_of", "kind_of", "may_publish"]

MICROPHONES = (int(api.TrackSource.MICROPHONE), int(api.TrackSource.UNKNOWN))
KINDS: dict[int, ParticipantKind] = {
    api.ParticipantInfo.STANDARD: "human",
    api.ParticipantInfo.INGRESS: "human",
    api.ParticipantInfo.SIP: "phone",
    api.ParticipantInfo.AGENT: "agent",
}
CALL_ATTRIBUTE = "sip.callStatus"
"""Set by LiveKit's SIP bridge (https://docs.livekit.io/sip/sip-participant)."""
CALLS: dict[str, CallState] = {
    "dialing": "ringing",
    "ringing": "ringing",
    "automation": "ringing",  # picked up by something that is still being sent the digits of an extension
    "active": "active",
    "hangup": "ended",
}


def kind_of(kind: int, attributes: Mapping[str, str]) -> ParticipantKind:
    """What a participant of this kind (LiveKit's number, from the token) and with these attributes is.

    An agent that publishes on behalf of another one, such as an avatar, is not to be waited for like an agent that
    speaks. A human who says so of themselves stays human: they may have set that attribute to be passed over.
    """
    known = KINDS.get(kind, "other")
    return "other" if known == "agent" and "lk.publish_on_behalf" in attributes else known


def call_of(kind: ParticipantKind, attributes: Mapping[str, str]) -> CallState:
    """How far the call of a participant of this kind is; only of a phone, whatever others say of themselves."""
    return CALLS.get(attributes.get(CALL_ATTRIBUTE, ""), "") if kind == "phone" else ""


def may_publish(can_publish: bool, sources: Sequence[int]) -> bool:  # noqa: FBT001  # LiveKit's own field
    """Whether somebody with such a permission may publish a microphone; no sources are all of them."""
    return can_publish and (not sources or api.TrackSource.MICROPHONE in sources)
