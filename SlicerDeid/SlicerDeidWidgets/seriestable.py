# SPDX-License-Identifier: Apache-2.0
"""SeriesTable: the plan, and then the results, grouped by patient; series can be unticked, filtered and sorted.

Items know their place in our lists by a number: PythonQt wraps an item anew each time it hands it out, so it cannot
be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import qt
from slicer.i18n import tr as _

from SlicerDeidWidgets.messages import panelWords

NAME, STUDY, KIND, IMAGES, RESULT, WHY = range(6)
_WIDTHS_PX = (150, 42, 36, 50, 66)  # the last column takes the rest
_COLORS = {
    "refused": "#b3261e",
    "left out": "#8a6d00",
    "released": "#1b7f3b",
    "held": "#1f5fa8",
}  # readable on light and dark themes
_STATUS = {"refuse": "refused", "leave out": "left out", "release": "release"}
ALL, ATTENTION, RELEASE = "all", "attention", "release"


@dataclass
class Row:
    """One series of the table.

    Attributes
    ----------
    patient, scan, number : str, int, int
        By which plan and events name a series.
    folder, original : str
        The patient's own folder, and the accession number or Patient ID by which the list names it, if it does so; for
        the screen and for previews only.
    status : str
        ``"release"``, ``"released"``, ``"refused"`` or ``"left out"``.
    """

    patient: str
    scan: int
    number: int
    status: str
    folder: str = field(default="", repr=False)
    needsAttention: bool = False
    seconds: float = 0.0
    bytes: int = 0
    original: str = field(default="", repr=False)
    item: object = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """The series as the command line names it."""
        return f"{self.patient}/{self.scan}/{self.number}" if self.scan else f"{self.patient}/{self.number}"

    @property
    def isTicked(self) -> bool:
        """Whether the user wants it released."""
        return self.status == "release" and self.item.checkState(NAME) == qt.Qt.Checked


class SeriesTable:
    """Fills a QTreeWidget.

    Parameters
    ----------
    tree : qt.QTreeWidget
        Empty; gets its columns here.
    """

    def __init__(self, tree: object) -> None:
        self._tree = tree
        self._rows: list[Row] = []
        self._groups: dict[tuple[str, int], object] = {}
        self._problems: list[object] = []
        self._isTicking = False
        names = [_("Patient, series"), _("Study"), _("Kind"), _("Images"), _("Result"), _("Why, what to know")]
        tree.setColumnCount(len(names))
        tree.setHeaderLabels(names)
        for column, width in enumerate(_WIDTHS_PX):
            tree.setColumnWidth(column, width)
        tree.header().setStretchLastSection(True)
        tree.header().setSortIndicator(-1, qt.Qt.AscendingOrder)  # as they come, until the user sorts
        tree.connect("itemChanged(QTreeWidgetItem*,int)", self._changed)

    @property
    def rows(self) -> list[Row]:
        """The series, in the order they came."""
        return list(self._rows)

    def clear(self) -> None:
        """Remove all rows."""
        self._tree.clear()
        self._rows, self._groups, self._problems = [], {}, []

    def showPlan(self, document: dict) -> None:
        """Show what would happen: problems first, then patients that need attention, then the others."""
        self.clear()
        self._tree.setSortingEnabled(False)
        for problem in document.get("problems", []):
            item = self._added(self._tree, [problem.get("where", ""), "", "", "", "", problem.get("message", "")])
            item.setText(RESULT, _("problem") if problem.get("severity") == "error" else _("warning"))
            self._color(item, "refused" if problem.get("severity") == "error" else "left out")
            self._problems.append(item)
        byPatient: dict[tuple[str, int], list[dict]] = {}
        for entry in document.get("series", []):
            byPatient.setdefault((entry.get("deidentification_id", ""), entry.get("scan", 0)), []).append(entry)
        entries = sorted(byPatient.values(), key=lambda several: not any(map(_needsAttention, several)))
        for several in entries:
            for entry in several:
                self._addPlanned(entry)
        for key in self._groups:
            self._summarise(key)
        self._tree.setSortingEnabled(True)

    def addResult(self, event: dict) -> None:
        """Show the result of one series, in its planned row where there is one."""
        row, status = self._find(event), event.get("status", "")
        if row is None:
            row = Row(*_key(event), status)
            self._add(row, [str(row.number), "", event.get("modality", ""), event.get("files") or "", "", ""])
        elif self._isTickable(row):
            row.item.setData(NAME, qt.Qt.CheckStateRole, None)
        row.status, row.needsAttention = status, status == "refused"
        shown = {"released": _("released"), "refused": _("refused"), "left out": _("left out")}.get(status, status)
        shown = _("waits") if status == "held" else shown
        self._write(row.item, RESULT, shown)
        self._color(row.item, status)
        self._write(row.item, WHY, panelWords(event.get("reason", "")))
        if event.get("files"):
            row.item.setData(IMAGES, qt.Qt.DisplayRole, event["files"])
        self._summarise((row.patient, row.scan))
        self._tree.scrollToItem(row.item)

    def addFinding(self, event: dict) -> None:
        """Add what a human must see to the row of its series."""
        row = self._find(event)
        if row is not None and event.get("message"):
            row.needsAttention = True
            self._write(row.item, WHY, "; ".join(filter(None, [row.item.text(WHY), panelWords(event["message"])])))

    def current(self) -> Row | None:
        """Return the series that is selected; of a patient the first one."""
        item = self._tree.currentItem()
        row, key = (None, None) if item is None else self._meant(item)
        if row is not None or key is None:
            return row
        rows = [row for row in self._rows if (row.patient, row.scan) == key]
        return next((row for row in rows if row.status in ("release", "released")), rows[0])

    def chosen(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what is ticked, as a request has it: patients (none: all), and series of them that stay out."""
        wanted = [row for row in self._rows if row.status in ("release", "left out", "refused", "released")]
        off = [row for row in self._rows if row.status == "release" and not row.isTicked]
        if not off:
            return (), ()
        patients = dict.fromkeys(row.patient for row in wanted)
        empty = {patient for patient in patients if self._isOff(patient)}
        subjects = tuple(patient for patient in patients if patient not in empty) if empty else ()
        return subjects, tuple(row.place for row in off if row.patient not in empty)

    def tickedPatients(self, count: int) -> tuple[str, ...]:
        """Return the first patients of whom something is ticked."""
        return tuple(dict.fromkeys(row.patient for row in self._rows if row.isTicked))[:count]

    def forecast(self) -> tuple[float, int]:
        """Return how many seconds of one process, and how many bytes, what is ticked will need."""
        ticked = [row for row in self._rows if row.isTicked]
        return sum(row.seconds for row in ticked), sum(row.bytes for row in ticked)

    def filter(self, words: str, kind: str) -> None:
        """Show only rows that hold some words and are of a kind: ``ALL``, ``ATTENTION`` or ``RELEASE``."""
        words = words.strip().lower()
        shown = set()
        for row in self._rows:
            text = " ".join([row.item.parent().text(NAME), *(row.item.text(c) for c in range(WHY + 1))]).lower()
            isKind = {ATTENTION: row.needsAttention, RELEASE: row.status in ("release", "released", "held")}.get(
                kind, True
            )
            isShown = words in text and isKind
            row.item.setHidden(not isShown)
            shown |= {(row.patient, row.scan)} if isShown else set()
        for key, group in self._groups.items():
            group.setHidden(key not in shown)

    def _find(self, event: dict) -> Row | None:
        key = _key(event)
        return next((row for row in self._rows if (row.patient, row.scan, row.number) == key), None)

    def _isOff(self, patient: str) -> bool:
        """Say whether a patient has series to release and none is ticked."""
        released = [row for row in self._rows if row.patient == patient and row.status == "release"]
        return bool(released) and not any(row.isTicked for row in released)

    def _addPlanned(self, entry: dict) -> None:
        status = _STATUS.get(entry.get("verdict", ""), "")
        row = Row(
            str(entry.get("deidentification_id", "")),
            entry.get("scan", 0),
            entry.get("series", 0),
            status,
            entry.get("original_folder", ""),
            _needsAttention(entry),
            entry.get("seconds", 0.0),
            entry.get("bytes", 0),
            entry.get("original", ""),
        )
        images = entry.get("released") or entry.get("instances") or ""
        why = panelWords("; ".join([*_steps(entry), *entry.get("notes", [])]))
        result = {"refused": _("refuse"), "left out": _("leave out"), "release": _("release")}.get(status, "")
        texts = [str(row.number), entry.get("study", ""), entry.get("modality", ""), images, result, why]
        self._add(row, texts)
        if status == "release":
            row.item.setCheckState(NAME, qt.Qt.Checked)
        self._color(row.item, status)

    def _add(self, row: Row, texts: list[object]) -> None:
        group = self._groups.get((row.patient, row.scan))
        if group is None:
            scan = _(", scan {number}").format(number=row.scan) if row.scan else ""
            origin = ", ".join(each for each in (row.folder, row.original) if each)
            origin = f"  ({origin})" if origin else ""
            group = self._added(self._tree, [f"{row.patient}{scan}{origin}"])
            group.setExpanded(True)
            self._groups[row.patient, row.scan] = group
            self._number(group, -len(self._groups))
        texts[NAME] = _("series {number}").format(number=texts[NAME])
        row.item = self._added(group, texts)
        self._rows.append(row)
        self._number(row.item, len(self._rows) - 1)

    def _added(self, parent: object, texts: list[object]) -> object:
        item = qt.QTreeWidgetItem(parent)
        for column, text in enumerate(texts):
            if isinstance(text, int):  # sorts as a number
                item.setData(column, qt.Qt.DisplayRole, text)
            else:
                self._write(item, column, str(text))
        return item

    def _number(self, item: object, number: int) -> None:
        """Let an item know its series (from 0) or its patient (from -1 down)."""
        self._isTicking = True
        item.setData(NAME, qt.Qt.UserRole, number)
        self._isTicking = False

    def _summarise(self, key: tuple[str, int]) -> None:
        """Say in a patient's row what will become of its series, and tick it as they are ticked."""
        group = self._groups[key]
        rows = [row for row in self._rows if (row.patient, row.scan) == key]
        words = {"release": _("to release"), "released": _("released"), "held": _("wait"), "refused": _("refused")}
        words["left out"] = _("left out")
        counts = [(sum(row.status == status for row in rows), text) for status, text in words.items()]
        self._write(group, WHY, ", ".join(f"{count} {text}" for count, text in counts if count))
        worst = "refused" if any(row.status == "refused" for row in rows) else "left out"
        attention = any(row.needsAttention for row in rows)
        self._write(group, RESULT, _("look at it") if attention else "")
        self._color(group, worst if attention else "")
        ticks = [row.isTicked for row in rows if row.status == "release"]
        self._isTicking = True
        if ticks:
            state = qt.Qt.Checked if all(ticks) else qt.Qt.PartiallyChecked if any(ticks) else qt.Qt.Unchecked
            group.setCheckState(NAME, state)
        else:
            group.setData(NAME, qt.Qt.CheckStateRole, None)
        self._isTicking = False

    def _isTickable(self, row: Row) -> bool:
        return row.status == "release"

    def _meant(self, item: object) -> tuple[Row | None, tuple[str, int] | None]:
        """Return the series, or the patient, that an item is of; neither for a problem."""
        number = item.data(NAME, qt.Qt.UserRole)
        if not isinstance(number, int):
            return None, None
        return (self._rows[number], None) if number >= 0 else (None, list(self._groups)[-number - 1])

    def _changed(self, item: object, column: int) -> None:
        """Follow a tick: a patient's goes to its series, a series' to its patient."""
        if self._isTicking or column != NAME:
            return
        row, key = self._meant(item)
        self._isTicking = True
        if key is not None and item.checkState(NAME) != qt.Qt.PartiallyChecked:
            for each in self._rows:
                if (each.patient, each.scan) == key and self._isTickable(each):
                    each.item.setCheckState(NAME, item.checkState(NAME))
        self._isTicking = False
        if row is not None and self._isTickable(row):
            self._summarise((row.patient, row.scan))

    def _write(self, item: object, column: int, text: str) -> None:
        item.setText(column, text)
        item.setToolTip(column, text)

    def _color(self, item: object, status: str) -> None:
        brush = qt.QBrush(qt.QColor(_COLORS[status])) if status in _COLORS else qt.QBrush()
        item.setForeground(RESULT, brush)


def _key(event: dict) -> tuple[str, int, int]:
    return str(event.get("patient", "")), event.get("scan", 0), event.get("series", 0)


def _needsAttention(entry: dict) -> bool:
    """Say whether a human should look at a planned series: it is refused, or part of it is left out."""
    return entry.get("verdict") == "refuse" or (
        entry.get("verdict") == "release" and entry.get("released", 0) < entry.get("instances", 0)
    )


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
