# SPDX-License-Identifier: Apache-2.0
"""What openpyxl drops from a sheet's XML: cells stored twice, empty results of formulas, escaped characters.

Source: ECMA-376 Part 1, 18.3.1.4 (c), 18.3.1.96 (v), 18.4.9 (sst), 22.9.2.19 (ST_Xstring).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from xml.etree.ElementTree import Element

Cell = tuple[int, int]
"""Row and column, from 1."""

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
# openpyxl takes this out of shared strings, so that an escaped underscore cannot be told from an escape any more
_LOST = "x005F_"


@dataclass(frozen=True, slots=True)
class RawCells:
    """The cells of a sheet that openpyxl does not tell truly.

    Attributes
    ----------
    repeated : tuple of Cell
        References that more than one cell has; openpyxl keeps the last.
    blank_results : frozenset of Cell
        Formulas whose stored result is the empty text, as that of ``=IF(C3="","",C3)``.
    texts : dict of Cell to str
        Texts that hold an escape such as ``_x000D_``, as Excel reads them.
    """

    repeated: tuple[Cell, ...]
    blank_results: frozenset[Cell]
    texts: Mapping[Cell, str] = field(repr=False)


def unescape(text: str) -> str:
    """Return a text with its ``_xHHHH_`` escapes as characters.

    >>> unescape("A_x0042_C_x005F_x000D_")
    'ABC_x000D_'
    """
    if _ESCAPE.search(text) is None:
        return text
    plain = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)
    # each escape is a UTF-16 unit, and two make one character beyond U+FFFF
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def read_strings(source: IO[bytes]) -> dict[int, str]:
    """Return the shared strings that hold an escape, by number, as Excel reads them."""
    found = {}
    for number, item in enumerate(_elements(source, f"{_MAIN}si")):
        text = _joined(item)
        if _is_changed(text):
            found[number] = unescape(text)
    return found


def read_cells(source: IO[bytes], strings: Mapping[int, str]) -> RawCells:
    """Read a worksheet's XML.

    Parameters
    ----------
    source : binary file
        The worksheet's part.
    strings : dict of int to str
        What :func:`read_strings` found.
    """
    seen: dict[int, int] = {}  # row -> bit mask of its columns: a set of cells would take gigabytes
    repeated: dict[Cell, None] = {}
    blank = set()
    texts = {}
    for (row, column), element in _cells(source):
        bit = 1 << column
        if seen.get(row, 0) & bit:
            repeated[row, column] = None
        seen[row] = seen.get(row, 0) | bit
        if _is_blank_result(element):
            blank.add((row, column))
        text = _text(element, strings)
        if text is not None:
            texts[row, column] = text
    return RawCells(tuple(sorted(repeated)), frozenset(blank), texts)


def _elements(source: IO[bytes], tag: str) -> Iterator[Element]:
    """Yield the elements of one tag, each forgotten after its use."""
    from openpyxl.xml.functions import iterparse  # the parser that has read the part before

    parsed: Iterator[tuple[str, Any]] = iterparse(source)
    for _, element in parsed:
        if element.tag == tag:
            yield element
            element.clear()


def _cells(source: IO[bytes]) -> Iterator[tuple[Cell, Element]]:
    """Yield cells with their place; rows and cells without one follow those before them, as in openpyxl."""
    from openpyxl.utils.cell import coordinate_to_tuple

    row = 0
    for row_element in _elements(source, f"{_MAIN}row"):
        row = int(float(row_element.get("r", row + 1)))
        place = (row, 0)
        for element in row_element.iterfind(f"{_MAIN}c"):
            reference = element.get("r")
            place = coordinate_to_tuple(reference) if reference else (row, place[1] + 1)
            yield place, element


def _is_blank_result(cell: Element) -> bool:
    """Tell whether a formula's result is stored and empty; other types, and no ``v``, mean that none is stored."""
    value = cell.find(f"{_MAIN}v")
    return cell.get("t") == "str" and cell.find(f"{_MAIN}f") is not None and value is not None and not value.text


def _text(cell: Element, strings: Mapping[int, str]) -> str | None:
    """Return a cell's text if it holds an escape."""
    kind, value = cell.get("t"), cell.findtext(f"{_MAIN}v")
    if kind == "s":
        return strings.get(int(value)) if value else None
    inline = cell.find(f"{_MAIN}is")
    text = _joined(inline) if kind == "inlineStr" and inline is not None else value
    return unescape(text) if kind in ("str", "inlineStr") and text and _is_changed(text) else None


def _joined(item: Element) -> str:
    """Return the text of all runs, without the phonetic ones."""
    return "".join(run.text or "" for path in (f"{_MAIN}t", f"{_MAIN}r/{_MAIN}t") for run in item.iterfind(path))


def _is_changed(text: str) -> bool:
    return _ESCAPE.search(text) is not None or _LOST in text
