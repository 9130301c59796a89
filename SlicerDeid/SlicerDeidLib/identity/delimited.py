# SPDX-License-Identifier: Apache-2.0
"""A .csv or .tsv map as a table: its encoding, its delimiter, its way to protect leading zeros."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from SlicerDeidLib.errors import MapError
from SlicerDeidLib.identity.tables import HEAD_ROWS, checked, clean

_DELIMITERS = (",", ";", "\t")
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # Excel's spelling of "this is text": ="0012345"
_SEP_LINE = re.compile(r"\ufeff?sep=(.)\r?\n?", re.IGNORECASE)  # Excel's first line that names the delimiter


class TextTable:
    """The rows of a delimited file as read with one delimiter.

    Parameters
    ----------
    rows : sequence of (int, sequence of str)
        The line a row begins in, and its fields.
    remarks : tuple of str
        What the user should know about the reading.
    torn_line : int
        The line of the row at which the reading ended because its quotation marks do not match; 0 for none.
    """

    def __init__(
        self, rows: Sequence[tuple[int, Sequence[str]]], remarks: tuple[str, ...] = (), torn_line: int = 0
    ) -> None:
        self._rows = rows
        self._remarks = remarks
        self.torn_line = torn_line

    @property
    def name(self) -> str:
        """Nothing: the file is its only table."""
        return ""

    @property
    def last_row(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def head(self) -> Sequence[tuple[int, Sequence[str]]]:
        """Return the texts of the first rows."""
        return [(row, [clean(_unwrap(f)) for f in fields]) for row, (_, fields) in enumerate(self._rows[:HEAD_ROWS], 1)]

    def fields(self) -> list[tuple[str, ...]]:
        """Return all rows that hold something, for a file without headers."""
        rows = (tuple(clean(field) for field in fields) for _, fields in self._rows)
        return [row for row in rows if any(row)]

    def row_place(self, row: int) -> str:
        """Return ``"line 12"``."""
        return f"line {self._rows[row - 1][0]}"

    def column_place(self, column: int) -> str:
        """Return ``"column 2"``."""
        return f"column {column}"

    def text(self, row: int, column: int) -> str:
        """Return a field's text; a field that a short row does not have is empty."""
        fields = self._rows[row - 1][1]
        if column > len(fields):
            return ""
        return checked(_unwrap(fields[column - 1]), f"{self.row_place(row)}, {self.column_place(column)}")

    def notes(self, first_row: int, columns: Sequence[int]) -> tuple[str, ...]:  # noqa: ARG002 - a text hides nothing
        """Return how the file was read, where that is not sure."""
        return self._remarks


def _unwrap(field: str) -> str:
    """Take Excel's text marking off a field."""
    marked = _EXCEL_TEXT.fullmatch(field.strip())
    return marked[1].replace('""', '"') if marked else field


def read_tables(data: bytes, name: str) -> tuple[TextTable, ...]:
    """Return the file as a table for each delimiter that could be meant, the likeliest first.

    Raises
    ------
    MapError
        When the encoding cannot be told, or fields are longer than any table's.
    """
    text, remarks = _decode(data, name)
    stated = _SEP_LINE.match(text)
    read = (_parse(text, delimiter, 1 if stated else 0) for delimiter in _candidates(name, stated))
    tables = tuple(TextTable(rows, remarks, torn_line) for rows, torn_line in read)
    if '"' not in text and all(table.torn_line for table in tables):
        raise MapError(f"The map '{name}' cannot be read as a table; save it as .xlsx or as CSV UTF-8.")
    return tables


def _candidates(name: str, stated: re.Match[str] | None) -> tuple[str, ...]:
    if stated:
        return (stated[1],)
    is_tsv = PurePosixPath(name).suffix.lower() == ".tsv"
    return ("\t", ",", ";") if is_tsv else _DELIMITERS


def _parse(text: str, delimiter: str, skipped_lines: int) -> tuple[list[tuple[int, list[str]]], int]:
    """Return (line, fields) of each row, lines counted from 1 in the whole file, and where quotation marks fail."""
    source = io.StringIO(text, newline="")
    for _ in range(skipped_lines):
        source.readline()
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = skipped_lines + 1
    try:
        for fields in reader:
            rows.append((line, fields))
            line = skipped_lines + reader.line_num + 1
    except csv.Error:  # its only causes here: a field that is not closed, goes on behind its end, or is endless
        return rows, line
    return rows, 0


def _decode(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the text, and a remark where its encoding was guessed."""
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in data:
        encoding = _utf16_without_mark(data, name)
    try:
        return data.decode(encoding), ()
    except UnicodeDecodeError:
        if encoding != "utf-8-sig":
            raise MapError(_unknown_encoding(name)) from None  # the cause quotes bytes of the map
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise MapError(_unknown_encoding(name)) from None
    return text, (f"'{name}' is not UTF-8; it was read as Windows-1252 (Western European).",)


def _utf16_without_mark(data: bytes, name: str) -> str:
    """Tell the byte order from where the zeros of Latin letters lie."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if len(data) % 2 or max(even, odd) < len(data) // 4 or min(even, odd) > max(even, odd) // 4:
        raise MapError(f"The map '{name}' is no text file; save it as .xlsx or as CSV UTF-8.")
    return "utf-16-le" if odd > even else "utf-16-be"


def _unknown_encoding(name: str) -> str:
    return f"The encoding of the map '{name}' cannot be told; save it as .xlsx or as CSV UTF-8."
