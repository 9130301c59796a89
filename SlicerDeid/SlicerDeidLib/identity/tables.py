# SPDX-License-Identifier: Apache-2.0
"""Table: what a sheet of a workbook and a delimited file have in common when a map is read from them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Protocol

from SlicerDeidLib.errors import MapError

HEAD_ROWS = 20  # rows in which headers are looked for: some maps begin with a title
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"  # byte order mark and zero-width characters, pasted from web pages
_SPREADSHEET_ERROR = re.compile(r"#(N/A|REF!|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)")
_ROUNDED = re.compile(r"[+-]?\d([.,]\d+)?E\+\d+", re.IGNORECASE)


class Table(Protocol):
    """One sheet, or one delimited file. Rows and columns count from 1."""

    @property
    def name(self) -> str:
        """``"sheet 'Map'"``, or ``""`` for a delimited file."""
        ...

    @property
    def last_row(self) -> int:
        """The last row that may hold something."""
        ...

    def head(self) -> Sequence[tuple[int, Sequence[str]]]:
        """Return the texts of the first rows, for looking at headers: (row, texts from column 1)."""
        ...

    def row_place(self, row: int) -> str:
        """Return ``"sheet 'Map', row 12"`` or ``"line 12"``."""
        ...

    def column_place(self, column: int) -> str:
        """Return ``"column B"`` or ``"column 2"``."""
        ...

    def text(self, row: int, column: int) -> str:
        """Return a cell's text, trimmed and in NFC; MapError when it cannot be had without guessing."""
        ...

    def notes(self, first_row: int, columns: Sequence[int]) -> tuple[str, ...]:
        """Return what the user should know, and raise MapError where the columns cannot be read cell by cell."""
        ...


def clean(text: str) -> str:
    """Return a text as it is compared: NFC, without outer spaces, non-breaking and invisible ones included."""
    trimmed = unicodedata.normalize("NFC", text)
    previous = None
    while trimmed != previous:
        previous, trimmed = trimmed, trimmed.strip().strip(_INVISIBLE)
    return trimmed


def refuse(place: str, reason: str) -> MapError:
    """Return the error for one cell; ``reason`` never holds what is in it."""
    return MapError(f"The map cannot be used: {place} {reason}.")


def checked(text: str, place: str) -> str:
    """Return a cleaned text, unless it is what a spreadsheet leaves where a value was lost.

    Raises
    ------
    MapError
        When the text is an error such as ``#N/A``, or a number in scientific notation.
    """
    text = clean(text)
    if _SPREADSHEET_ERROR.fullmatch(text):
        raise refuse(place, "holds a spreadsheet error; write the value itself")
    if _ROUNDED.fullmatch(text):
        raise refuse(
            place, "holds a number that a spreadsheet has rounded; format the column as text and enter it again"
        )
    return text
