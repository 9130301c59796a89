# SPDX-License-Identifier: Apache-2.0
"""AuditView: what an audit of the output found, in a table from which a slice is opened in Slicer's views."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _

from SlicerDeidWidgets import messages
from SlicerDeidWidgets.background import Background, reasonOf
from SlicerDeidWidgets.columns import setColumns
from SlicerDeidWidgets.fulltext import legible, showText, tip
from SlicerDeidWidgets.places import asPath
from SlicerDeidWidgets.request import RunRequest
from SlicerDeidWidgets.task import Task, pressAgain
from SlicerDeidWidgets.worker import Outcome, Worker

if TYPE_CHECKING:
    from SlicerDeidLib import HeldSeries

_WIDTHS_PX = (70, 175)  # the last column takes the rest
_MOST_SHOWN = 2000  # findings
_COLORS = {"error": "#b3261e", "warning": "#8a6d00", "note": "#1f5fa8"}  # readable on light and dark themes


class AuditView:
    """Lets the output be audited and lists what was found.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    requestOf : callable
        Returns what the panel asks for now.
    canRun : callable
        Says whether the library can be used.
    programOf : callable
        Returns what is started; None is Slicer's Python with the library.
    open : callable
        Shows a series in Slicer's views: gets it, one of its files, and what is said of it.
    onChange : callable
        Called when an audit begins or ends.
    onFindings : callable
        Gets how many errors and warnings were found in each series, by its place.
    """

    def __init__(
        self,
        ui: object,
        requestOf: Callable[[], RunRequest],
        canRun: Callable[[], bool],
        programOf: Callable[[], list[str] | None],
        open: Callable[[HeldSeries, str, str], None],  # noqa: A002 - what it does
        onChange: Callable[[], None],
        onFindings: Callable[[dict[str, int]], None],
    ) -> None:
        self._ui, self._requestOf, self._canRun, self._programOf = ui, requestOf, canRun, programOf
        self._open, self._onChange, self._onFindings = open, onChange, onFindings
        self._worker: Worker | None = None
        self._disk = Background("audit")  # reads the journal, which is long for many images
        self._findings: list[dict] = []
        self._series: dict[str, HeldSeries] = {}
        self._lastSentence = ""
        names = [_("Severity"), _("File"), _("What was found")]
        table = ui.auditTable
        setColumns(table, names, _WIDTHS_PX)
        table.connect("itemSelectionChanged()", self._jump)
        ui.auditButton.connect("clicked(bool)", self.start)
        ui.auditCancelButton.connect("clicked(bool)", self._cancel)
        self.forget()

    @property
    def isBusy(self) -> bool:
        """Whether an audit is going on, or its report is being read."""
        return self._worker is not None or self._disk.isBusy

    def start(self) -> None:
        """Audit the output; returns at once."""
        request = self._requestOf()
        problems = [each for each in request.problems(isOutputRead=True) if each.field in ("output", "private", "key")]
        if problems:
            self._say(problems[0].message)
        elif self._canRun():
            self.forget()
            self._worker = Worker(self._show, self._hear, self._onFinished, self._programOf())
            self._worker.start(request.auditArguments())
            self._say(_("Reading the output anew..."))
            self._showIdle()
            self._onChange()

    def forget(self) -> None:
        """Show nothing: other paths were chosen."""
        self._end()
        self._findings, self._series, self._lastSentence = [], {}, ""
        self._ui.auditTable.setRowCount(0)
        showText(self._ui.auditDetailLabel, "")
        self._say(_("Reads the output anew and lists what is wrong with it; with the input at hand it compares both."))
        self._showIdle()

    def close(self) -> None:
        """Stop for good."""
        self._end()
        self._disk.close()

    def _end(self) -> None:
        """End an audit that is going on."""
        self._disk.forget()
        if self._worker is not None:
            self._worker.close()

    def _cancel(self) -> None:
        self._ui.auditCancelButton.enabled = False
        if self._worker is not None:
            self._worker.cancel()
            return
        self._disk.forget()
        self._say(_("Cancelled."))
        self._showIdle()
        self._onChange()

    def _hear(self, sentence: str) -> None:
        self._lastSentence = messages.panelWords(sentence, pressAgain(Task.AUDIT))

    def _onFinished(self, outcome: Outcome) -> None:
        self._worker = None
        if outcome.isCancelled:
            self._disk.forget()
            self._say(_("Cancelled."))
        elif not outcome.events:
            self._say(self._lastSentence or messages.outcomeSentence(outcome, Task.AUDIT))
        self._showIdle()
        self._onChange()

    def _show(self, report: dict) -> None:
        """List the findings once it is known which file is of which series."""
        from SlicerDeidLib import released_series

        request = self._requestOf()
        folders = asPath(request.outputPath), request.privateChosen()
        self._disk.start(lambda: released_series(*folders, is_copied=True), partial(self._list, report))

    def _list(self, report: dict, future: Future) -> None:
        """List the findings, worst first."""
        error = future.exception()
        found = () if error is not None else future.result()
        self._series = {file: series for series in found for file in series.files}
        every = report.get("findings", [])
        self._findings = every[:_MOST_SHOWN]
        table = self._ui.auditTable
        table.setRowCount(len(self._findings))
        severities = {"error": _("error"), "warning": _("warning"), "note": _("note")}
        for number, finding in enumerate(self._findings):
            texts = [severities.get(finding["severity"], finding["severity"]), _place(finding), _sentence(finding)]
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(legible(text))
                item.setToolTip(tip(finding["path"] if column == 1 else text))
                if column == 0 and finding["severity"] in _COLORS:
                    item.setForeground(qt.QBrush(qt.QColor(_COLORS[finding["severity"]])))
                table.setItem(number, column, item)
        showText(self._ui.auditDetailLabel, "", _hint(self._findings))
        sentences = [report.get("summary", "")]
        if len(every) > _MOST_SHOWN:
            more = _("Shown are the first {count}; all stand in the private folder, in the report of the audit.")
            cut = _("Shown are the first {count}.")  # without a private folder there is no report
            sentences.append((cut if self._lastSentence else more).format(count=_MOST_SHOWN))
        sentences.append(self._lastSentence)
        if error is not None:  # the findings stand, only their slices cannot be shown
            sentences.append(messages.panelWords(reasonOf(error)))
        self._say(" ".join(filter(None, sentences)))
        wrong = (self._series.get(each["path"]) for each in every if each["severity"] != "note")
        self._onFindings(Counter(series.place for series in wrong if series is not None))
        self._showIdle()
        self._onChange()

    def _jump(self) -> None:
        """Show the slice that the selected finding is about."""
        rows = {self._ui.auditTable.row(item) for item in self._ui.auditTable.selectedItems()}
        finding = self._findings[rows.pop()] if len(rows) == 1 else None
        if finding is None:
            showText(self._ui.auditDetailLabel, "", _hint(self._findings))
            return
        series = self._series.get(finding["path"])
        said = f"{finding['path'] or _place(finding)}: {_sentence(finding)}"
        said += "" if series else " " + _("(It is about no image of a series: the views stay as they are.)")
        showText(self._ui.auditDetailLabel, said)
        if series is not None:
            self._open(series, finding["path"], _sentence(finding))

    def _showIdle(self) -> None:
        self._ui.auditButton.enabled = not self.isBusy
        self._ui.auditCancelButton.enabled = self.isBusy

    def _say(self, sentence: str) -> None:
        showText(self._ui.auditLabel, sentence)


def _hint(findings: list[dict]) -> str:
    """Return what to do with what was found."""
    return _("Select a line: here it stands in full, and its slice is shown in the views.") if findings else ""


def _place(finding: dict) -> str:
    """Return where a finding is, as short as a column is wide."""
    return finding["path"].rpartition("/")[2] or _("the whole output")


def _sentence(finding: dict) -> str:
    """Return what a finding says, with the attribute and how often it is found elsewhere."""
    more = _("({count} more of these)").format(count=finding["more"]) if finding["more"] else ""
    return " ".join(filter(None, [finding["tag"], messages.panelWords(finding["message"]), more]))
