# SPDX-License-Identifier: Apache-2.0
"""SeriesTable: the plan, and then the results, grouped by patient; series can be unticked, filtered and sorted.

Rows of patients and problems use the whole width. Items know their place in our lists by a number: PythonQt wraps an
item anew each time it hands it out, so it cannot be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import qt
from slicer.i18n import tr as _

from SlicerDeidWidgets.fulltext import legibleName
from SlicerDeidWidgets.messages import panelWords
from SlicerDeidWidgets.naturalorder import NaturalOrder, wholeText
from SlicerDeidWidgets.problemrows import ProblemRows
from SlicerDeidWidgets.tablecells import added, color, write
from SlicerDeidWidgets.tablerow import IMAGES, NAME, RESULT, STUDY, WHY, Row, needsAttention, steps
from SlicerDeidWidgets.widerows import WideRow, WideRows

_WIDTHS_PX = (112, 42, 36, 50, 74)  # the last column takes the rest
_STATUS = {"refuse": "refused", "leave out": "left out", "release": "release"}
_FOUND = {"released": "released", "waiting": "held"}  # what earlier runs made
_WANTED = ("release", "released", "held")
ALL, ATTENTION, RELEASE = "all", "attention", "release"


class SeriesTable:
    """Fills a QTreeWidget.

    Parameters
    ----------
    tree : qt.QTreeWidget
        Empty; gets its columns here.
    onChange : callable, optional
        Called when rows came, went, or were ticked: once, however many.
    """

    def __init__(self, tree: object, onChange: Callable[[], None] | None = None) -> None:
        self._tree, self._onChange = tree, onChange
        self._rows: list[Row] = []
        self._rowsOf: dict[tuple[str, int], list[Row]] = {}
        self._groups: dict[tuple[str, int], WideRow] = {}
        self._origins: dict[tuple[str, int], str] = {}  # the folder's own name, and what the list names
        self._wide = WideRows(tree)
        self._problems = ProblemRows(tree, self._wide)
        self._isNamed = False
        names = [_("Patient, series"), _("Study"), _("Kind"), _("Images"), _("Result"), _("Why, what to know")]
        tree.setColumnCount(len(names))
        tree.setHeaderLabels(names)
        self._order = NaturalOrder(tree, len(names))  # before the widths: it brings the header
        for column, width in enumerate(_WIDTHS_PX):
            tree.setColumnWidth(column, width)
        tree.header().setStretchLastSection(True)
        tree.setColumnHidden(STUDY, True)
        tree.connect("itemChanged(QTreeWidgetItem*,int)", self._changed)

    @property
    def rows(self) -> list[Row]:
        """The series, in the order they came."""
        return list(self._rows)

    def clear(self) -> None:
        """Remove all rows."""
        with self._filling():
            self._empty()

    def showPlan(self, document: dict) -> None:
        """Show what would happen: problems first, then patients that need attention, then the others.

        Of the problems those that stop a run stand on top. What was unticked stays so where the same series is there
        again.
        """
        unwanted = {row.identity for row in self._rows if not row.isWanted}
        with self._filling():
            self._empty()
            self._problems.show(document.get("problems", []), self._isNamed)
            byPatient: dict[tuple[str, int], list[dict]] = {}
            for entry in document.get("series", []):
                byPatient.setdefault((entry.get("deidentification_id", ""), entry.get("scan", 0)), []).append(entry)
            entries = sorted(byPatient.values(), key=lambda several: not any(map(needsAttention, several)))
            for several in entries:
                for entry in several:
                    self._addPlanned(entry, unwanted)
            for key in self._groups:
                self._summarise(key)
            studies = {entry.get("study") for entry in document.get("series", [])}
            self._tree.setColumnHidden(STUDY, len(studies) <= 1)  # nobody has a second one: the reasons get its room
            self._order.sort()

    def addResult(self, event: dict) -> None:
        """Show the result of one series, in its planned row where there is one."""
        row, status = self._find(event), event.get("status", "")
        if row is not None and status == "left out" and row.isTickable and not row.isWanted:
            return  # it stays unticked: Apply may be pressed again
        with self._filling():
            if row is None:
                row = Row(*_key(event), status)
                self._add(row, [str(row.number), "", event.get("modality", ""), event.get("files") or "", "", ""])
            elif row.isTickable:
                row.isTickable = False
                row.item.setData(NAME, qt.Qt.CheckStateRole, None)
            row.needsAttention = status == "refused"
            self._showResult(row, status, panelWords(event.get("reason", "")))
            if event.get("files"):
                row.item.setData(IMAGES, qt.Qt.DisplayRole, event["files"])
            self._summarise((row.patient, row.scan))
            self._tree.scrollToItem(row.item)

    def addDecisions(self, decided: dict[str, str]) -> None:
        """Show what the review made of series: by place ``"accept"``, ``"reject"`` or ``"withdraw"``."""
        became = {
            "accept": ("released", _("accepted in the review")),
            "reject": ("left out", _("rejected in the review")),
            "withdraw": ("left out", _("withdrawn in the review")),
        }
        rows = [(row, *became[decided[row.place]]) for row in self._rows if row.place in decided]
        self._showResults([(row, status, row.reason, decision) for row, status, decision in rows])

    def addDeletion(self) -> None:
        """Show that all that was made of ticked patients is deleted, and not there any more until it is made anew."""
        subjects, _leftOut = self.chosen()
        made = (row for row in self._rows if row.status in _FOUND.values())
        why = _("what was made before is deleted, to be made anew")
        self._showResults([(row, "release", why, "") for row in made if not subjects or row.patient in subjects])

    def addFinding(self, event: dict) -> None:
        """Add what a human must see to the row of its series."""
        row = self._find(event)
        if row is not None and event.get("message"):
            row.needsAttention = True
            with self._filling():
                row.reason = "; ".join(filter(None, [row.reason, panelWords(event["message"])]))
                write(row.item, WHY, row.reason)
                self._summarise((row.patient, row.scan))

    def current(self) -> Row | None:
        """Return the series that is selected; of a patient the first one."""
        item = self._tree.currentItem()
        row, key = (None, None) if item is None else self._meant(item)
        if row is not None or key is None:
            return row
        rows = self._rowsOf[key]
        return next((row for row in rows if row.status in ("release", "released")), rows[0])

    def selectNext(self) -> bool:
        """Select the next series that stands below the selected row and has a folder; says whether there is one."""
        item = self._tree.currentItem()
        while item is not None and (item := self._tree.itemBelow(item)) is not None:
            row, _key = self._meant(item)
            if row is not None and row.folder:
                self._tree.setCurrentItem(item)
                return True
        return False

    def nameFolders(self, isNamed: bool) -> None:
        """Name folders as they are called, and what the list names; or only new IDs and the folders' numbers."""
        self._isNamed = isNamed
        with self._filling():
            self._problems.name(isNamed)
            for key in self._groups:
                self._summarise(key)

    def said(self) -> str:
        """Return what the table says of the selected row, which its columns may cut off."""
        item = self._tree.currentItem()
        if item is None:
            return ""
        return wholeText(item, NAME if item.isFirstColumnSpanned() else WHY)

    def chosen(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what is ticked, as a request has it: patients (none: all), and series of them that stay out."""
        off = [row for row in self._rows if row.isTickable and not row.isTicked]
        if not off:
            return (), ()
        patients = dict.fromkeys(row.patient for row in self._rows)
        empty = {patient for patient in patients if self._isOff(patient)}
        subjects = tuple(patient for patient in patients if patient not in empty) if empty else ()
        return subjects, tuple(row.place for row in off if row.patient not in empty)

    def isNothingWanted(self) -> bool:
        """Say whether all that could be released is unticked: to a request that would mean all."""
        patients = {row.patient for row in self._rows if row.status in _WANTED}
        return bool(patients) and all(map(self._isOff, patients))

    def tickedPatients(self, count: int) -> tuple[str, ...]:
        """Return the first patients of whom something is ticked."""
        return tuple(dict.fromkeys(row.patient for row in self._rows if row.isTicked))[:count]

    def chosenOf(self, count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the first patients of whom something is ticked, and series of them that stay out."""
        subjects = self.tickedPatients(count)
        off = [row for row in self._rows if row.isTickable and not row.isTicked]
        return subjects, tuple(row.place for row in off if row.patient in subjects)

    def forecast(self, isAnew: bool = False) -> tuple[float, int]:
        """Return how many seconds of one process, and how many bytes, what is ticked and to be done will need.

        ``isAnew``: what was made before is made again, too.
        """
        ticked = [row for row in self._rows if row.isTicked and (isAnew or row.status == "release")]
        return sum(row.seconds for row in ticked), sum(row.bytes for row in ticked)

    def filter(self, words: str, kind: str) -> None:
        """Show only rows that hold some words and are of a kind: ``ALL``, ``ATTENTION`` or ``RELEASE``."""
        words = words.strip().lower()
        shown = set()
        for row in self._rows:
            key = row.patient, row.scan
            text = " ".join([_title(*key), self._origins[key], *(row.item.text(c) for c in range(WHY + 1))]).lower()
            isKind = {ATTENTION: row.needsAttention, RELEASE: row.status in ("release", "released", "held")}.get(
                kind, True
            )
            isShown = words in text and isKind
            row.item.setHidden(not isShown)
            shown |= {(row.patient, row.scan)} if isShown else set()
        for key, group in self._groups.items():
            group.item.setHidden(key not in shown)

    @contextmanager
    def _filling(self) -> Iterator[None]:
        """Change the table without a signal for each cell, and say once that it was changed."""
        wasBlocked = self._tree.blockSignals(True)
        try:
            yield
        finally:
            self._wide.span()  # at the end, once for all
            self._tree.blockSignals(wasBlocked)
        if self._onChange is not None:
            self._onChange()

    def _empty(self) -> None:
        self._tree.clear()
        self._rows, self._rowsOf, self._groups, self._origins = [], {}, {}, {}
        self._problems.clear()
        self._wide.clear()

    def _find(self, event: dict) -> Row | None:
        *key, number = _key(event)
        return next((row for row in self._rowsOf.get(tuple(key), []) if row.number == number), None)

    def _isOff(self, patient: str) -> bool:
        """Say whether a patient has series to release, none is ticked, and none was released before."""
        wanted = [row for row in self._rows if row.patient == patient and row.status in _WANTED]
        return bool(wanted) and not any(row.isTicked or not row.isTickable for row in wanted)

    def _addPlanned(self, entry: dict, unwanted: set[tuple]) -> None:
        status = _FOUND.get(entry.get("found", ""), "") or _STATUS.get(entry.get("verdict", ""), "")
        row = Row(
            str(entry.get("deidentification_id", "")),
            entry.get("scan", 0),
            entry.get("series", 0),
            status,
            entry.get("original_folder", ""),
            needsAttention(entry),
            entry.get("seconds", 0.0),
            entry.get("bytes", 0),
            entry.get("original", ""),
            entry.get("verdict") == "release",
        )
        images = entry.get("released") or entry.get("instances") or ""
        row.reason = panelWords("; ".join([*steps(entry), *entry.get("notes", [])]))
        result = _ended() | _results()
        texts = [
            str(row.number),
            entry.get("study", ""),
            entry.get("modality", ""),
            images,
            result.get(status, ""),
            row.reason,
        ]
        self._add(row, texts)
        row.isWanted = row.identity not in unwanted
        if row.isTickable:
            row.item.setCheckState(NAME, qt.Qt.Checked if row.isWanted else qt.Qt.Unchecked)
        color(row.item, status)

    def _add(self, row: Row, texts: list[object]) -> None:
        group = self._groups.get((row.patient, row.scan))
        if group is None:
            origin = filter(None, (row.folder, row.original))
            self._origins[row.patient, row.scan] = ", ".join(map(legibleName, origin))
            group = self._wide.add(added(self._tree, [row.patient]), isWrapped=False)
            group.item.setExpanded(True)
            self._groups[row.patient, row.scan] = group
            group.item.setData(NAME, qt.Qt.UserRole, -len(self._groups))
        texts[NAME] = _("series {number}").format(number=texts[NAME])
        row.item = added(group.item, texts)
        self._rows.append(row)
        self._rowsOf.setdefault((row.patient, row.scan), []).append(row)
        row.item.setData(NAME, qt.Qt.UserRole, len(self._rows) - 1)  # by which an item knows its series

    def _summarise(self, key: tuple[str, int]) -> None:
        """Say in a patient's row what will become of its series, and tick it as they are ticked."""
        group = self._groups[key]
        rows = self._rowsOf[key]
        words = {"release": _("to release"), "released": _("released"), "held": _("wait")} | _ended()
        counts = [(sum(row.status == status for row in rows), text) for status, text in words.items()]
        group.item.setText(WHY, ", ".join(f"{count} {text}" for count, text in counts if count))
        worst = "refused" if any(row.status == "refused" for row in rows) else "left out"
        attention = any(row.needsAttention for row in rows)
        group.item.setText(RESULT, _("needs attention") if attention else "")
        origin = self._origins[key] if self._isNamed else ""
        self._wide.say(group, _title(*key), group.item.text(RESULT), group.item.text(WHY), origin)
        color(group.item, worst if attention else "", NAME)
        ticks = [row.isTicked for row in rows if row.isTickable]
        if ticks:
            state = qt.Qt.Checked if all(ticks) else qt.Qt.PartiallyChecked if any(ticks) else qt.Qt.Unchecked
            group.item.setCheckState(NAME, state)
        else:
            group.item.setData(NAME, qt.Qt.CheckStateRole, None)

    def _meant(self, item: object) -> tuple[Row | None, tuple[str, int] | None]:
        """Return the series (numbered from 0), or the patient (from -1 down), that an item is of; else neither."""
        number = item.data(NAME, qt.Qt.UserRole)
        if not isinstance(number, int):
            return None, None
        return (self._rows[number], None) if number >= 0 else (None, list(self._groups)[-number - 1])

    def _changed(self, item: object, column: int) -> None:
        """Follow a tick: a patient's goes to its series, a series' to its patient."""
        if column != NAME:
            return
        row, key = self._meant(item)
        with self._filling():
            if key is not None and item.checkState(NAME) != qt.Qt.PartiallyChecked:
                for each in (row for row in self._rowsOf[key] if row.isTickable):
                    each.isWanted = item.checkState(NAME) == qt.Qt.Checked
                    each.item.setCheckState(NAME, item.checkState(NAME))
            if row is not None and row.isTickable:
                row.isWanted = item.checkState(NAME) == qt.Qt.Checked
                self._summarise((row.patient, row.scan))

    def _showResults(self, results: list[tuple[Row, str, str, str]]) -> None:
        """Show what became of several series: their status, why, and by which decision of the review."""
        with self._filling():
            for result in results:
                self._showResult(*result)
            for key in {(row.patient, row.scan) for row, *_result in results}:
                self._summarise(key)

    def _showResult(self, row: Row, status: str, why: str, decision: str = "") -> None:
        row.status, row.reason = status, why
        write(row.item, RESULT, (_ended() | _results()).get(status, status))
        color(row.item, status)
        write(row.item, WHY, "; ".join(filter(None, [decision, why])))


def _ended() -> dict[str, str]:
    """What is said of series that were not made."""
    return {"refused": _("refused"), "left out": _("left out")}


def _results() -> dict[str, str]:
    """What is said of series that were made, or are to be."""
    return {"release": _("to release"), "released": _("released"), "held": _("waits")}


def _title(patient: str, scan: int) -> str:
    """Return how a patient is called, by the new ID."""
    return patient + (_(", scan {number}").format(number=scan) if scan else "")


def _key(event: dict) -> tuple[str, int, int]:
    return str(event.get("patient", "")), event.get("scan", 0), event.get("series", 0)
