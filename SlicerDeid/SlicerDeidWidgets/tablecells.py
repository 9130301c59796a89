# SPDX-License-Identifier: Apache-2.0
"""Cells of the table of series: how a row is added, written and coloured."""

from __future__ import annotations

import qt

from SlicerDeidWidgets.fulltext import legible, tip
from SlicerDeidWidgets.tablerow import RESULT, WHY

_COLORS = {
    "refused": "#b3261e",
    "left out": "#8a6d00",
    "released": "#1b7f3b",
    "held": "#1f5fa8",
}  # readable on light and dark themes


def added(parent: object, texts: list[object]) -> object:
    """Add a row to a tree, or below one of its rows; returns the QTreeWidgetItem."""
    item = qt.QTreeWidgetItem(parent)
    for column, text in enumerate(texts):
        if isinstance(text, int):  # sorts as a number
            item.setData(column, qt.Qt.DisplayRole, text)
        elif column == WHY:
            write(item, column, str(text))
        elif text:  # short: it needs no tool tip, and 300 patients have thousands of cells
            item.setText(column, legible(str(text)))
    return item


def write(item: object, column: int, text: str) -> None:
    """Write a text that may be longer than its column is wide."""
    item.setText(column, legible(text))
    item.setToolTip(column, tip(text))


def color(item: object, status: str, column: int = RESULT) -> None:
    """Write a cell in the colour of what becomes of a series; in that of all texts where it has none."""
    brush = qt.QBrush(qt.QColor(_COLORS[status])) if status in _COLORS else qt.QBrush()
    item.setForeground(column, brush)
