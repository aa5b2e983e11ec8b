"""What a guest may do in a room, with the token of an invitation, and what not."""

from __future__ import annotations

import json
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import jwt as pyjwt
import pytest
from livekit import api

from mcp_voice.doctor.reach import validate_url
from mcp_voice.people.human import human
from mcp_voice.room.access import token
from testkit.command import run
from testkit.host import Host
from testkit.rig import LIMIT, Rig, after_the_question, voice_of
from testkit.waiting import until

pytestmark = pytest.mark.anyio

QUESTION = "Which one?"
ON_BEHALF = {"lk.publish_on_behalf": "alice"}
LEEWAY = timedelta(seconds=60)
"""For which LiveKit takes a token that has expired."""


async def invited(rig: Rig, folder: Path, room: str, *options: str) -> dict[str, Any]:
    """What ``mcp-voice invite`` gives."""
    done = await run("invite", room, "--token", "--json", *options, folder=folder, settings=rig.environment())
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


async def test_an_invitation_allows_what_a_guest_needs_for_ten_minutes(rig: Rig, room: str, tmp_path: Path) -> None:
    """One room, a microphone, texts and keys; nothing of a person's own standing."""
    invitation = await invited(rig, tmp_path, room, "--identity", "ana", "--name", "Ana")
    claims = pyjwt.decode(invitation["token"], options={"verify_signature": False})
    assert claims["video"] == {
        "roomJoin": True,
        "room": room,
        "canPublish": True,
        "canPublishSources": ["microphone"],
        "canSubscribe": True,
        "canPublishData": True,
        "canUpdateOwnMetadata": False,
    }
    assert claims["exp"] - claims["nbf"] == 600
    assert (claims["name"], claims["kind"], claims["sub"]) == ("Ana", "standard", invitation["identity"])
    assert invitation["url"] == rig.gate.url


async def test_each_invitation_has_an_identity_of_its_own(rig: Rig, room: str, tmp_path: Path) -> None:
    """With one identity two people would throw each other out, and a guest could be another."""
    first, second = [await invited(rig, tmp_path, room, "--identity", "ana") for _ in range(2)]
    assert first["identity"] != second["identity"]
    assert all(each["identity"].startswith("ana-") for each in (first, second))
    async with human(first["url"], first["token"]) as one, human(second["url"], second["token"]) as two:
        await until(lambda: two.identity in one.connection.remote_participants, limit=LIMIT)
        assert one.identity in two.connection.remote_participants
        names = {each.name for each in one.connection.remote_participants.values()}
        assert names == {"ana"}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("x", "--identity", " "), "identity"),
        (("x", "--identity", "a" * 101), "longer"),
    ],
)
async def test_an_invitation_without_a_usable_name_is_refused(
    arguments: tuple[str, ...], why: str, rig: Rig, tmp_path: Path
) -> None:
    """A token for no room opens all of them."""
    done = await run("invite", "--token", *arguments, folder=tmp_path, settings=rig.environment())
    assert (done.code, done.out) == (1, "")
    assert why in done.err


async def test_a_guest_answers_and_cannot_take_another_name_or_attribute(
    host: Host, rig: Rig, room: str, tmp_path: Path
) -> None:
    """The server refuses it; all that a conversation needs still works."""
    invitation = await invited(rig, tmp_path, room, "--identity", "ana")
    async with human(invitation["url"], invitation["token"]) as guest:
        # The SDK does not tell that these are refused.
        await guest.connection.local_participant.set_name("alice")
        await guest.connection.local_participant.set_metadata("mine")
        await guest.connection.local_participant.set_attributes(ON_BEHALF)
        async with host.asking(QUESTION, room_name=room) as call:
            await after_the_question(guest, voice_of("the second option"))
        assert call.answer.reply == "the second option"
        async with host.asking(QUESTION, room_name=room) as call:
            await call.reaches("listening")
            await guest.type("typed")
        assert call.answer.reply == "typed"
        async with host.asking(QUESTION, room_name=room, choices=["one", "two"]) as call:
            await call.reaches("listening")
            await guest.press("2")
        assert (call.answer.choice, call.answer.channel) == ("two", "keypad")
        async with rig.api() as server:
            listed = await server.room.list_participants(api.ListParticipantsRequest(room=room))
        (seen,) = [each for each in listed.participants if each.identity == invitation["identity"]]
        assert (seen.name, seen.metadata, dict(seen.attributes)) == ("ana", "", {})


@pytest.mark.parametrize(("kind", "counted"), [("standard", "human"), ("sip", "phone"), ("agent", "other")])
async def test_who_says_to_publish_on_behalf_of_another_is_passed_over_only_as_an_agent(
    kind: str, counted: str, host: Host, rig: Rig, room: str
) -> None:
    """An avatar is an agent; a person who claims it still counts, in the list and in the room."""
    jwt = (
        api.AccessToken(rig.server.api_key, rig.server.api_secret)
        .with_identity("eve")
        .with_kind(kind)  # type: ignore[arg-type]  # a Literal there
        .with_attributes(ON_BEHALF)
        .with_grants(api.VideoGrants(room_join=True, room=room))
        .to_jwt()
    )
    async with human(rig.server.url, jwt) as eve, rig.person(room, "alice"):

        async def listed() -> str | None:
            people = {
                p.identity: p.kind for r in (await host.rooms()).rooms if r.room_name == room for p in r.participants
            }
            return people.get("eve") if "alice" in people else None

        assert await until(listed, limit=LIMIT) == counted
        async with host.asking(QUESTION, room_name=room, wait_seconds=LIMIT) as call:
            await call.reaches("listening")
            await eve.type("it is me")
            if counted == "other":
                call.cancel()
        if counted != "other":
            assert call.answer.reply == "it is me"


async def test_who_is_in_a_room_stays_beyond_the_end_of_their_token(rig: Rig, room: str) -> None:
    """The server renews it: ten minutes to come in are enough, and a lost connection is resumed after them."""
    soon = timedelta(seconds=4) - LEEWAY
    first = token(rig.access, room_name=room, identity="ana", name="Ana", kind="standard", lifetime=soon)
    later = token(rig.access, room_name=room, identity="eve", name="Eve", kind="standard", lifetime=soon)

    async def expired() -> bool:
        async with (
            aiohttp.ClientSession() as client,
            client.get(validate_url(rig.server.url), params={"access_token": later}) as answer,
        ):
            return answer.status == HTTPStatus.UNAUTHORIZED

    assert not await expired()
    async with rig.person(room, "alice") as alice, human(rig.gate.url, first) as ana:
        await until(expired, limit=LIMIT)
        joins = rig.gate.joins
        await rig.gate.slam()
        await until(lambda: rig.gate.joins > joins, limit=LIMIT)
        await ana.type("still here")
        assert (await alice.chat.next(limit=LIMIT)).text == "still here"
        assert "ana" in alice.connection.remote_participants
