"""Who cannot be heard, and why: told by list_rooms, by progress and by ``next``, while chat still answers."""

from __future__ import annotations

from functools import partial

import pytest

from mcp_voice.errors import quoted_name
from mcp_voice.link.unheard import cannot_be_heard, in_short, in_words
from mcp_voice.participants import Participant, ParticipantKind, Target, Unheard
from testkit.host import Host
from testkit.rig import LIMIT, Rig, voice_of
from testkit.waiting import until

QUESTION = "What shall we do?"


async def reasons(host: Host, room: str) -> dict[str, str]:
    """What list_rooms says of each participant."""
    return {
        each.identity: each.cannot_be_heard
        for found in (await host.rooms()).rooms
        if found.room_name == room
        for each in found.participants
    }


@pytest.mark.anyio
async def test_whoever_cannot_be_heard_is_named_with_the_reason_and_is_heard_once_they_can_be(
    host: Host, rig: Rig, room: str
) -> None:
    """Muted, without a microphone, or not allowed to have one; a microphone that comes after we came is heard."""
    why = {"alice": "muted", "bob": "no microphone", "carol": "not allowed to publish"}
    async with (
        rig.guest(room, "alice") as alice,
        rig.guest(room, "bob", plugged_in=False) as bob,
        rig.guest(room, "carol", may_publish=False) as carol,
    ):
        alice.mute()
        await until(partial(_equal, host, room, why), limit=LIMIT)
        async with host.asking(QUESTION, room_name=room) as call:
            for told in (await call.reaches("joining"), await call.reaches("listening")):
                assert all(f"{quoted_name(identity)}: {reason}" in told for identity, reason in why.items())
            await bob.plug_in()
            await until(
                lambda: call.progress[-1].startswith("listening") and "bob" not in call.progress[-1], limit=LIMIT
            )
            await bob.speak(voice_of("that is a good idea"))
        assert (call.answer.reply, call.answer.channel) == ("that is a good idea", "speech")
        await bob.unplug()
        await until(partial(_equal, host, room, why), limit=LIMIT)
        assert room in (await host.rooms()).next
        pending = await host.ask(f"{QUESTION} Now?", room_name=room, participant="carol", wait_seconds=0)
        assert pending.next.endswith(
            in_words([Participant("carol", "Carol", "human", cannot_be_heard="not allowed to publish")])
        )
        await carol.type("the second option")
        answer = await host.wait(pending.ask_id)
    assert (answer.reply, answer.channel) == ("the second option", "chat")


async def _equal(host: Host, room: str, why: dict[str, str]) -> bool:
    found = await reasons(host, room)
    return {identity: reason for identity, reason in found.items() if identity in why} == why


@pytest.mark.parametrize(
    ("kind", "microphones", "may_publish", "why"),
    [
        ("human", [(True, False)], True, ""),
        ("human", [(True, True)], True, "muted"),
        ("human", [(True, True), (True, False)], True, ""),
        ("human", [(True, True), (False, False)], True, "muted"),
        ("human", [(False, False)], True, ""),
        ("human", [(False, True)], True, "muted"),
        ("human", [], True, "no microphone"),
        ("human", [], False, "not allowed to publish"),
        ("phone", [], True, ""),
        ("phone", [(True, True)], True, "muted"),
        ("agent", [], False, ""),
    ],
)
def test_why_somebody_cannot_be_heard_is_told_by_what_they_publish(
    *, kind: ParticipantKind, microphones: list[tuple[bool, bool]], may_publish: bool, why: Unheard
) -> None:
    """A muted microphone is not made up for by music; whoever is no human is none of our concern."""
    assert cannot_be_heard(kind, microphones, may_publish=may_publish) == why


def test_a_few_are_named_and_the_others_counted_or_only_the_one_who_matters() -> None:
    """A line of progress is one line, however many are there."""
    people = [Participant(name, name, "human", cannot_be_heard="muted") for name in "abcde"]
    assert in_short(people) == " ('a': muted, 'b': muted, 'c': muted and 2 more)"
    assert in_short(people, Target("e")) == " ('e': muted)"
    assert (in_short(people, Target("f")), in_words(people, Target("f")), in_short([])) == ("", "", "")
    assert "keypad" in in_words([Participant("p", "P", "phone", cannot_be_heard="muted")])
