"""The documents as pages: short where they must be, with links that lead somewhere and maps that are the folders."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from testkit.documents import DOCUMENTS, PACKAGE_PAGES, ROOT, anchors, links, paths, read, table, targets

README_LINES = 150
SECTIONS = ["Install", "Get into a room", "Tools", "How an ask goes", "The companion", "Speech", "More"]
"""What a newcomer needs, in that order."""
ADDED = ["tool", "provider", "reply channel", "language", "companion tool", "doctor check", "error", "setting"]
"""What CONTRIBUTING must say how to add."""


def packages() -> Iterator[str]:
    """The packages whose code a contributor may look for, but those inside another one's parts."""
    for top in ("mcp_voice", "agents/mcp_voice_agent"):
        for folder in sorted((ROOT / top).iterdir()):
            if (folder / "__init__.py").is_file():
                yield folder.relative_to(ROOT).as_posix()
    yield "agents/mcp_voice_agent"


def bold(text: str) -> list[str]:
    """What stands in bold."""
    return re.findall(r"\*\*(.+?)\*\*", text)


def test_the_readme_is_short_and_in_the_order_a_newcomer_needs() -> None:
    """Whatever else there is to say has a page in docs."""
    text = read("README.md")
    assert len(text.splitlines()) <= README_LINES
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS


def test_readme_and_contributing_lead_to_every_page_of_docs() -> None:
    """A page that nothing leads to is read by nobody."""
    linked = {link.partition("#")[0] for document in ("README.md", "CONTRIBUTING.md") for link in links(document)}
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} - linked == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_paths_lead_somewhere(document: str) -> None:
    """A file that was moved or never written, or a heading that was renamed, is found here and not by a reader."""
    for link in links(document):
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        assert not anchor or anchor in anchors(path), link
    assert [path for path in paths(read(document)) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", PACKAGE_PAGES)
def test_links_work_on_a_package_page(document: str) -> None:
    """PyPI shows this document alone: a relative link or picture leads nowhere there."""
    relative = [target for target in targets(read(document)) if not re.match(r"https://|#", target)]
    assert relative == []


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_the_map_has_every_package(document: str) -> None:
    """One line each, and none for a package that is gone."""
    rows = [row[0] for row in table(read(document), "package")]
    mapped = [name for row in rows for name in re.findall(r"`([^`]+)`", row) if "mcp_voice" in name]
    assert sorted(mapped) == sorted(packages())


def test_whoever_wants_to_add_something_is_told_where() -> None:
    """Each kind has a row with files of the repository, which the test of paths proves to be there."""
    rows = {what: edited for names, edited in table(read("CONTRIBUTING.md"), "I want to add") for what in bold(names)}
    for kind in ADDED:
        assert paths(rows[kind]), kind


def test_the_place_of_the_benchmark_is_kept() -> None:
    """benchmarks/run.py writes its table between these two lines; before its first run there is nothing there."""
    (between,) = re.findall(
        r"^<!-- benchmark:begin -->\n(.*?)^<!-- benchmark:end -->$",
        read("docs/benchmarks.md"),
        re.MULTILINE | re.DOTALL,
    )
    assert between == "" or "\n|" in f"\n{between}"
