# SPDX-License-Identifier: Apache-2.0
"""The sheets of an Excel workbook as tables; numbers are read as Excel shows them, or not at all."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from SlicerDeidLib.errors import MapError
from SlicerDeidLib.identity.rawcells import RawCells, read_cells, read_strings, unescape
from SlicerDeidLib.identity.tables import HEAD_ROWS, checked, clean, refuse

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # MS-CFB 2.2: .xls, and .xlsx that was encrypted
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # MS-OFFCRYPTO 1.3.2, name of the stream
_LARGEST_UNPACKED_BYTES = 1 << 30  # a million rows of two columns unpack to about 100 MB
_EXACT_BELOW = 10**15  # Excel keeps 15 decimal digits
_PLAIN_FORMATS = frozenset({"General", "GENERAL", "@", "0", "#"})
_ZEROS = re.compile(r"0+")
_HEAD_COLUMNS = 1000  # columns in which headers are looked for
_AS_TEXT = "format the column as text and enter it again"
# what openpyxl, zipfile and the XML parser raise for a damaged workbook
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, SyntaxError, NotImplementedError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError),
)


class SheetTable:
    """One worksheet."""

    def __init__(self, book: Workbook, sheet: Any) -> None:
        self._book = book
        self._sheet = sheet
        self._formats: dict[str, int | None] = {}
        self._read_raw: RawCells | None = None

    @property
    def name(self) -> str:
        """``"sheet 'Map'"``."""
        return f"sheet '{self._sheet.title}'"

    @property
    def last_row(self) -> int:
        """The last row that may hold something."""
        return int(self._sheet.max_row)

    def head(self) -> Sequence[tuple[int, Sequence[str]]]:
        """Return the texts of the first rows; what is not text is left empty."""
        last_column = min(self._sheet.max_column, _HEAD_COLUMNS)
        rows = self._sheet.iter_rows(max_row=min(self.last_row, HEAD_ROWS), max_col=last_column)
        return [
            (
                number,
                [clean(unescape(c.value)) if isinstance(c.value, str) and c.data_type != "f" else "" for c in cells],
            )
            for number, cells in enumerate(rows, 1)
        ]

    def row_place(self, row: int) -> str:
        """Return ``"sheet 'Map', row 12"``."""
        return f"{self.name}, row {row}"

    def column_place(self, column: int) -> str:
        """Return ``"column B"``."""
        from openpyxl.utils import get_column_letter

        return f"column {get_column_letter(column)}"

    def _place(self, row: int, column: int) -> str:
        return f"{self.row_place(row)}, {self.column_place(column)}"

    @property
    def _raw(self) -> RawCells:
        if self._read_raw is None:
            self._read_raw = self._book.raw_cells(self._sheet)
        return self._read_raw

    def text(self, row: int, column: int) -> str:
        """Return a cell's text as Excel shows it.

        Raises
        ------
        MapError
            For dates, booleans, errors, numbers that are not whole, that have over 15 digits or a number format other
            than zeros, and for formulas whose result was not stored.
        """
        cell = self._sheet._cells.get((row, column))  # openpyxl's cell() would make a million empty ones
        if cell is None:
            return ""
        value, kind = cell.value, cell.data_type
        if kind == "f":
            value, kind = self._result(row, column)
        if value is None:
            return ""
        if kind == "e":
            raise refuse(self._place(row, column), "holds a spreadsheet error; write the value itself")
        if isinstance(value, str):
            return checked(self._raw.texts.get((row, column), value), self._place(row, column))
        return self._number(value, cell.number_format, self._place(row, column))

    def _result(self, row: int, column: int) -> tuple[Any, str]:
        """Return the stored result of a formula and its kind; an empty text is stored, but openpyxl drops it."""
        if (row, column) in self._raw.blank_results:
            return None, "s"
        cell = self._book.results()[self._sheet.title].cell(row, column)
        if cell.value is None:
            raise refuse(
                self._place(row, column), "holds a formula without a stored result; open and save the map in Excel"
            )
        return cell.value, cell.data_type

    def _number(self, value: object, number_format: str, place: str) -> str:
        if isinstance(value, bool):
            raise refuse(place, f"holds a truth value; {_AS_TEXT}")
        if isinstance(value, (datetime, date, time, timedelta)):
            raise refuse(place, f"holds a date or time; {_AS_TEXT}")
        if isinstance(value, (int, float)) and abs(value) >= _EXACT_BELOW:  # read as a float when it has an exponent
            raise refuse(place, f"holds a number of more than 15 digits, which Excel has rounded; {_AS_TEXT}")
        if not isinstance(value, int):
            raise refuse(place, f"holds a number that is not whole; {_AS_TEXT}")
        digits = self._digits(number_format)
        if digits is None:
            raise refuse(place, f"shows a number in a format other than zeros; {_AS_TEXT}")
        return ("-" if value < 0 else "") + str(abs(value)).zfill(digits)

    def _digits(self, number_format: str) -> int | None:
        """Return how many digits a format shows at least; None when it shows more than digits."""
        if number_format not in self._formats:
            shown = _ZEROS.fullmatch(number_format)
            plain = 1 if number_format in _PLAIN_FORMATS else None
            self._formats[number_format] = len(number_format) if shown else plain
        return self._formats[number_format]

    def notes(self, first_row: int, columns: Sequence[int]) -> tuple[str, ...]:
        """Say which hidden rows, columns and sheets were read; refuse merged and repeated cells in the columns."""
        for row, column in self._raw.repeated:
            if row == first_row or (row > first_row and column in columns):
                raise refuse(
                    self._place(row, column), "is stored more than once; copy the map's values into a new workbook"
                )
        for merged in self._sheet.merged_cells.ranges:
            touched = [c for c in columns if merged.min_col <= c <= merged.max_col]
            if touched and merged.max_row >= first_row:
                place = self._place(max(merged.min_row, first_row), touched[0])
                raise refuse(place, "is merged with other cells; undo the merging and fill every row")
        return tuple(self._hidden(first_row, columns))

    def _hidden(self, first_row: int, columns: Sequence[int]) -> Iterator[str]:
        if self._sheet.sheet_state != "visible":
            yield f"{self.name} is hidden; it was read."
        rows = sorted(
            number
            for number, row in self._sheet.row_dimensions.items()
            if row.hidden and first_row <= number <= self.last_row
        )
        if rows:
            yield f"{self.name}: hidden rows were read: {_ranges(rows)}."
        dimensions = self._sheet.column_dimensions.values()
        if any(d.hidden and any(d.min <= c <= d.max for c in columns) for d in dimensions if d.min and d.max):
            yield f"{self.name}: a hidden column was read."


class Workbook:
    """An .xlsx or .xlsm file in memory.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        The file's name, for messages.

    Raises
    ------
    MapError
        When it is no workbook, encrypted, an .xls, damaged or far too large.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name
        self._results: Any = None
        self._strings: dict[int, str] | None = None
        _check_container(data, name)
        reader = self._load(data_only=False)
        self._strings_part, parts = _parts(reader)
        self._parts = dict(zip(reader.wb.worksheets, parts, strict=True))
        self.tables = tuple(SheetTable(self, sheet) for sheet in self._parts)

    def results(self) -> Any:
        """Return the workbook with formulas replaced by their stored results; read at the first formula only."""
        if self._results is None:
            self._results = self._load(data_only=True).wb
        return self._results

    def raw_cells(self, sheet: Any) -> RawCells:
        """Return what openpyxl has dropped from a worksheet."""
        try:
            with zipfile.ZipFile(io.BytesIO(self._data)) as container:
                if self._strings is None and self._strings_part:
                    with container.open(self._strings_part) as part:
                        self._strings = read_strings(part)
                with container.open(self._parts[sheet]) as part:
                    return read_cells(part, self._strings or {})
        except _DAMAGED:
            raise MapError(_damaged(self._name)) from None

    def _load(self, *, data_only: bool) -> Any:
        """Return openpyxl's reader after its work: it knows the workbook, and which part a sheet came from."""
        from openpyxl.reader.excel import ExcelReader  # a run without an Excel map never comes here

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # extensions of Excel that hold no cell values
                # hidden rows and merged cells are not told in openpyxl's read-only mode
                reader = ExcelReader(io.BytesIO(self._data), data_only=data_only, keep_links=False)
                reader.read()
        except _DAMAGED:
            raise MapError(_damaged(self._name)) from None  # openpyxl's errors quote cells
        return reader


