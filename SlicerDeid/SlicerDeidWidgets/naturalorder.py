# SPDX-License-Identifier: Apache-2.0
"""NaturalOrder: sorts a tree by the column that is clicked, numbers in texts as numbers.

Qt compares texts by their letters, and PythonQt cannot give an item another comparison. So every item gets its rank in
a hidden column, and Qt sorts by that: what is hidden, folded or selected stays so.
"""

from __future__ import annotations

import re

import qt

_NUMBER = re.compile(r"(\d+)")
_NO_COLUMN = -1
WHOLE = qt.Qt.UserRole + 1
"""The role in which an item keeps a text that is shown shortened, so that it sorts by the whole one."""


class NaturalOrder:
    """Sorts when a title of a QTreeWidget is clicked; until then items stand as they came.

    Parameters
    ----------
    tree : qt.QTreeWidget
    column : int
        How many columns it shows; one more is added and hidden.
    """

    def __init__(self, tree: object, column: int) -> None:
        self._tree, self._rankColumn = tree, column
        self._column, self._isDescending = _NO_COLUMN, False
        self._header = qt.QHeaderView(qt.Qt.Horizontal, tree)
        self._header.setSectionsClickable(True)
        # a narrow column shows how a title begins
        self._header.setDefaultAlignment(qt.Qt.AlignLeft | qt.Qt.AlignVCenter)
        self._header.connect("sectionClicked(int)", self._onTitle)
        tree.setHeader(self._header)
        tree.setSortingEnabled(False)
        tree.setColumnCount(column + 1)
        tree.setColumnHidden(column, True)

    def sort(self) -> None:
        """Sort again, as the user chose."""
        if self._column == _NO_COLUMN:
            return
        tree = self._tree
        wasBlocked = tree.blockSignals(True)
        tops = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount)]
        self._rank(tops)
        for top in tops:
            self._rank([top.child(number) for number in range(top.childCount())])
        tree.sortItems(self._rankColumn, qt.Qt.DescendingOrder if self._isDescending else qt.Qt.AscendingOrder)
        tree.blockSignals(wasBlocked)

    def _rank(self, items: list[object]) -> None:
        """Write into items the places they have by the chosen column."""
        for rank, item in enumerate(sorted(items, key=lambda each: naturalKey(wholeText(each, self._column)))):
            item.setData(self._rankColumn, qt.Qt.DisplayRole, rank)

    def _onTitle(self, column: int) -> None:
        """Sort by a column; the other way round when it is clicked again."""
        self._isDescending = column == self._column and not self._isDescending
        self._column = column
        self._header.setSortIndicatorShown(True)
        self._header.setSortIndicator(column, qt.Qt.DescendingOrder if self._isDescending else qt.Qt.AscendingOrder)
        self.sort()


def wholeText(item: object, column: int) -> str:
    """Return what a column of an item says, also where it is shown shortened."""
    return item.data(column, WHOLE) or item.text(column)


def naturalKey(text: str) -> list[tuple[int, int, str]]:
    """Return by what a text sorts: its numbers by their value, before letters, whose case does not count."""
    pieces = [piece for piece in _NUMBER.split(text) if piece]
    return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece.casefold()) for piece in pieces]
