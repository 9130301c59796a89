# SPDX-License-Identifier: Apache-2.0
"""HeaderTable: a header before and after, and the rule that did it. Its values are on the screen only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _

from SlicerDeidWidgets.columns import setColumns
from SlicerDeidWidgets.fulltext import legible, tip

if TYPE_CHECKING:
    from SlicerDeidLib.model.volume import HeaderRow

_WIDTHS_PX = (130, 85, 85, 85)  # the last column takes the rest, or more where a rule is longer
_ATTRIBUTE, _BEFORE, _AFTER, _DONE, _RULE = range(5)
_ALONE_PX = 260  # of the attribute, where only its value stands beside it
_KEPT = "kept"
_META = "(0002,"
_COLORS = {"removed": "#b3261e", "new ID": "#1b7f3b"}


class HeaderTable:
    """Fills a QTableWidget.

    Parameters
    ----------
    widget : qt.QTableWidget
        Empty; gets its columns here.
    """

    def __init__(self, widget: object) -> None:
        self._widget = widget
        self._rows: tuple[HeaderRow, ...] = ()
        names = [_("Attribute"), _("Before"), _("After"), _("What is done"), _("Rule")]
        setColumns(widget, names, _WIDTHS_PX)
        aligned = qt.Qt.AlignLeft | qt.Qt.AlignVCenter  # the middle of a wide column may be out of sight
        widget.horizontalHeader().setDefaultAlignment(aligned)

    def show(self, rows: tuple[HeaderRow, ...], words: str, isKeptShown: bool) -> None:
        """Show the rows that hold some words; those of attributes that stay only when asked for."""
        self._rows = tuple(sorted(rows, key=lambda row: row.path.startswith(_META)))  # the file's own group comes last
        isCompared = not rows or any(row.source or row.before is not None for row in rows)
        for column in (_BEFORE, _DONE, _RULE):  # of a finished series its header is shown, which nothing is done to
            self._widget.setColumnHidden(column, not isCompared)
        self._widget.setColumnWidth(_ATTRIBUTE, _WIDTHS_PX[_ATTRIBUTE] if isCompared else _ALONE_PX)
        self.filter(words, isKeptShown)

    def filter(self, words: str, isKeptShown: bool) -> None:
        """Choose again what is shown of the rows."""
        words = words.strip().lower()
        shown = [(row, texts) for row in self._rows for texts in [_texts(row)] if isKeptShown or row.action != _KEPT]
        shown = [(row, texts) for row, texts in shown if words in " ".join(texts).lower()]
        self._widget.setRowCount(len(shown))
        for number, (row, texts) in enumerate(shown):
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(legible(text))
                item.setToolTip(tip(text))
                if row.action in _COLORS:
                    item.setForeground(qt.QBrush(qt.QColor(_COLORS[row.action])))
                self._widget.setItem(number, column, item)
        self._showRules()

    def _showRules(self) -> None:
        """Give the last column the rest of the table, or what its longest text needs; the table scrolls then."""
        header = self._widget.horizontalHeader()
        header.setStretchLastSection(True)
        needed = self._widget.sizeHintForColumn(_RULE)
        if not self._widget.isColumnHidden(_RULE) and needed > self._widget.columnWidth(_RULE):
            header.setStretchLastSection(False)
            self._widget.setColumnWidth(_RULE, needed)


def _texts(row: HeaderRow) -> list[str]:
    """Return a row's cells; an attribute that is not there has none."""
    name = f"{row.keyword or _('private')} {row.path}"
    return [name, row.before or "", row.after or "", row.action, row.source]
