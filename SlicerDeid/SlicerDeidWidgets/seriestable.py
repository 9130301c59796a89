# SPDX-License-Identifier: Apache-2.0
"""SeriesTable: the plan, and then the results, one row per series."""

from __future__ import annotations

import qt
from slicer.i18n import tr as _

from SlicerDeidWidgets.messages import panelWords

COLUMNS = 5
_WHAT_COLUMN = 3
_WIDTHS_PX = (95, 55, 55, 90)  # the last column takes the rest of a panel of usual width
_ROW_PX = 22
_COLORS = {"refused": "#b3261e", "left out": "#8a6d00", "released": "#1b7f3b"}  # readable on light and dark themes


class SeriesTable:
    """Fills a QTableWidget.

    Parameters
    ----------
    widget : qt.QTableWidget
        Empty; gets its columns here.
    """

    def __init__(self, widget: object) -> None:
        self._widget = widget
        widget.setColumnCount(COLUMNS)
        widget.setHorizontalHeaderLabels([_("New ID"), _("Series"), _("Images"), _("Result"), _("Why, what to know")])
        for column, width in enumerate(_WIDTHS_PX):
            widget.setColumnWidth(column, width)
        widget.horizontalHeader().setStretchLastSection(True)
        widget.verticalHeader().hide()
        widget.verticalHeader().setDefaultSectionSize(_ROW_PX)

    def clear(self) -> None:
        """Remove all rows."""
        self._widget.setRowCount(0)

    def showPlan(self, document: dict) -> None:
        """Show what would happen."""
        self.clear()
        for entry in document.get("series", []):
            verdict = entry.get("verdict", "")
            status = {"refuse": "refused", "leave out": "left out"}.get(verdict, verdict)
            number = entry.get("released") or entry.get("instances")
            what = {"refuse": _("refuse"), "leave out": _("leave out"), "release": _("release")}.get(verdict, "")
            notes = [*_steps(entry), *entry.get("notes", [])]
            self._add(entry.get("deidentification_id"), entry, number, what, status, notes)
        for problem in document.get("problems", []):
            self._add(problem.get("where"), {}, "", problem.get("severity"), "refused", [problem.get("message", "")])

    def addResult(self, event: dict) -> None:
        """Add the result of one series; the row is scrolled to."""
        status = event.get("status", "")
        shown = {"released": _("released"), "refused": _("refused"), "left out": _("left out")}.get(status, status)
        reason = [event["reason"]] if event.get("reason") else []
        self._add(event.get("patient"), event, event.get("files") or "", shown, status, reason)
        self._widget.scrollToBottom()

    def addFinding(self, event: dict) -> None:
        """Add what a human must see to the row of its series, which came just before."""
        row = self._widget.rowCount - 1
        item = self._widget.item(row, COLUMNS - 1) if row >= 0 else None
        if item is not None and event.get("message"):
            text = "; ".join(filter(None, [item.text(), panelWords(event["message"])]))
            item.setText(text)
            item.setToolTip(text)

    def _add(self, patient: str, entry: dict, images: object, what: str, status: str, notes: list[str]) -> None:
        row = self._widget.rowCount
        self._widget.setRowCount(row + 1)
        series = " ".join(str(entry[key]) for key in ("series", "modality") if key in entry)
        texts = [str(patient), series, str(images), what, panelWords("; ".join(notes))]
        for column, text in enumerate(texts):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(text)
            if column == _WHAT_COLUMN and status in _COLORS:
                item.setForeground(qt.QBrush(qt.QColor(_COLORS[status])))
            self._widget.setItem(row, column, item)


def _steps(entry: dict) -> list[str]:
    """Say what will be done to a series that is released."""
    if entry.get("verdict") != "release":
        return []
    steps = [_("headers")]
    if entry.get("deface", "none") != "none":
        steps.append(_("deface ({method})").format(method=entry["deface"]))
    if entry.get("text", "off") != "off":
        steps.append(_("text"))
    return [", ".join(steps)]
