# SPDX-License-Identifier: Apache-2.0
"""Which columns of which sheet are the map: headers, their other spellings, and DICAT's table without headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PureWindowsPath

from SlicerDeidLib.errors import MapError
from SlicerDeidLib.identity.delimited import TextTable
from SlicerDeidLib.identity.tables import Table, clean

OLD_HEADERS = ("Accession_number", "original_folder_name", "DCM_DIR")
NEW_HEADERS = ("De-identification_ID", "New_ID", "new_folder_name", "Pname")
SUBJECT_HEADER = "Subject"
_NEEDED = f"{OLD_HEADERS[0]} and {NEW_HEADERS[0]}"
_SEPARATORS = re.compile(r"[\s_\-]+")
_DICAT_FOLDER = "DCM_DIR"
_SEXES = {"M": "M", "F": "F", "O": "O"}  # PS3.3 C.7.1.1; unknown is empty
_DICAT_DATE = re.compile(r"(\d{4}-?\d{2}-?\d{2})?")
_DICAT_SEX = re.compile(r"[MFOU]?|male|female|other|unknown", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the map stands; rows and columns count from 1.

    Attributes
    ----------
    header_row : int
        The map begins in the row after it; 0 when there are no headers.
    subject : int or None
        The optional column that names the person.
    birth_date, sex : int or None
        DICAT's columns of what is to be written.
    """

    table: Table
    header_row: int
    old: int
    new: int
    subject: int | None = None
    birth_date: int | None = None
    sex: int | None = None

    @property
    def used(self) -> tuple[int, ...]:
        """All columns that are read."""
        return (self.old, self.new) if self.subject is None else (self.old, self.new, self.subject)


def find_columns(tables: Sequence[Table], file: str, asked: tuple[str, str] | None) -> Columns:
    """Return the only table that holds both headers.

    Parameters
    ----------
    tables : sequence of Table
        The sheets of a workbook.
    file : str
        The file's name, for messages.
    asked : (str, str) or None
        Headers to look for instead of the known ones.

    Raises
    ------
    MapError
        When no sheet or more than one has both, or a sheet has one of them twice.
    """
    found = [columns for table in tables if (columns := _look(table, asked)) is not None]
    if not found:
        raise MapError(f"No sheet of the map '{file}' has the columns {_wanted(asked)}; {_looked_at(tables)}.")
    if len(found) > 1:
        raise MapError(
            f"More than one sheet of the map '{file}' has the columns {_wanted(asked)}: "
            f"{_names([c.table for c in found])}; keep them in one only."
        )
    return found[0]


def find_delimited(tables: Sequence[TextTable], file: str, asked: tuple[str, str] | None) -> Columns:
    """Return the columns of a delimited file, read with the delimiter that shows both headers.

    Raises
    ------
    MapError
        When no delimiter does, and the file is not DICAT's table without headers; or when quotation marks do not match.
    """
    for table in tables:
        columns = _look(table, asked)
        if columns is not None:
            _refuse_torn(table, file)
            return columns
    for table in tables:
        _refuse_torn(table, file)
        if asked is None and _is_dicat(table):
            return Columns(table, 0, 1, 2, birth_date=3, sex=4)
    raise MapError(f"The map '{file}' has no row with the columns {_wanted(asked)}; name others with --map-columns.")


def _refuse_torn(table: TextTable, file: str) -> None:
    if table.torn_line:
        raise MapError(
            f"The map '{file}' cannot be read: in the row that begins in line {table.torn_line} a field begins with a "
            'quotation mark that is not closed at its end; close it, or take it away (inside a field write "" for ").'
        )


def _wanted(asked: tuple[str, str] | None) -> str:
    return " and ".join(asked) if asked else _NEEDED


def _names(tables: Sequence[Table]) -> str:
    return ", ".join(table.name for table in tables)


def _looked_at(tables: Sequence[Table]) -> str:
    if not tables:
        return "it has no worksheet"
    return f"looked at {_names(tables)}; name other columns with --map-columns"


def _spelling(header: str) -> str:
    """Return a header without case, spaces, underscores and hyphens."""
    return _SEPARATORS.sub("", clean(header)).casefold()


def _look(table: Table, asked: tuple[str, str] | None) -> Columns | None:
    """Return the columns of the first row that holds both headers."""
    old = {_spelling(asked[0])} if asked else {_spelling(h) for h in OLD_HEADERS}
    new = {_spelling(asked[1])} if asked else {_spelling(h) for h in NEW_HEADERS}
    for row, texts in table.head():
        spelled = [_spelling(text) for text in texts]
        old_columns = [c for c, text in enumerate(spelled, 1) if text in old]
        new_columns = [c for c, text in enumerate(spelled, 1) if text in new]
        if old_columns and new_columns:
            subjects = [c for c, text in enumerate(spelled, 1) if text == _spelling(SUBJECT_HEADER)]
            subjects = [c for c in subjects if c not in (*old_columns, *new_columns)]
            found = _only(table, row, (old_columns, new_columns, subjects))
            return _with_dicats(found, spelled)
    return None


def _with_dicats(found: Columns, spelled: Sequence[str]) -> Columns:
    """Add the columns DOB and Sex, where the table's headers are DICAT's."""
    if spelled[found.old - 1] != _spelling(_DICAT_FOLDER):
        return found
    columns = {text: column for column, text in enumerate(spelled, 1)}
    return replace(found, birth_date=columns.get("dob"), sex=columns.get("sex"))


def _only(table: Table, row: int, found: tuple[list[int], list[int], list[int]]) -> Columns:
    """Return the columns when each is there once."""
    if any(len(columns) > 1 for columns in found):
        raise MapError(
            f"The map cannot be used: {table.row_place(row)} has more than one column for the same purpose; "
            "say which two count with --map-columns."
        )
    old, new, subject = found
    return Columns(table, row, old[0], new[0], subject[0] if subject else None)


def _is_dicat(table: TextTable) -> bool:
    """Tell whether all rows are DICAT's: folder, new name, date of birth, sex."""
    rows = table.fields()
    return bool(rows) and all(
        len(row) == 4 and _DICAT_DATE.fullmatch(unquote(row[2])) and _DICAT_SEX.fullmatch(unquote(row[3]))
        for row in rows
    )


def dicat_birth_date(table: Table, row: int, column: int | None) -> str:
    """Return the date of birth that DICAT's table says is to be written, as a DA; empty where it says none.

    Raises
    ------
    MapError
        If it is no day of the calendar.
    """
    text = unquote(table.text(row, column)) if column else ""
    if not text:
        return ""
    digits = text.replace("-", "") if _DICAT_DATE.fullmatch(text) else ""
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise MapError(f"The map cannot be used: the date of birth of {table.row_place(row)} is no date.") from error
    return digits


def dicat_sex(table: Table, row: int, column: int | None) -> str:
    """Return the sex that DICAT's table says is to be written: M, F or O; empty where it says none."""
    return _SEXES.get(unquote(table.text(row, column))[:1].upper(), "") if column else ""


def unquote(field: str) -> str:
    """Take the single quotes of DICAT's example off a field."""
    is_quoted = len(field) > 1 and field[0] == field[-1] == "'"
    return clean(field[1:-1]) if is_quoted else field


def dicat_folder(field: str) -> str:
    """Return the folder that DICAT's first column names: the last part of a path of any system."""
    return PureWindowsPath(unquote(field)).name
