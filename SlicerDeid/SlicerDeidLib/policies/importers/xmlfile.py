# SPDX-License-Identifier: Apache-2.0
"""XML with line numbers, and without what makes XML dangerous: a file that defines entities is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from SlicerDeidLib.errors import PolicyError


@dataclass(slots=True)
class XmlElement:
    """One element: its name, attributes, text without its children's, children, and the lines of it and its text."""

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    text_line: int = 0
    children: list[XmlElement] = field(default_factory=list)


def parse_xml(text: str, label: str) -> XmlElement:
    """Return the outermost element.

    Raises
    ------
    PolicyError
        If it is not XML, or defines entities; the sentence names file and line.
    """
    parser = expat.ParserCreate()
    root = XmlElement("", {}, 0)
    open_elements = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        element = XmlElement(name, attributes, parser.CurrentLineNumber)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_name: str) -> None:
        open_elements.pop()

    def data(characters: str) -> None:
        element = open_elements[-1]
        element.text += characters
        if not element.text_line and characters.strip():
            element.text_line = parser.CurrentLineNumber

    def refuse(*_arguments: object) -> None:
        raise PolicyError(f"{label}, line {parser.CurrentLineNumber}: a rule file must not define entities.")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        raise PolicyError(f"{label}, line {error.lineno}: this is not XML: {what}.") from error
    return root.children[0]


def stray_in(element: XmlElement) -> tuple[int, str] | None:
    """Return the line of what stands in an element that holds elements alone, and what it is: text between them."""
    return (element.text_line, element.text.split()[0]) if element.text.strip() else None
