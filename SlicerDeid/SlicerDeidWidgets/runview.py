# SPDX-License-Identifier: Apache-2.0
"""RunView: the lower half of the panel, where a plan or a run is seen: bar, table and log."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

from slicer.i18n import tr as _

from SlicerDeidWidgets import messages
from SlicerDeidWidgets.buttonrow import ButtonRow
from SlicerDeidWidgets.fulltext import legible, showText, tip
from SlicerDeidWidgets.places import freeBytes, hasUnfinished
from SlicerDeidWidgets.runrate import RunRate
from SlicerDeidWidgets.seriestable import ALL, ATTENTION, RELEASE, SeriesTable
from SlicerDeidWidgets.task import Task, pressAgain
from SlicerDeidWidgets.worker import Outcome

_ROW_PX = 76  # five lines, which most rows say at most: what is below stays where it is while rows are looked at


class RunView:
    """Shows what a ``Worker`` tells.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    onTable : callable, optional
        Called when the table's rows or ticks changed.
    """

    def __init__(self, ui: object, onTable: Callable[[], None] | None = None) -> None:
        self._ui = ui
        self._onTable = onTable
        self.table = SeriesTable(ui.seriesTree, self._tableChanged)
        self._buttons = ButtonRow(ui.buttonFrame, (ui.planButton, ui.trialButton, ui.applyButton, ui.cancelButton))
        for value, text in _filters().items():
            ui.filterCombo.addItem(text, value)
        ui.seriesTree.connect("itemSelectionChanged()", self._showRow)
        ui.originalsCheck.connect("toggled(bool)", self.table.nameFolders)
        ui.filterEdit.connect("textChanged(QString)", self._filter)
        ui.filterCombo.connect("currentIndexChanged(int)", self._filter)
        ui.overwriteCheck.connect("toggled(bool)", self._tableChanged)
        ui.nextSeriesButton.connect("clicked(bool)", self._previewNext)
        self._told: list[str] = []
        self._heard: list[str] = []
        self._reasons: dict[str, str] = {}  # and where each was said first
        self._errors = self._releases = 0  # of the plan that is shown
        self._rate = RunRate()
        self._progress = (0, 0)  # series done, of how many
        self._task, self._isReady, self._isBegun = Task.RUN, False, False
        self._unfinished = ""  # the output whose run was stopped or broke off
        self._isResumed: bool | None = None
        self._applyTip = ui.applyButton.toolTip
        self.showIdle()
        self._showRow()

    @property
    def isWriting(self) -> bool:
        """Whether a run is going on."""
        return self._isBegun and not self._task.isPlan

    def begin(self, task: Task) -> None:
        """Empty the log, and show that something goes on; the table stays until there is another plan.

        A trial is only told of: what it releases is still to be released, and can be unticked.
        """
        self._ui.log.clear()
        self._told, self._heard, self._reasons = [], [], {}
        self._rate = RunRate()
        self._progress = (0, 0)
        self._task, self._isBegun = task, True
        self._ui.progressBar.setRange(0, 0)  # moves until the number of series is known
        self._ui.progressBar.visible = True
        isCheck = task is Task.CHECK
        looking = _("Looking whether the plan still holds...") if isCheck else _("Looking at the folders...")
        showText(self._ui.progressLabel, looking)
        self._ui.cancelButton.enabled = True

    def setReady(self, isReady: bool) -> None:
        """Say whether paths and options let a run start."""
        self._isReady = isReady
        self._showResume()
        self.offer()

    def offer(self) -> None:
        """Let a run start where something is ticked, or nothing was planned yet; not while a plan says it cannot."""
        self._ui.applyButton.enabled = self._isReady and not self._errors and not self.table.isNothingWanted()
        self._ui.trialButton.enabled = self._ui.applyButton.enabled and bool(self.table.tickedPatients(1))

    def say(self, sentence: str) -> None:
        """Put one line into the panel's log; nowhere else, for Slicer's own log is kept and sent to others."""
        self._ui.log.appendPlainText(legible(sentence))

    def tell(self, sentence: str) -> None:
        """Say what the user must read now: beside the buttons and in the log; nothing more beside them where empty."""
        if sentence:
            self.say(sentence)
        showText(self._ui.progressLabel, sentence)

    def canRun(self, ensure: Callable[[], None]) -> bool:
        """Ask for what Slicer does not bring, and say why it cannot go on without."""
        try:
            ensure()
        except ImportError:
            self.tell(_("Not started: this module needs Slicer 5.12 or newer."))
            return False
        except (RuntimeError, subprocess.CalledProcessError):
            self.tell(_("Not started: needed Python packages were not installed. Press the button again to try."))
            return False
        return True

    def showEvent(self, event: dict) -> None:
        """Show an event of a run, or a plan."""
        self._told.append(messages.eventAsPrinted(event))
        kind = event.get("event")
        if kind is None:
            if self._task is not Task.CHECK:
                self.showPlan(event)
            return
        isTold = self._task is Task.TRIAL or self._task.isPlan
        if kind == "plan" and event.get("deleting") and self._task is not Task.TRIAL:
            self.table.addDeletion()
        elif kind == "series" and not isTold:
            self.table.addResult(event)
        elif kind == "finding" and not isTold:
            self.table.addFinding(event)
        if "total" in event and "done" in event:
            self._showProgress(event)
        sentences = [messages.eventSentence(event, self._reasons)]
        if kind == "done":
            sentences = messages.doneSentences(event, pressAgain(self._task))
        for sentence in filter(None, sentences):
            if not messages.isHeard(sentence, self._heard):
                self.say(sentence)

    def showPlan(self, document: dict) -> None:
        """Show what would happen."""
        self._errors, self._releases = messages.errorsOf(document), messages.releasesOf(document)
        self.table.showPlan(document)
        self._filter()
        self._showApply()
        self.say(messages.planSentence(document))

    def forgetPlan(self) -> None:
        """Show no plan: it was made for other paths."""
        self._errors = self._releases = 0
        self.table.clear()
        self._showApply()
        showText(self._ui.progressLabel, "")

    @property
    def hasErrors(self) -> bool:
        """Whether the plan that is shown says what keeps it from being run."""
        return bool(self._errors)

    def showSentence(self, sentence: str) -> None:
        """Say what no event told; the program says things twice, for people who watch it in a terminal.

        Which of the two comes first is chance: they take different pipes.
        """
        words = messages.panelWords(sentence, pressAgain(self._task))
        if not (messages.isRepeated(sentence, self._told) or messages.isHeard(words, self._heard)):
            self._heard.append(words)
            self.say(words)

    def showStopping(self) -> None:
        """Say that Cancel was heard."""
        self._ui.cancelButton.enabled = False
        stopping = (
            _("Cancelling...") if self._task.isPlan else _("Cancelling: the series at hand is finished or undone...")
        )
        showText(self._ui.progressLabel, stopping)

    def showOutcome(self, outcome: Outcome) -> None:
        """Say how it ended."""
        self._isBegun = False
        isPlanned = self._task.isPlan and (outcome.isCancelled or bool(outcome.events))
        sentence = messages.outcomeSentence(outcome, self._task)
        if isPlanned:
            isShown = self._task is Task.PLAN and not outcome.isCancelled
            planned = messages.plannedSentence(self._errors, self._releases)
            sentence = planned if isShown else _("Nothing was written.")
        self.say(sentence)
        self.showIdle()
        if self._task is Task.RUN:  # Apply goes on with nothing else
            isStopped = outcome.isCancelled or outcome.isCrash or bool(outcome.error)
            isBroken = isStopped or outcome.exitCode == messages.NOT_COMPLETED
            isBegun = outcome.lastEvent("plan") is not None or not outcome.isCancelled
            if isBegun:  # otherwise what was there is as it was
                self._unfinished = self._ui.outputPath.currentPath if isBroken else ""
        done = outcome.lastEvent("done") or {}
        isCounted = "released" in done
        counts = " ".join(messages.doneSentences(done)) if isCounted else messages.soFarSentence(*self._progress)
        said = _("A trial, into folders of its own: {said}") if self._task is Task.TRIAL else "{said}"
        showText(self._ui.progressLabel, said.format(said=f"{sentence} {counts}".strip()))

    def showDecided(self, decided: dict[str, str], there: dict[str, int]) -> None:
        """Say what the review made of series, whichever of them the table shows.

        Parameters
        ----------
        decided, there : dict
            See ``SeriesTable.addDecisions``, and ``reviewwork.Decisions``.
        """
        self.table.addDecisions(decided)
        sentence = _("After the review: {released} series are in the output, {waiting} wait, {rejected} are rejected.")
        showText(self._ui.progressLabel, sentence.format(**there))

    def showIdle(self) -> None:
        """Show that nothing goes on."""
        self._ui.progressBar.setRange(0, 1)
        self._ui.progressBar.value = 0
        self._ui.progressBar.visible = False
        showText(self._ui.progressLabel, "")
        self._ui.cancelButton.enabled = False

    def showForecast(self, output: str, workers: int) -> None:
        """Say how long what is ticked will take, and how much disk."""
        seconds, size = self.table.forecast(self._ui.overwriteCheck.checked)
        sentence = messages.forecastSentence(seconds, size, freeBytes(output), workers or os.cpu_count() or 1)
        showText(self._ui.forecastLabel, sentence if seconds else "")

    def _showResume(self) -> None:
        """Let Apply say that it goes on with a run that did not come to its end."""
        output = self._ui.outputPath.currentPath
        isResumed = bool(output) and (output == self._unfinished or hasUnfinished(output))
        if isResumed != self._isResumed:
            self._isResumed = isResumed
            self._showApply()

    def _showApply(self) -> None:
        """Say on the button what it does, and why it cannot be pressed."""
        resumes = _("A run into this output did not come to its end. Apply goes on with it:")
        mends = _("Mend what is red in the table first, then show the plan again.")
        tips = [mends] * self.hasErrors + [resumes] * bool(self._isResumed) + [self._applyTip]
        self._ui.applyButton.text = _("Apply (resume)") if self._isResumed else _("Apply")
        self._ui.applyButton.toolTip = tip(" ".join(tips))

    def _previewNext(self) -> None:
        """Preview the series below the selected one."""
        if self.table.selectNext():
            self._ui.previewButton.click()

    def _tableChanged(self) -> None:
        self._showRow()
        if self._onTable is not None:
            self._onTable()

    def _showRow(self) -> None:
        """Say in full what the columns may cut off."""
        hint = _("Show plan fills this table: what would happen to every series, and why.")
        if self.table.rows:
            hint = _("Select a row to read here all that is said of it.")
        if self.table.current() is not None:
            hint = _("Nothing more is said of this row.")
        showText(self._ui.rowLabel, self.table.said(), hint, _ROW_PX if self.table.rows else 0)

    def _filter(self) -> None:
        """Show the rows that the user wants to see."""
        self.table.filter(self._ui.filterEdit.text, self._ui.filterCombo.itemData(self._ui.filterCombo.currentIndex))

    def _showProgress(self, event: dict) -> None:
        done, total = self._progress = event["done"], event["total"]
        self._rate.take(event)
        self._ui.progressBar.setRange(0, max(total, 1) if done else 0)  # moves while the first one is made
        self._ui.progressBar.value = done
        showText(self._ui.progressLabel, messages.progressText(done, total, self._rate.perSecond()))


def _filters() -> dict[str, str]:
    return {ALL: _("All"), ATTENTION: _("Needs attention"), RELEASE: _("To release, released")}
