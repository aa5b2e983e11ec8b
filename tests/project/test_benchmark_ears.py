"""What the benchmark has recognisers hear, and how it counts what they got wrong."""

from __future__ import annotations

import pytest

from benchmarks.direct import ears
from benchmarks.hearing import CONDITIONS, RECOGNISERS, Heard, cases, taken_of
from benchmarks.rows import rows
from benchmarks.wording import interval, plain_words, words_wrong

EXCHANGED = {"free": {"people": {"wrong": [1], "words": [20]}, "replies": {"wrong": [0], "words": [5]}}}
NAMED = {"right": [True], "wrong": [False], "false": [False]}


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("go forward ten meters", "Go forward 10 metres.", 0),
        ("about twenty percent", "About 20%.", 0),
        ("two nine three four zero", "29340", 0),
        ("we have two hundred", "We have 200.", 0),
        ("forty two", "42", 0),
        ("mister dashwood comes tomorrow", "Mr. Dashwood comes to-morrow.", 0),
        ("seven of clubs", "Seven of clogs, uh.", 2),
        ("the second option", "", 3),
        ("let's do that", "Let’s do that", 0),  # noqa: RUF001
        ("no", "no huh", 1),
    ],
)
def test_words_are_wrong_where_they_sound_otherwise(said: str, heard: str, wrong: int) -> None:
    """Spelling, signs and numerals do not matter; a word replaced, left out or added does."""
    assert words_wrong(said, heard) == wrong


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0", "zero"),
        ("19", "nineteen"),
        ("90", "ninety"),
        ("1,305", "one thousand three hundred five"),
        ("21000", "twenty one thousand"),
        ("007", "zero zero seven"),
        ("0049123456789", "zero zero four nine one two three four five six seven eight nine"),
    ],
)
def test_numerals_are_read_out(number: str, words: str) -> None:
    """As a number, or digit by digit where none is written so."""
    assert plain_words(number) == words.split()


def test_a_share_of_few_words_is_uncertain() -> None:
    """Of ten utterances of which one is all wrong, it lies somewhere below a third; of none that is, nowhere else."""
    low, high = interval([5, *[0] * 9], [5] * 10)
    assert low == 0.0
    assert 0.15 < high < 0.45
    assert interval([0, 0], [3, 4]) == (0.0, 0.0)


def test_everything_is_said_with_all_samples_and_a_spread_of_it_with_fewer() -> None:
    """People, more than 40 replies of 1 to 12 words, 24 choices, and replies that name none of the choices given."""
    whole = cases(10)
    kinds = {kind: [case for case in whole if case.kind == kind] for kind in ("people", "replies", "choices", "others")}
    assert len(kinds["people"]) == 13
    assert len(kinds["replies"]) > 40
    assert {len(plain_words(case.utterance.text)) for case in kinds["replies"]} == set(range(1, 13))
    assert len(kinds["choices"]) == 24
    assert all(case.choice in case.choices for case in kinds["choices"])
    assert all(len(case.choices) > 15 and case.choice is None for case in kinds["others"])
    speakers = {case.utterance.speaker for case in kinds["replies"]}
    assert len(speakers) == 4
    assert {case.utterance.speaker for case in cases(3) if case.kind == "replies"} == speakers


def test_a_choice_counts_as_right_only_if_it_is_the_one_that_was_said() -> None:
    """Another one is wrong, none is neither, and any in another reply is a false one."""
    whole = cases(10)
    choice = next(case for case in whole if case.kind == "choices")
    other = next(case for case in whole if case.kind == "others")
    another = next(each for each in choice.choices if each != choice.choice)
    taken = taken_of([Heard(choice, "", each) for each in (choice.choice, another, None)] + [Heard(other, "", another)])
    assert taken["named"] == {"right": [True, False, False], "wrong": [False, True, False], "false": [True]}


def test_too_many_wrong_words_of_people_miss_the_aim() -> None:
    """At most 6 % as they are; natural voices and noise of 20 dB have no aim."""
    taken = {**EXCHANGED, "named": NAMED, "misheard": [], "reply_ms": [600.0], "stt_ms": [300.0], "cpu_seconds": 1.0}
    found = {"measurements": {"recognition": {"default": {"clean": taken, "noise20": taken}}}}
    clean, _, noise, _ = rows(found)
    assert (clean.met, noise.met) == (True, None)
    taken["free"] = {**EXCHANGED["free"], "people": {"wrong": [2], "words": [20]}}
    assert next(iter(rows(found))).met is False


@pytest.mark.anyio
@pytest.mark.parametrize("name", RECOGNISERS)
async def test_a_recogniser_hears_a_choice_without_a_room(name: str) -> None:
    """The same recognisers as in a room, which are fed directly."""
    yes = next(case for case in cases(10) if case.choice == "yes")
    async with ears(name) as listening:
        heard = await listening.judge(yes, CONDITIONS["clean"])
    assert heard.choice == "yes"


@pytest.mark.anyio
async def test_people_on_a_telephone_are_understood_by_the_default_recogniser() -> None:
    """At most one word in ten is wrong, of 106; pocketsphinx has most of them wrong."""
    async with ears("default") as listening:
        people = [case for case in cases(10) if case.kind == "people"]
        heard = taken_of([await listening.judge(case, CONDITIONS["phone"]) for case in people])["free"]["people"]
    assert sum(heard["words"]) == 106
    assert sum(heard["wrong"]) <= 10, heard