def _parts(reader: Any) -> tuple[str, list[str]]:
    """Return the part of the shared strings, ``""`` without them, and those of the worksheets in their order."""
    from openpyxl.xml.constants import SHARED_STRINGS

    strings = reader.package.find(SHARED_STRINGS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sheets without a part, of which the reading has warned
        sheets = [rel for _, rel in reader.parser.find_sheets()]
    worksheets = [rel.target for rel in sheets if rel.target in reader.valid_files and "chartsheet" not in rel.Type]
    return (strings.PartName[1:] if strings is not None else ""), worksheets


def _damaged(name: str) -> str:
    return f"The map '{name}' is damaged or no Excel workbook; open it in Excel and save it as .xlsx."


def _check_container(data: bytes, name: str) -> None:
    """Look at the container before openpyxl does."""
    if data.startswith(_OLE_MAGIC):
        if _ENCRYPTED in data:
            raise MapError(f"The map '{name}' is protected by a password; save it without one.")
        raise MapError(f"The map '{name}' is an .xls workbook of before 2007; save it as .xlsx.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            members = container.infolist()
    except _DAMAGED as error:
        raise MapError(_damaged(name)) from error
    if any(member.flag_bits & 1 for member in members):  # APPNOTE 4.4.4: encrypted
        raise MapError(f"The map '{name}' is protected by a password; save it without one.")
    if sum(member.file_size for member in members) > _LARGEST_UNPACKED_BYTES:
        raise MapError(f"The map '{name}' unpacks to more than 1 GB; save the sheet with the two columns as .csv.")


def _ranges(numbers: Sequence[int]) -> str:
    """Write ascending row numbers as ``"4, 7-9"``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("-".join(str(n) for n in run) for run in runs)
