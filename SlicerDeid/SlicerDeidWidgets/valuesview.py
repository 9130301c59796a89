# SPDX-License-Identifier: Apache-2.0
"""ValuesView: the values that stay in headers, the rarest first; each is kept, removed or replaced once for all.

Values are on the screen and, where one is decided about, in the private folder; nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _

from SlicerDeidWidgets.background import Background, reasonOf
from SlicerDeidWidgets.columns import setColumns
from SlicerDeidWidgets.fulltext import legible, showText, tip
from SlicerDeidWidgets.messages import panelWords
from SlicerDeidWidgets.places import asPath
from SlicerDeidWidgets.request import RunRequest
from SlicerDeidWidgets.valueswork import Stopped, ValuesWork

if TYPE_CHECKING:
    from SlicerDeidLib import Decision, Inventory, InventoryRow

_WIDTHS_PX = (136, 104, 56)  # the last column takes the rest
_MOST_SHOWN = 2000  # rows; more are found by searching
_RARE = "#b3261e"
_INPUT, _OUTPUT = "input", "output"
Key = tuple[str, str]  # attribute and value


class ValuesView:
    """Lists values and takes decisions about them.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    requestOf : callable
        Returns what the panel asks for now, without decisions.
    canRun : callable
        Says whether the library can be used.
    onDecided : callable
        Called when something was decided, or taken back.
    """

    def __init__(
        self,
        ui: object,
        requestOf: Callable[[], RunRequest],
        canRun: Callable[[], bool],
        onDecided: Callable[[], None],
    ) -> None:
        self._ui, self._requestOf, self._canRun, self._onDecided = ui, requestOf, canRun, onDecided
        self._thread = Background("values", onTick=self._showProgress)
        self._work: ValuesWork | None = None
        self._request: RunRequest | None = None
        self._found: Inventory | None = None
        self._hasMore = False  # whether the file of decisions holds other rules, too
        self._shown: list[InventoryRow] = []
        self._decided: dict[Key, Decision] = {}
        for value, text in _sources().items():
            ui.valuesSourceCombo.addItem(text, value)
        names = [_("Attribute"), _("Value"), _("Patients"), _("Decision")]
        table = ui.valuesTable
        setColumns(table, names, _WIDTHS_PX)
        table.connect("itemSelectionChanged()", self._checkButtons)
        ui.valuesFilterEdit.connect("textChanged(QString)", self._fill)
        ui.valuesRareCheck.connect("toggled(bool)", self._fill)
        ui.valuesReplaceEdit.connect("textChanged(QString)", self._checkButtons)
        for name, act in {
            "List": self.list,
            "Cancel": self._stop,
            "Keep": lambda: self._decide("keep"),
            "Remove": lambda: self._decide("remove"),
            "Replace": lambda: self._decide("replace"),
            "TakeBack": lambda: self._decide(""),
        }.items():
            getattr(ui, f"values{name}Button").connect("clicked(bool)", act)
        self.forget()

    @property
    def isBusy(self) -> bool:
        """Whether values are being listed."""
        return self._thread.isBusy

    def list(self) -> None:
        """List what stays; returns at once."""
        request = self._requestOf()
        isOutput = self._ui.valuesSourceCombo.itemData(self._ui.valuesSourceCombo.currentIndex) == _OUTPUT
        needed = {"output"} if isOutput else {"input", "map", "policyFile", "rules", "mapColumns", "airValue"}
        problems = [each for each in request.problems(isOutputRead=True) if each.field in needed]
        if problems:
            self._say(problems[0].message)
        elif self._canRun():
            self.forget()
            self._request, self._work = request, ValuesWork(request, isOutput)
            self._thread.start(self._work.list, self._listed)
            self._showProgress()
            self._checkButtons()

    def forget(self) -> None:
        """Show nothing: other paths were chosen."""
        self._stop()
        self._thread.forget()
        self._work = self._request = self._found = None
        self._decided = {}
        self._fill()
        self._say(_("Lists every value that stays in the headers, the rarest first."))

    def close(self) -> None:
        """Stop for good."""
        self._stop()
        self._thread.close()

    def _stop(self) -> None:
        if self._work is not None:
            self._work.isStopped = True

    def _listed(self, future: Future) -> None:
        """Show what was found."""
        error = future.exception()
        if isinstance(error, Stopped):
            self._say(_("Cancelled."))
        elif error is not None:
            self._say(panelWords(reasonOf(error)))
        else:
            self._found = future.result()
            if self._readDecisions():
                self._summarise()
        self._fill()

    def _readDecisions(self) -> bool:
        """Take over what was decided before; says so and returns False where that cannot be read."""
        from SlicerDeidLib import Decision, DeidError, read_rules

        path = self._request.decisionsFile()
        if path is None or not os.path.lexists(path):
            self._decided, self._hasMore = {}, False
            return True
        try:
            rules = read_rules(path)
        except DeidError as error:
            self._say(panelWords(error.reason))
            return False
        values, self._hasMore = rules.values, bool(rules.rules or rules.options or rules.stay or rules.go)
        self._decided = {(a, v): Decision(a, v, action) for a, some in values.items() for v, action in some.items()}
        return True

    def _decide(self, word: str) -> None:
        """Decide about the selected values, and save that; an empty word takes decisions back."""
        from SlicerDeidLib import DeidError, check_journal, make_decision

        if self._request.decisionsFile() is None:
            self._say(_("Choose the output folder first: decisions are kept in its private folder."))
            return
        if not self._readDecisions():  # what is written takes the place of the whole file
            return
        if self._hasMore:
            more = _(
                "{name} in the private folder holds more than decisions on values, which would be lost: move the rest "
                "to a file of its own, and name that under 'Site rules'. Nothing was decided."
            )
            self._say(more.format(name=self._request.decisionsFile().name))
            return
        rows = [row for row in self._chosen() if row.is_decidable]
        decided, text = dict(self._decided), self._ui.valuesReplaceEdit.text.strip() if word == "replace" else ""
        try:
            check_journal(asPath(self._request.outputPath), self._request.privateChosen())
            for row in rows:
                decided.pop((row.attribute, row.value), None)
                if word:
                    decided[row.attribute, row.value] = make_decision(row.attribute, row.value, word, text)
            self._save(decided)
        except DeidError as error:
            self._say(panelWords(error.reason))
            return
        except OSError as error:
            self._say(_("{reason} Nothing was decided.").format(reason=reasonOf(error)))
            return
        self._decided = decided
        self._fill()
        self._summarise()
        self._onDecided()

    def _save(self, decided: dict[Key, Decision]) -> None:
        """Write the decisions as site rules into the private folder."""
        from SlicerDeidLib import replace_decisions

        path = self._request.decisionsFile()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        remarks = {
            (row.attribute, row.value): f"{row.keyword} {row.path}: {row.subjects} of {self._found.subjects} subjects"
            for row in self._found.rows
        }
        if decided:
            replace_decisions(path, [replace(one, remark=remarks.get(key, "")) for key, one in decided.items()])
        else:
            path.unlink(missing_ok=True)

    def _chosen(self) -> list[InventoryRow]:
        table = self._ui.valuesTable
        rows = sorted({table.row(item) for item in table.selectedItems()})
        return [self._shown[row] for row in rows]

    def _fill(self) -> None:
        """Show the rows that hold the words looked for."""
        words, isRare = self._ui.valuesFilterEdit.text.strip().lower(), self._ui.valuesRareCheck.checked
        chosen = {_key(row) for row in self._chosen()}
        rows = self._found.rows if self._found is not None else ()
        fitting = [r for r in rows if (r.is_rare or not isRare) and words in f"{r.keyword} {r.path} {r.value}".lower()]
        self._shown = fitting[:_MOST_SHOWN]
        table = self._ui.valuesTable
        table.blockSignals(True)  # one look at the buttons at the end is enough
        table.clearSelection()
        table.setRowCount(len(self._shown))
        for number, row in enumerate(self._shown):
            decision = self._decided.get((row.attribute, row.value))
            texts = [f"{row.keyword or _('private')} {row.path}", _shown(row), str(row.subjects)]
            for column, text in enumerate([*texts, _outcome(row, decision)]):
                item = qt.QTableWidgetItem(legible(text))
                item.setToolTip(tip(text))
                if row.is_rare and column == 2:
                    item.setForeground(qt.QBrush(qt.QColor(_RARE)))
                    item.setToolTip(tip(_("Rare: so few patients share it that it can single one out.")))
                if decision is not None and column == len(texts):
                    font = item.font()
                    font.setBold(True)
                    item.setFont(font)
                table.setItem(number, column, item)
        self._select(chosen)
        table.blockSignals(False)
        left = len(fitting) - len(self._shown)
        showText(self._ui.valuesMoreLabel, _("{count} more; search for them.").format(count=left))
        self._ui.valuesMoreLabel.visible = bool(left)
        self._checkButtons()

    def _select(self, chosen: set[tuple[str, str]]) -> None:
        """Select the same values again."""
        table = self._ui.valuesTable
        for number, row in enumerate(self._shown):
            if _key(row) in chosen:
                for column in range(table.columnCount):
                    table.item(number, column).setSelected(True)

    def _checkButtons(self) -> None:
        """Offer what can be done."""
        chosen = [row for row in self._chosen() if row.is_decidable]
        for name in ("Keep", "Remove"):
            getattr(self._ui, f"values{name}Button").enabled = bool(chosen)
        self._ui.valuesReplaceButton.enabled = bool(chosen) and bool(self._ui.valuesReplaceEdit.text.strip())
        self._ui.valuesTakeBackButton.enabled = any((r.attribute, r.value) in self._decided for r in chosen)
        self._ui.valuesListButton.enabled = not self.isBusy
        self._ui.valuesCancelButton.enabled = self.isBusy

    def _showProgress(self) -> None:
        done, total = self._work.done, self._work.total
        sentence = _("{done} of {total} images...") if total else _("{done} files found...")
        self._say(sentence.format(done=done, total=total))

    def _summarise(self) -> None:
        """Say how much was found and decided."""
        found = self._found
        rare = sum(row.is_rare for row in found.rows)
        sentence = _("Values: {values}, of which rare: {rare}; images: {images}; patients: {subjects}.").format(
            values=len(found.rows), images=found.images, subjects=found.subjects, rare=rare
        )
        if found.unread:
            sentence += " " + _("{unread} files could not be read.").format(unread=found.unread)
        if self._decided:
            decided = _("Decided: {count}; the next run does that. Site rules in the private folder: {name}.")
            sentence += " " + decided.format(count=len(self._decided), name=self._request.decisionsFile().name)
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        showText(self._ui.valuesLabel, sentence)


def _key(row: InventoryRow) -> tuple[str, str]:
    """What a row is known by: one value may stand at several places."""
    return row.path, row.value


def _printable(value: str) -> str:
    """Return a value on one line."""
    return "".join(one if one.isprintable() else " " for one in value)


def _shown(row: InventoryRow) -> str:
    """Return a value on one line; of several, which a backslash parts and one decision is about, how many they are."""
    text = _printable(row.value)
    return text if row.values == 1 else _("{text} ({count} values)").format(text=text, count=row.values)


def _outcome(row: InventoryRow, decision: Decision | None) -> str:
    """Say what becomes of a value."""
    if not row.is_decidable:
        return _("stays: {reason}").format(reason=row.why_undecidable)
    if decision is None:
        return _("stays: rare") if row.is_rare else _("stays")
    words = {"K": _("keep"), "X": _("remove")}
    return words.get(decision.action.code.value, _("replace: {text}").format(text=decision.action.argument))


def _sources() -> dict[str, str]:
    return {_INPUT: _("of the input"), _OUTPUT: _("of the output")}
