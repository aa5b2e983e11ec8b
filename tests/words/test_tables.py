"""Words stand in one file a language, all of the same shape; the rules beside them hold none."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from mcp_voice.words.languages import LEXICONS, Lexicon
from mcp_voice.words.languages.lexicon import endings, sentences

PACKAGE = Path(__file__).parents[2] / "mcp_voice"
WORDS = PACKAGE / "words"
DATA = Path(__file__).parents[1] / "data"
ENOUGH = 30
"""Replies of each language in a table."""
FEW = 4
"""A rule may name so many words; more are a table."""
WORD = re.compile(r"[^\W\d_]{2,}")
GROUP = re.compile(r"\\.|\(\?[:=!<P]*")


def _words_in(node: ast.AST) -> list[str]:
    """The words of a collection of texts, or the alternatives of one text."""
    if isinstance(node, ast.Set | ast.List | ast.Tuple):
        said = [each.value for each in node.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        return [text for text in said if WORD.search(text)]
    if isinstance(node, ast.Dict):
        return _words_in(ast.Tuple([key for key in node.keys if key is not None]))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        parts = GROUP.sub(" ", node.value).split("|")
        return [part for part in parts if WORD.search(part)] if len(parts) > 1 else []
    if isinstance(node, ast.Call):
        texts = [node.func.value] if isinstance(node.func, ast.Attribute) else node.args
        return [word for text in texts if isinstance(text, ast.Constant) for word in WORD.findall(str(text.value))]
    return []


def _tables(source: str) -> Iterator[int]:
    """The lines at which more than a few words stand together."""
    tree = ast.parse(source)
    passed = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    passed += [
        node for node in ast.walk(tree) if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal"
    ]
    passed += [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]  # docstrings
    inside = {inner for node in passed for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if node not in inside and len(_words_in(node)) > FEW:
            yield node.lineno  # type: ignore[attr-defined]


def test_no_word_table_stands_beside_the_rules() -> None:
    """Whoever adds a language would have to find it."""
    found = {path.name: list(_tables(path.read_text("utf-8"))) for path in sorted(WORDS.glob("*.py"))}
    assert len(found) > 20
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        'WORDS = frozenset({"um", "uh", "er", "eh", "hm"})',
        'WORDS = word_set("um uh er eh hm")',
        'WORDS = "um uh er eh hm".split()',
        'def rule(word):\n    return word in ("um", "uh", "er", "eh", "hm")',
        'WORDS = {"um": 1, "uh": 2, "er": 3, "eh": 4, "hm": 5}',
        r'PATTERN = re.compile(r"\b(?:um|uh|er|eh|hm)\b")',
    ],
)
def test_a_word_table_is_seen_in_any_form(source: str) -> None:
    """As sets, tuples, tables and patterns, and within a rule."""
    assert list(_tables(source)) != []


def test_tables_are_made_in_the_files_of_languages_only() -> None:
    """In the companion, too: its tools hear what the rest of it hears."""
    companion = PACKAGE.parent / "agents" / "mcp_voice_agent"
    paths = [path for tree in (PACKAGE, companion) for path in tree.rglob("*.py") if path.parent.name != "static"]
    makers = re.compile(r"^from \S+ import .*\b(?:word_set|phrase_set|said_set|endings|sentences)\b", re.MULTILINE)
    users = {
        path for path in paths if makers.search(path.read_text("utf-8")) and WORDS / "languages" not in path.parents
    }
    assert {path.relative_to(PACKAGE.parent).as_posix() for path in users} == set()


@pytest.mark.parametrize("tag", sorted(LEXICONS))
def test_every_language_has_every_table(tag: str) -> None:
    """English is the example of a new one."""
    lexicon = LEXICONS[tag]
    assert isinstance(lexicon, Lexicon)
    required = [field.name for field in fields(Lexicon) if not isinstance(field.default, frozenset | tuple)]
    assert [name for name in required if not getattr(lexicon, name)] == []
    assert [field.name for field in fields(lexicon.consent) if field.name in ("yes", "no", "courtesy")
            and not getattr(lexicon.consent, field.name)] == []  # fmt: skip


@pytest.mark.parametrize("table", ["refusals", "agreement"])
def test_every_language_is_tried_with_replies(table: str) -> None:
    """Words that nobody has tried are worth little."""
    rows = (DATA / f"{table}.tsv").read_text("utf-8").splitlines()
    tried = Counter(row.partition("\t")[0] for row in rows if row and not row.startswith("#"))
    assert {tag: tried[tag] for tag in LEXICONS if tried[tag] < ENOUGH} == {}


def test_endings_are_found_as_whole_words_at_the_end_of_a_line() -> None:
    """Bars and line ends part them, and each may be a pattern."""
    found = endings("""
        hold on|one (?:moment|second)
        ^wait
    """)
    assert [line for line in ("hold on", "well hold on", "one second", "wait") if not found.search(line)] == []
    assert [line for line in ("behold on", "hold on to it", "i wait", "one") if found.search(line)] == []


def test_sentences_are_found_as_the_whole_of_a_line() -> None:
    """What stands before or after one makes it another."""
    found = sentences("that is it|yes i will\nno")
    assert [line for line in ("that is it", "yes i will", "no") if not found.search(line)] == []
    assert [line for line in ("and that is it", "yes i will go", "no no", "") if found.search(line)] == []
