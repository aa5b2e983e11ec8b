"""How a long text is split for the voice, and which stretch of it, as it was given, each part stands for."""

from __future__ import annotations

import unicodedata
from types import SimpleNamespace

import pytest

from mcp_voice.speech.parts import LONGEST, SHORTEST, WHOLE, parts
from testkit.blockbuster import HELD_SECONDS, least_held

SENTENCE = "The migration of the accounts table has finished without any error. "
MARKED = """\
# Report

The **migration** of [the accounts](https://example.com/tables/accounts?page=1#top) has finished without any error.

- `first_table` was copied in twelve minutes
- *second* table was copied in three hours, which is long

| table | rows |
|---|---|
| first | many |

See https://www.example.com/a/report_of_today.html for the rest of it. Shall I go on with **the third one**?"""
CHINESE = "第一个数据库已经迁移完成。第二个数据库还需要三个小时！你想现在继续吗？还是等到明天？" * 3  # noqa: RUF001 - theirs
JAPANESE = (
    "最初のデータベースの移行が終わりました。次のものは三時間かかります。彼は「続けましょう。」と言いました。" * 3
)


def spoken(text: str) -> list[str]:
    """What goes to the voice."""
    return [part.spoken for part in parts(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Which one?",
        "Deploy to staging or to production? The tests are green, and nobody else is at it.",
        "…",
        "a" * WHOLE,
    ],
)
def test_an_ordinary_question_is_one_request(text: str) -> None:
    """Its first sound comes as ever, and its melody is that of the whole."""
    assert spoken(text) == [text]


def test_a_long_text_is_split_at_its_sentences() -> None:
    """Eighteen hundred characters were one request, and never heard of a slow voice."""
    text = (SENTENCE * 27)[:1_800]
    split = spoken(text)
    assert len(split) == 26
    assert set(split[:-1]) == {SENTENCE.strip()}


def test_short_neighbours_are_spoken_together() -> None:
    """One by one they would sound like headlines."""
    text = "Well. Yes. No. Perhaps. " + SENTENCE * 2 + "So. Right? " + SENTENCE + "Thanks. Bye."
    assert spoken(text) == [
        "Well. Yes. No. Perhaps. " + SENTENCE.strip(),
        SENTENCE.strip(),
        "So. Right? " + SENTENCE + "Thanks. Bye.",
    ]


def test_abbreviations_versions_and_names_of_files_end_no_sentence() -> None:
    """Each of them has a full stop inside."""
    first = "Use a newer one, e.g. v1.2.3 of main.py, as Dr. Smith said at 5 p.m. on the 3rd, i.e. not 1.5."
    assert spoken(f"{first} {SENTENCE}{SENTENCE}") == [first, SENTENCE.strip(), SENTENCE.strip()]


@pytest.mark.parametrize("text", [CHINESE, JAPANESE])
def test_chinese_and_japanese_are_split_at_their_own_full_stops(text: str) -> None:
    """They have no blanks, and each character takes as long as a syllable."""
    split = spoken(text)
    assert len(split) >= 3
    assert all(part.endswith(("。", "！", "？")) for part in split)  # noqa: RUF001 - theirs
    assert not any(part.startswith("」") for part in split)
    assert "".join(split) == text


@pytest.mark.parametrize(
    ("text", "cut_after"),
    [
        ("and then the next, which is " * 40, ","),
        ("it goes on and on " * 40, ""),
        ("no,blank" * 200, ""),
        ("啊" * 600, ""),
        ("line after line\n" * 40, ""),
    ],
    ids=["commas", "words", "one word", "one Chinese word", "lines"],
)
def test_what_has_no_end_is_cut_at_commas_then_words(text: str, cut_after: str) -> None:
    """Nothing is lost, and no part is longer than is waited for."""
    split = parts(text)
    assert len(split) >= 3
    assert all(len(part.spoken) <= LONGEST + SHORTEST for part in split)
    assert all(part.spoken.endswith(cut_after) for part in split[:-1])
    assert "".join("".join(part.spoken.split()) for part in split) == "".join(text.split())


def test_no_character_is_torn_from_its_marks() -> None:
    """Thai vowels and tones are characters of their own, written on the one before."""
    assert all(part.startswith("ก") for part in spoken("ก็" * 400))


@pytest.mark.parametrize("text", [MARKED, CHINESE, JAPANESE, SENTENCE * 9, "**so** _it_ goes on " * 40, "…\n" * 300])
def test_the_parts_are_together_the_text_as_it_was_given(text: str) -> None:
    """Captions, and what was spoken when somebody speaks over it, are in the words and marks of whoever asked."""
    assert "".join(part.given for part in parts(text)) == text


def test_each_part_stands_for_its_own_stretch_of_a_marked_text() -> None:
    """What the marks hide is shorter or longer than what is said."""
    split = parts(MARKED)
    ends = [(part.spoken.split()[-1].strip("?."), part.given.split()[-1].strip("*?.|")) for part in split]
    assert [spoken for spoken, _ in ends] == [given for _, given in ends] == ["error", "long", "one"]
    assert split[1].spoken.startswith("first table was copied")
    assert split[1].given.strip().startswith("- `first_table`")


@pytest.mark.parametrize("text", ["", " ", "\n" * 300, " \t" * 5_000, "\u3000" * 400])
def test_a_blank_text_has_no_parts(text: str) -> None:
    """A long one was a ValueError."""
    assert parts(text) == ()


@pytest.mark.parametrize("text", ["\u200b" * 300, "." * 500, "…" * 500, "\u0301" * 900, "\U0001f600" * 500])
def test_a_text_without_a_word_has_parts_all_the_same(text: str) -> None:
    """What to make of it is for the voice."""
    assert "".join(part.given for part in parts(text)) == text


@pytest.mark.parametrize("piece", ["啊", "a", "x ", "a,b", ". ", "ก็", "word, " * 30, SENTENCE], ids=range(8))
def test_a_text_of_any_length_is_split_in_a_time_that_grows_with_it(piece: str) -> None:
    """Beyond the 2,000 characters of a question it grew with the square: minutes for a page."""
    looked_at = 0

    def counted(character: str) -> str:
        nonlocal looked_at
        looked_at += 1
        return unicodedata.east_asian_width(character)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mcp_voice.speech.parts.unicodedata", SimpleNamespace(
            east_asian_width=counted, category=unicodedata.category
        ))  # fmt: skip
        costs = []
        for size in (10_000, 40_000):
            looked_at = 0
            parts((piece * size)[:size])
            costs.append(looked_at)
    assert costs[1] <= 5 * costs[0]


@pytest.mark.anyio
async def test_no_text_holds_the_loop_while_it_is_split() -> None:
    """It is done while others are heard."""
    parts(SENTENCE * 5)

    async def split() -> None:
        for text in (SENTENCE * 30, "啊" * 2_000, "a,b" * 660, "x " * 1_000, "a*" * 200 + "b. " * 500, "ก็" * 1_000):
            parts(text[:2_000])

    held = await least_held(split)
    assert held.seconds < HELD_SECONDS, held
