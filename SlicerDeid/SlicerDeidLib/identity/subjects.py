# SPDX-License-Identifier: Apache-2.0
"""The map of patients: who becomes whom, read without guessing, and the rules on new IDs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from SlicerDeidLib.errors import MapError
from SlicerDeidLib.identity.columns import (
    Columns,
    dicat_birth_date,
    dicat_folder,
    dicat_sex,
    find_columns,
    find_delimited,
    unquote,
)
from SlicerDeidLib.identity.delimited import read_tables
from SlicerDeidLib.identity.newids import check_map, check_new_id
from SlicerDeidLib.identity.rows import MapRow, Match
from SlicerDeidLib.identity.tables import clean
from SlicerDeidLib.identity.workbook import Workbook

__all__ = ["MapRow", "SubjectMap", "check_map", "check_new_id", "clean", "read_map"]

_WORKBOOKS = (".xlsx", ".xlsm")
_DELIMITED = (".csv", ".tsv")
_LARGEST_FILE_BYTES = 256 << 20  # a million rows of text are some 50 MB


@dataclass(frozen=True, slots=True)
class SubjectMap:
    """A map as read; :func:`check_map` says whether it may be used.

    Attributes
    ----------
    rows : tuple of MapRow
        In the order of the file, empty rows left out.
    notes : tuple of str
        What the user should know: hidden rows that were read, a guessed encoding, rows that were skipped.
    match : str
        What the first column names: ``"folder"``, ``"accession"`` or ``"patient-id"``.
    """

    rows: tuple[MapRow, ...]
    notes: tuple[str, ...] = field(default=())
    match: Match = "folder"


def read_map(path: Path, columns: tuple[str, str] | None = None, match: Match = "folder") -> SubjectMap:
    """Read a map from a workbook or a delimited file.

    Parameters
    ----------
    path : Path
        .xlsx, .xlsm, .csv or .tsv.
    columns : (str, str), optional
        Headers of the original's column and of the new ID's; default: the known ones (``columns.OLD_HEADERS``).
    match : str
        What the original's column names: ``"folder"``, the patients' folders; ``"accession"`` or ``"patient-id"``,
        what the headers say.

    Raises
    ------
    MapError
        One sentence with file, sheet, row and column; never what a cell holds.
    """
    path = Path(path)
    if match not in get_args(Match):
        raise MapError(f"A map names patients by {', '.join(get_args(Match))}, and by nothing else; choose one.")
    _check_name(path)
    data = _read(path)
    if path.suffix.lower() in _WORKBOOKS:
        found = find_columns(Workbook(data, path.name).tables, path.name, columns)
    else:
        found = find_delimited(read_tables(data, path.name), path.name, columns)
    hints = found.table.notes(max(found.header_row, 1), found.used)
    if found.header_row == 0:
        if match != "folder":
            raise MapError(f"'{path.name}' is DICAT's table without headers, which names folders; match it by folder.")
        hints += (f"'{path.name}' has no headers; it was read as DICAT's table.",)
    skipped: list[str] = []
    rows = tuple(_rows(found, skipped))
    if not rows:
        raise MapError(f"The map '{path.name}' has no row below its headers; write one row per patient.")
    return SubjectMap(rows, (*hints, *skipped), match)


def _check_name(path: Path) -> None:
    """Refuse by the name what needs no look inside."""
    suffix = path.suffix.lower()
    if path.name.startswith(("~$", ".~lock.")):
        raise MapError(f"'{path.name}' is the lock file of a map that is open elsewhere; name the map itself.")
    if suffix == ".xls":
        raise MapError(f"The map '{path.name}' is an .xls workbook; save it as .xlsx.")
    if suffix not in _WORKBOOKS + _DELIMITED:
        raise MapError(f"The map '{path.name}' is none of .xlsx, .xlsm, .csv and .tsv; save it as .xlsx.")


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise MapError(f"The map '{path.name}' is a folder; name a file.")
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            raise MapError(f"The map '{path.name}' is larger than 256 MB; save the two columns alone as .csv.")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise MapError(f"The map '{path.name}' does not exist; check its name and folder.") from error
    except OSError as error:
        raise MapError(
            f"The map '{path.name}' cannot be read ({error.strerror}); close it elsewhere and check who may read it."
        ) from error
    if not data.strip():
        raise MapError(f"The map '{path.name}' is empty; write one row per patient.")
    return data


def _rows(found: Columns, skipped: list[str]) -> Iterator[MapRow]:
    """Yield the rows that name somebody."""
    table = found.table
    third = table.column_place(found.subject) if found.subject else ""
    places = (table.column_place(found.old), table.column_place(found.new), third)
    for row in range(found.header_row + 1, table.last_row + 1):
        old, new = table.text(row, found.old), table.text(row, found.new)
        subject = table.text(row, found.subject) if found.subject else ""
        if found.header_row == 0:
            old, new = dicat_folder(old), unquote(new)
        born, sex = dicat_birth_date(table, row, found.birth_date), dicat_sex(table, row, found.sex)
        if old or new:
            yield MapRow(old, new, subject, table.row_place(row), places, born, sex)
        elif subject:
            skipped.append(f"{table.row_place(row)} names a subject but no patient; it was skipped.")
