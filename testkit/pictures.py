"""Pictures as they are read back: what was drawn, and where."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

__all__ = ["Picture", "points"]

SVG = "{http://www.w3.org/2000/svg}"


class Picture:
    """An SVG picture; raises ParseError for what is none."""

    def __init__(self, svg: str) -> None:
        self.root = fromstring(svg)  # noqa: S314  # our own
        assert self.root.tag == f"{SVG}svg"
        self.width, self.height = float(self.root.attrib["width"]), float(self.root.attrib["height"])

    @classmethod
    def load(cls, path: Path) -> Picture:
        """Read one from a file."""
        return cls(path.read_text(encoding="utf-8"))

    def drawn(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of that kind with these attributes, in the order in which they are drawn."""
        found = self.root.iter(f"{SVG}{tag}")
        return [each for each in found if all(each.get(name) == value for name, value in attributes.items())]

    def texts(self) -> list[str]:
        """All that is written."""
        return [each.text or "" for each in self.drawn("text")]

    def text(self, words: str) -> Element:
        """The element that writes just these words."""
        (found,) = (each for each in self.drawn("text") if each.text == words)
        return found


def points(shape: Element) -> list[tuple[float, float]]:
    """The corners of a polygon or a line."""
    return [(float(x), float(y)) for x, y in (each.split(",") for each in shape.attrib["points"].split())]
