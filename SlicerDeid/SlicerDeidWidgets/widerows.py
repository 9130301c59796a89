# SPDX-License-Identifier: Apache-2.0
"""WideRows: rows of a tree that use its whole width, and show in it what is to be known of them.

Qt cuts a text off at its end, where a patient's counts stand, and what to do about a problem. So a long ID is cut in
its middle here, and a problem takes as many lines as its sentence needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import qt

from SlicerDeidWidgets.fulltext import legible, tip
from SlicerDeidWidgets.naturalorder import WHOLE
from SlicerDeidWidgets.tablerow import NAME

_GAP = "   "  # between whose row it is and what is said of it
_LEAST_PX = 90  # of what is cut: some five letters on either side
_BESIDE_PX = 14  # what Qt leaves free around a text, and then some
_MOST_LINES = 5  # of a problem, so that the table shows others too


@dataclass
class WideRow:
    """One of them.

    Attributes
    ----------
    item : qt.QTreeWidgetItem
    isWrapped : bool
        Whether its words wrap; else it is one line, of which the title is cut.
    title, origin, kind, words : str
        Whose row it is, the original names where they are wished for, what kind of row, which its colour says too, and
        what is said of it.
    """

    item: object
    isWrapped: bool
    title: str = ""
    origin: str = ""
    kind: str = ""
    words: str = ""

    @property
    def whole(self) -> str:
        """What it says, however wide the tree is."""
        return self.named(self.title, self.origin) + self.said

    @staticmethod
    def named(title: str, origin: str) -> str:
        """Return whose row it is, with the original names behind."""
        return f"{title}  ({origin})" if origin else title

    @property
    def said(self) -> str:
        """What is said of whose row it is."""
        return _GAP + ": ".join(filter(None, [self.kind, self.words]))


class WideRows(qt.QObject):
    """Fits rows to the width of a QTreeWidget whenever that changes."""

    def __init__(self, tree: object) -> None:
        qt.QObject.__init__(self)
        self._tree = tree
        self._rows: list[WideRow] = []
        self._new: list[object] = []
        tree.viewport().installEventFilter(self)

    def add(self, item: object, isWrapped: bool) -> WideRow:
        """Take a row of the tree, whose first column is shown over all others once ``span`` is called."""
        row = WideRow(item, isWrapped)
        self._rows.append(row)
        self._new.append(item)
        return row

    def span(self) -> None:
        """Let new rows use the whole width; each lays out all rows that were added before."""
        while self._new:
            self._new.pop().setFirstColumnSpanned(True)

    def clear(self) -> None:
        """Know of no row any more."""
        self._rows, self._new = [], []

    def say(self, row: WideRow, title: str, kind: str, words: str, origin: str = "") -> None:
        """Write into a row whose it is and what is said of it; the tool tip says it whole."""
        row.title, row.origin, row.kind, row.words = map(legible, (title, origin, kind, words))
        row.item.setData(NAME, WHOLE, row.whole)
        row.item.setToolTip(NAME, tip(row.whole))
        self._fit(row)

    def eventFilter(self, viewport: object, event: object) -> bool:
        """Fit all rows to a new width."""
        if event.type() in (qt.QEvent.Resize, qt.QEvent.Show):
            wasBlocked = self._tree.blockSignals(True)  # nothing of them is said otherwise
            for row in self._rows:
                self._fit(row)
            self._tree.blockSignals(wasBlocked)
        return False

    def _fit(self, row: WideRow) -> None:
        row.item.setText(NAME, self._fitted(row) if self._tree.visible else row.whole)  # only then its width is known

    def _fitted(self, row: WideRow) -> str:
        metrics = self._tree.fontMetrics()
        width = self._tree.viewport().property("width") - self._tree.indentation - _BESIDE_PX
        if row.isWrapped:
            return "\n".join(_lines(row.whole, metrics, width))
        width -= metrics.height()  # its box is as wide as a line is high
        if metrics.horizontalAdvance(row.whole) <= width:
            return row.whole
        named = row.named(row.title, row.origin)
        for said in (row.said, _GAP + row.words):
            room = width - metrics.horizontalAdvance(said)
            if room >= min(_LEAST_PX, metrics.horizontalAdvance(named)):
                break
        return _cut(row, metrics, max(room, _LEAST_PX)) + said


def _cut(row: WideRow, metrics: object, room: int) -> str:
    """Return whose row it is in so many pixels; ID and original names are cut each by itself: both tell it apart."""
    named = row.named(row.title, row.origin)
    if not row.origin or metrics.horizontalAdvance(named) <= room:
        return metrics.elidedText(named, qt.Qt.ElideMiddle, room)
    room -= metrics.horizontalAdvance(row.named("", " "))
    title = min(metrics.horizontalAdvance(row.title), max(room // 2, room - metrics.horizontalAdvance(row.origin)))
    parts = ((row.title, title), (row.origin, room - title))
    return row.named(*(metrics.elidedText(text, qt.Qt.ElideMiddle, width) for text, width in parts))


def _lines(text: str, metrics: object, width: int) -> list[str]:
    """Return a text in lines of a width, which end between words; the last one holds whatever is left."""
    lines, rest = [], text
    while rest and len(lines) < _MOST_LINES - 1 and metrics.horizontalAdvance(rest) > width:
        count = _fitting(rest, metrics, width)
        end = rest.rfind(" ", 0, count + 1)
        end = count if end <= 0 else end
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*lines, rest] if rest else lines


def _fitting(text: str, metrics: object, width: int) -> int:
    """Return how many letters of a text fit into a width, one at least."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if metrics.horizontalAdvance(text[:middle]) <= width else (low, middle - 1)
    return low
