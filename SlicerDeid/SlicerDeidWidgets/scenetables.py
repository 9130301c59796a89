# SPDX-License-Identifier: Apache-2.0
"""What a table says: names and properties of its columns, texts in its cells, numbers of records.

A column is known by its data. Rows have no IDs: as long as nothing in the table was changed they are known by their
number, then by what stands in them, if that stands in no other row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from SlicerDeidWidgets import scenenumbers
from SlicerDeidWidgets.scenedata import Said, said
from SlicerDeidWidgets.scenetrace import Entry
from SlicerDeidWidgets.scenewords import cleanedTitle, isUnit

if TYPE_CHECKING:
    from SlicerDeidLib import FreeText

_SCHEMA_NAME = "columnName"  # the property that says whose properties stand in a row of the schema
_TECHNICAL = frozenset({_SCHEMA_NAME, "type", "nullValue", "componentNames"})  # properties that reading a file needs


def texts(node: object, judge: FreeText) -> Iterator[Said]:
    """Yield what becomes of the texts of a table, cells last: so nothing else changes the table between two cells.

    Columns of numbers that tell of somebody go as a whole.
    """
    columns = _columnsOf(node)
    for number, column in enumerate(columns):
        name = column.GetName() or ""
        for what in _propertiesOf(node):
            value = node.GetColumnProperty(name, what) or ""
            if not isUnit(value, judge) and judge.cleaned(value) != value:
                yield said(_("property of a column"), _property(node, column, what), value, judge.cleaned(value))
        after = _nameAfter(name, number, judge)
        if after != name:
            yield said(_("title of a column"), _name(node, column), name, after)
    for number, name in enumerate(_propertiesOf(node)):
        if judge.tells(name):
            instead = _("Property {n}").format(n=number + 1)
            yield said(_("name of a property"), _nameOfProperty(node, name), name, instead)
    for column in columns:
        shown = scenenumbers.told(column, judge)
        if shown:
            yield _removal(node, column, shown)
    rows = _Rows(node)
    for column in columns:
        for row in range(node.GetNumberOfRows() if column.IsA("vtkStringArray") else 0):
            text = column.GetValue(row)
            if not scenenumbers.areMeasured(text, judge) and judge.cleaned(text) != text:
                yield rows.cell(column, row, text, judge.cleaned(text))


def names(node: object, judge: FreeText) -> dict[str, str]:
    """Return what becomes of the names of a table's columns."""
    earlier = [column.GetName() or "" for column in _columnsOf(node)]
    return {name: _nameAfter(name, number, judge) for number, name in enumerate(earlier)}


def _nameAfter(name: str, number: int, judge: FreeText) -> str:
    instead, after = _("Column {n}").format(n=number + 1), cleanedTitle(name, judge)
    return name if name in (instead, after) else after or instead


def _columnsOf(node: object) -> list[object]:
    return [node.GetTable().GetColumn(n) for n in range(node.GetNumberOfColumns())]


def _propertiesOf(node: object) -> list[str]:
    """Return the properties that columns of a table have, beyond those that reading it from a file needs."""
    schema = node.GetSchema()
    found = [] if schema is None else [schema.GetColumnName(n) for n in range(schema.GetNumberOfColumns())]
    return [name for name in found if name not in _TECHNICAL]


def _isIn(node: object, column: object) -> Callable[[], bool]:
    """Return what says whether a column is still one of a table in the scene."""
    return lambda: node.GetScene() is not None and any(each is column for each in _columnsOf(node))


def _name(node: object, column: object) -> Entry:
    def write(text: str) -> None:
        node.RenameColumn(_placeOf(_columnsOf(node), column), text)

    return Entry(_isIn(node, column), lambda: column.GetName() or "", write)


def _removal(node: object, column: object, shown: str) -> Said:
    """Return a column of numbers that goes, and comes back to its place if the table has as many rows as before."""
    before: list[object] = []

    def remove() -> bool:
        before[:] = _columnsOf(node)
        if not _isIn(node, column)():
            return False
        node.GetTable().RemoveColumn(_placeOf(before, column))  # the schema keeps what is said of it
        node.Modified()
        return True

    def restore() -> bool:
        now, rows = _columnsOf(node), column.GetNumberOfTuples()
        isAsLong = all(each.GetNumberOfTuples() == rows for each in now)
        if node.GetScene() is None or _placeOf(now, column) >= 0 or not isAsLong:
            return False
        earlier = before[: _placeOf(before, column)]
        node.GetTable().InsertColumn(column, sum(_placeOf(earlier, each) >= 0 for each in now))
        node.Modified()
        return True

    return Said(_("column of numbers"), shown, "", remove, restore)


def _placeOf(columns: list[object], column: object) -> int:
    """Return which of the columns it is; -1: none."""
    return next((number for number, each in enumerate(columns) if each is column), -1)


def _property(node: object, column: object, what: str) -> Entry:
    return Entry(
        _isIn(node, column),
        lambda: node.GetColumnProperty(column.GetName() or "", what) or "",
        lambda text: node.SetColumnProperty(column.GetName() or "", what, text),
    )


def _nameOfProperty(node: object, name: str) -> Entry:
    held = node.GetSchema().GetColumnByName(name)
    return Entry(
        lambda: node.GetScene() is not None and node.GetSchema().GetColumnByName(held.GetName()) is held,
        held.GetName,
        held.SetName,
    )


class _Rows:
    """The rows of one table, in which a cell is found again."""

    def __init__(self, node: object) -> None:
        self._node = node
        self._columns = _columnsOf(node)
        self._left: list[list[str]] = []  # what stood in each row when the last cell had been changed
        self._changed = -1  # when that was
        self._places: dict[int, int] | None = None

    def cell(self, column: object, row: int, before: str, after: str) -> Said:
        """Return the text of a cell that becomes another one."""
        isThere = _isIn(self._node, column)

        def remove() -> bool:
            if not isThere() or row >= column.GetNumberOfValues() or column.GetValue(row) != before:
                return False
            self._write(column, row, after)
            if self._places is not None or not self._left:
                self._left, self._places = self._read(), None
            self._left[row][_placeOf(self._columns, column)] = after
            self._changed = self._modified()
            return True

        def restore() -> bool:
            if self._places is None:
                self._places = self._find()
            place = self._places.get(row) if isThere() else None
            if place is None or column.GetValue(place) != after:
                return False
            self._write(column, place, before)
            return True

        return Said(_("cell"), before, after, remove, restore)

    def _write(self, column: object, row: int, text: str) -> None:
        self._node.SetCellText(row, _placeOf(_columnsOf(self._node), column), text)

    def _read(self) -> list[list[str]]:
        """Return what stands in each row, by the columns that were there at first."""
        return [
            [
                column.GetVariantValue(row).ToString() if row < column.GetNumberOfTuples() else ""
                for column in self._columns
            ]
            for row in range(self._node.GetNumberOfRows())
        ]

    def _modified(self) -> int:
        return max(each.GetMTime() for each in (self._node.GetTable(), *_columnsOf(self._node)))

    def _find(self) -> dict[int, int]:
        """Return where each row stands now, as far as that is certain."""
        if self._modified() == self._changed:
            return {row: row for row in range(len(self._left))}
        now = [tuple(row) for row in self._read()]
        earlier = [tuple(row) for row in self._left]
        once = {row for row, times in Counter(now).items() if times == 1}
        once &= {row for row, times in Counter(earlier).items() if times == 1}
        return {n: now.index(row) for n, row in enumerate(earlier) if row in once}
