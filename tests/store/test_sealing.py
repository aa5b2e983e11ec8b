"""What stands in Redis of what people are asked and say: nothing that can be read, once a key is set."""

from __future__ import annotations

import itertools

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from mcp_voice.errors import StoreError, UnknownAsk
from mcp_voice.store.records import Outcome, State
from mcp_voice.store.sealing import NONCE_BYTES, SALT, SEALED, Plain, Sealed, sealing
from mcp_voice.store.seam import AskStore
from testkit.redis_server import RedisServer
from testkit.stores import KITCHEN, RedisStage, an_ask, heard

pytestmark = pytest.mark.anyio

KEY = "a key of sixteen or more"
WORDS = ("elephant", "giraffe", "zebra", "walrus", "octopus", "hedgehog", "badger", "kitchen", "toucan", "weasel")
SECRET_CALL = "toolu_ferret"


async def a_conversation(store: AskStore) -> State:
    """A question that is heard, answered and noted; every word of it is one of WORDS."""
    asked = an_ask(
        "Elephant?",
        choices=("giraffe", "zebra"),
        participant="walrus",
        asker="octopus",
        call_id=SECRET_CALL,
    )
    state = await store.claim(await store.open(asked), worker="one")
    assert state is not None
    await store.renew(state, heard("hedgehog"))
    await store.hold(KITCHEN, worker="one")
    await store.note(KITCHEN, "badger", worker="one")
    await store.answer(state, Outcome(result={"reply": "toucan"}))
    await store.open(an_ask("Weasel?"))
    return state


async def test_no_byte_in_redis_tells_what_was_asked_or_said(redis: RedisServer) -> None:
    """With a key: neither words nor names of rooms, nor the call's id; and every process with it reads all."""
    await redis.command("FLUSHALL")
    stage = RedisStage(redis, KEY)
    async with stage.store() as store, stage.store() as other:
        state = await a_conversation(store)
        kept = (await redis.everything()).lower()
        for word in (*WORDS, SECRET_CALL):
            assert word.encode() not in kept, word
        seen = await other.find(state.request.id, subject="ops")
        assert seen.request == state.request
        assert seen.progress == heard("hedgehog")
        assert seen.outcome == Outcome(result={"reply": "toucan"})
        assert await other.noted(KITCHEN) == "badger"
        assert (await other.open(an_ask("weasel"))).request.text == "Weasel?"


async def test_the_words_are_there_without_a_key(redis: RedisServer) -> None:
    """So that the test above could fail."""
    await redis.command("FLUSHALL", "SYNC")
    await redis.command("CONFIG", "SET", "rdbcompression", "no")
    async with RedisStage(redis).store() as store:
        await a_conversation(store)
        kept = (await redis.everything()).lower()
    for word in ("elephant", "giraffe", "walrus", "hedgehog", "badger", "toucan", "weasel"):
        assert word.encode() in kept, word


async def test_every_key_in_redis_has_a_time_to_live(redis: RedisServer) -> None:
    """What people said does not stay there."""
    await redis.command("FLUSHALL")
    async with RedisStage(redis).store() as store:
        await a_conversation(store)
        await store.hold(KITCHEN, worker="one")
        await store.claim(await store.open(an_ask("Open?", kind="say", call_id="other")), worker="one")
    keys = await redis.command("KEYS", "*")
    assert len(keys) > 10
    assert all(key.startswith(b"mcp-voice:") for key in keys)
    assert {key: ttl for key in keys if (ttl := await redis.command("PTTL", key)) <= 0} == {}


@pytest.mark.parametrize(
    ("writer", "reader", "what"),
    [
        (KEY, "another key of sixteen", "with another key"),
        (KEY, "", "no key is set"),
        ("", KEY, "is not encrypted"),
    ],
    ids=["another", "none", "new"],
)
async def test_what_was_kept_with_another_key_is_one_clear_error_and_harms_nothing_else(
    redis: RedisServer, writer: str, reader: str, what: str
) -> None:
    """Its request cannot be had; new ones can, in the same room, whose old notes are no more."""
    await redis.command("FLUSHALL")
    async with RedisStage(redis, writer).store() as theirs, RedisStage(redis, reader).store() as store:
        old = await a_conversation(theirs)
        with pytest.raises(StoreError, match=what) as refused:
            await store.find(old.request.id, subject="ops")
        assert refused.value.code == "store-key"
        assert await store.noted(KITCHEN) == ""
        new = await store.open(an_ask("New?"))
        assert [each.request.id for each in await store.waiting(KITCHEN)] == [new.request.id]
        assert [each.request.id for each in await store.overdue(unclaimed_seconds=0)] == [new.request.id]
        with pytest.raises(UnknownAsk):
            await store.find(old.request.id, subject="sales")


def test_what_is_sealed_opens_only_as_what_it_was() -> None:
    """Not as another request's, nor as another part of the same one; a changed byte opens nothing."""
    sealed = Sealed(KEY)
    kept = sealed.seal("the third floor", about="outcome:ops:ask-1")
    assert sealed.open(kept, about="outcome:ops:ask-1") == "the third floor"
    for about in ("outcome:ops:ask-2", "progress:ops:ask-1", "outcome:sales:ask-1"):
        with pytest.raises(StoreError, match="or changed since"):
            sealed.open(kept, about=about)
    for place in range(1, len(kept)):
        with pytest.raises(StoreError):
            sealed.open(kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :], about="outcome:ops:ask-1")
    for size in range(len(kept)):
        with pytest.raises(StoreError):
            sealed.open(kept[:size], about="outcome:ops:ask-1")


def test_the_same_words_are_never_kept_as_the_same_bytes() -> None:
    """Nor does anything but our digest, which needs the key, tell that they are the same."""
    sealed = Sealed(KEY)
    kept = {sealed.seal("yes", about="outcome:ops:ask-1") for _ in range(200)}
    assert len(kept) == 200
    assert sealed.digest("yes") == Sealed(KEY).digest("yes") != sealed.digest("no")
    digests = {each.digest("yes") for each in (Sealed(KEY), Sealed(f"{KEY}!"), Plain())}
    assert len(digests) == 3


@pytest.mark.parametrize("kept", [b"", b"x", b"{}", b"p\xff", b"s", b"s123", bytes(40)], ids=repr)
@pytest.mark.parametrize("key", ["", KEY], ids=["plain", "sealed"])
def test_what_we_did_not_write_is_an_error_of_the_store(kept: bytes, key: str) -> None:
    """Whatever stands there."""
    with pytest.raises(StoreError):
        sealing(key).open(kept, about="outcome:ops:ask-1")


def test_texts_of_every_kind_survive() -> None:
    """Empty ones and those of any script."""
    for text, key in itertools.product(("", "ja", "日本語 🎧", "x" * 100_000), ("", KEY)):
        each = sealing(key)
        assert each.open(each.seal(text, about="a"), about="a") == text


def test_each_record_has_the_key_that_rfc_5869_makes_of_the_secret() -> None:
    """What is kept by one version is read by the next."""
    secret = HKDF(SHA256(), length=32, salt=SALT, info=b"").derive(KEY.encode())
    cipher = AESGCM(HKDFExpand(SHA256(), length=32, info=b"request:ask-1").derive(secret))
    kept = SEALED + bytes(NONCE_BYTES) + cipher.encrypt(bytes(NONCE_BYTES), b"Elephant?", b"request:ask-1")
    assert sealing(KEY).open(kept, about="request:ask-1") == "Elephant?"
