# SPDX-License-Identifier: Apache-2.0
"""Applying: what Show plan, Try and Apply start; Apply does what the table shows, or shows first what it would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from slicer.i18n import tr as _

from SlicerDeidWidgets import messages
from SlicerDeidWidgets.background import besideEvents, reasonOf
from SlicerDeidWidgets.fulltext import isAgreed
from SlicerDeidWidgets.optionsform import OptionsForm
from SlicerDeidWidgets.places import asPath, hasResults
from SlicerDeidWidgets.previewview import PreviewView
from SlicerDeidWidgets.request import RunRequest
from SlicerDeidWidgets.runview import RunView
from SlicerDeidWidgets.task import Task
from SlicerDeidWidgets.trial import whyNoTrial
from SlicerDeidWidgets.worker import Outcome

TRIAL_PATIENTS = 3
_STATE = frozenset({"found"})  # what a plan says of a series because it is finished
_MADE = frozenset({"otherwise", "deface", "text", "notes", "verdict", "reason"})  # and how it was, or was to be, made


class Applying:
    """Remembers the plan that is shown.

    Parameters
    ----------
    view : RunView
        With the table.
    form : OptionsForm
        With the choice to start anew.
    requestOf : callable
        Returns what the panel asks for now.
    canRun : callable
        Says whether the library can be used.
    start : callable
        Starts a command line: gets it, and which ``Task`` it is.
    preview : PreviewView
        Where boxes may be drawn just now.
    """

    def __init__(
        self,
        view: RunView,
        form: OptionsForm,
        requestOf: Callable[[], RunRequest],
        canRun: Callable[[], bool],
        start: Callable[[list[str], Task], None],
        preview: PreviewView,
    ) -> None:
        self._view, self._form, self._requestOf, self._canRun, self._start = view, form, requestOf, canRun, start
        self._preview = preview
        self._shown: tuple[object, dict] | None = None  # what was asked, and the plan that came
        self._asked: tuple[RunRequest, object] | None = None  # of the plan that is being made, and what was asked
        self._began: tuple[str, object] = "", None  # the output of the run that was started here last, and what it did
        self._isOverwrite = self._isCheck = False
        self._isAnew = False  # whether a run is going on that starts anew
        self._isWhole = False  # whether in the run that was started here last everything was ticked
        self._isTickLost = False  # whether a table is forgotten in which something was unticked

    def forget(self) -> None:
        """Forget a plan that was made for other paths, but not that something of it was unticked."""
        self._isTickLost = self._isTickLost or any(self._view.table.chosen())
        self._view.forgetPlan()
        self._shown = None

    def plan(self) -> None:
        """Show what would happen; nothing is written."""
        if self._canRun():
            self._ask(isCheck=False)

    def tryOut(self) -> None:
        """Run the first ticked patients into folders of their own."""
        if self._canRun() and self._areKept():
            asked = self._requestOf().withDecisions()
            request = asked.trial(*self._view.table.chosenOf(TRIAL_PATIENTS))
            if reason := whyNoTrial(asked, request):
                self._view.tell(reason)
                return
            self._start(request.runArguments(), Task.TRIAL)
            self._view.say(_("A trial: its results are in {folder}.").format(folder=request.outputPath))

    def redo(self, request: RunRequest) -> str:
        """Make finished series again, which the request names; returns why nothing was started, or an empty text."""
        reason = self._preview.unkept()
        if not reason:
            self._start(request.withDecisions().runArguments(), Task.REDO)
        return reason

    def apply(self) -> None:
        """Run what is ticked, once it is known that the plan that is shown still holds."""
        self._isOverwrite = self._form.isOverwrite
        if not self._canRun() or not self._areKept():
            return
        if self._isOverwrite and not self._isTickLost and not self._mayDelete():
            return
        request = self._requestOf()
        isNothingThere = self._isOverwrite or not hasResults(request.outputPath)
        if self._shown is None and isNothingThere and not self._isTickLost:
            self._run(request)
        else:  # or what waits would be made anew without a word; others may have made it, or changed it
            self._ask(isCheck=True)

    def goOn(self, outcome: Outcome) -> None:
        """Take the plan that was made, if it was one; run where it is the one that is shown, else show it."""
        asked, self._asked = self._asked, None
        isAnew, self._isAnew = self._isAnew, False
        if isAnew and (outcome.isDeleting or outcome.lastEvent("plan") is None):
            self._form.isOverwrite = True  # else what was not deleted would stay as it was made before
        document = next((each for each in outcome.events if "event" not in each), None)
        if asked is None or document is None or outcome.isCancelled:
            return
        request, meant = asked
        earlier = self._shown
        isResumed = self._isWhole and not self._isTickLost and _begun(request) == self._began
        if self._isCheck and earlier is None and isResumed and _isAsMeant(document):
            self._run(request)  # nobody looked at a plan, and nothing is there that one would warn of
            return
        self._shown = meant, document
        isTickLost, self._isTickLost = self._isTickLost, False  # a table is shown now
        if not self._isCheck:
            return
        if earlier is not None and earlier[0] == meant and _isNoMore(document, earlier[1]):
            self._run(request)  # not what the panel says by now: a scene with other options may have been opened
            return
        self._view.showPlan(document)
        sentence = self._whyNot(request, isTickLost) if earlier is None else messages.changedSentence()
        self._view.tell(messages.toMendSentence() if self._view.hasErrors else sentence)

    def _whyNot(self, request: RunRequest, isTickLost: bool) -> str:
        """Return why what would be done is shown before anything is done."""
        if isTickLost:
            return _(
                "Not started: something was unticked in a table that is gone since a path was changed. The table shows "
                "what would be done: untick it again, and press Apply."
            )
        if self._isWhole and _begun(request) == self._began:
            return _(
                "Not started: some of what lies there was made with other options, or changed, since the run that was "
                "begun here. The table shows what would be done: look, and press Apply."
            )
        if request.outputPath == self._began[0] and _begun(request) != self._began:
            return _(
                "Not started: the run that was begun here had other options, and what waits of it would be made anew. "
                "The table shows what would be done: look, and press Apply."
            )
        return _(
            "Not started: the output folder holds results already, and what was not ticked for them is not known any "
            "more. The table shows what would be done: look, and press Apply."
        )

    def _ask(self, *, isCheck: bool) -> None:
        request = self._requestOf()
        self._isCheck, self._asked = isCheck, (request, request.meant())
        self._start(request.withDecisions().planArguments(), Task.CHECK if isCheck else Task.PLAN)

    def _run(self, asked: RunRequest) -> None:
        """Start the run of what is ticked."""
        if not self._areKept():  # boxes may be drawn while a plan is made
            return
        subjects, leftOut = self._view.table.chosen()
        request = replace(asked, subjects=subjects, leftOut=leftOut, isOverwrite=self._isOverwrite)
        self._began, self._isAnew = _begun(request), self._isOverwrite
        self._isWhole = not (subjects or leftOut)
        self._start(request.withDecisions().runArguments(), Task.RUN)
        self._form.isOverwrite = False

    def _areKept(self) -> bool:
        """Say whether all boxes that are drawn are filled by what is started now, and why not."""
        reason = self._preview.unkept()
        if reason:
            self._view.tell(_("Not started: {reason}").format(reason=reason))
        return not reason

    def _mayDelete(self) -> bool:
        """Ask before anything is deleted; refuse where series of what is ticked wait and are not ticked themselves."""
        from SlicerDeidLib import held_series, lost_regions, released_series
        from SlicerDeidLib.errors import DeidError

        request, (subjects, leftOut) = self._requestOf().withDecisions(), self._view.table.chosen()
        folders = asPath(request.outputPath), request.privateChosen()
        self._view.tell(_("Looking what waits..."))
        try:  # the journal of many images is long
            waiting = besideEvents(lambda: held_series(*folders), isHandled=False)
            finished = [*waiting, *besideEvents(lambda: released_series(*folders), isHandled=False)]
            named = besideEvents(request.policyChosen, isHandled=False), request.keyChosen(), request.release.strip()
            lost = {one.place for one in finished if lost_regions(one.settings, *named)}
        except (DeidError, OSError) as error:
            self._view.tell(messages.panelWords(reasonOf(error)))
            return False
        waiting, finished = (
            [one for one in series if not subjects or one.place.split("/")[0] in subjects]
            for series in (waiting, finished)
        )
        if left := [one for one in waiting if one.place in leftOut]:
            sentence = _(
                "Not started: starting anew deletes all of a ticked patient, and {count} series that wait in the "
                "review are not ticked. Decide on them first, or tick them too; or untick 'Start anew', which leaves "
                "them waiting."
            )
            self._view.tell(sentence.format(count=len(left)))
            return False
        filled = sum(one.place in lost for one in finished)
        sentence = _whatGoes(len(waiting), filled, isPart=bool(subjects or leftOut))
        isMeant = isAgreed(sentence)
        self._view.tell("" if isMeant else _("Not started: nothing was deleted."))
        return isMeant


def _whatGoes(waiting: int, filled: int, isPart: bool) -> str:
    """Return the question before all starts anew: how many series wait, and of how many regions were filled."""
    sentence = _("What this project wrote into the output folder is deleted first, and everything is done again.")
    if isPart:
        sentence = _(
            "What this project wrote of the ticked patients into the output folder is deleted first, also series "
            "that are not ticked; only what is ticked is done again. Other patients stay as they are."
        )
    if waiting:
        sentence += " " + _("The {count} series that wait in the review are deleted too.").format(count=waiting)
    if filled:
        more = _(
            "In {count} series regions were filled that nothing names now: they are made without, and what was under "
            "them shows again. To have them filled, press Cancel, and name their file at 'Own regions' (Advanced), or "
            "draw boxes in a preview."
        )
        sentence += " " + more.format(count=filled)
    return sentence


def _begun(request: RunRequest) -> tuple[str, object]:
    """Return what a run does where it is begun and where it goes on, whatever is ticked."""
    return request.outputPath, (request.meant(), request.withDecisions().meant())


def _isAsMeant(plan: dict) -> bool:
    """Tell whether nothing keeps a plan from being run, and all that lies there is what it would make."""
    return not messages.errorsOf(plan) and not any(each.get("otherwise") for each in plan["series"])


def _isNoMore(now: dict, shown: dict) -> bool:
    """Tell whether a plan is the one that was shown, but for what was finished or decided on since and stays."""
    pairs = list(zip(now["series"], shown["series"], strict=False))
    staying = {number for number, pair in enumerate(pairs) if _isStaying(*pair)}
    isAnyNew = any(old.get("found") and number not in staying for number, (_new, old) in enumerate(pairs))
    return not isAnyNew and _withoutState(now, staying) == _withoutState(shown, staying)


def _isStaying(now: dict, shown: dict) -> bool:
    """Tell whether nothing is done of a series: it is finished, or was and has been rejected."""
    return bool(now.get("found") or (shown.get("found") and now.get("verdict") == "leave out"))


def _withoutState(plan: dict, staying: set[int]) -> dict:
    """A plan without what it says of finished series, and how those were made or were to be made that it numbers."""
    hidden = [_STATE | _MADE if number in staying else _STATE for number, _each in enumerate(plan["series"])]
    series = [
        {key: value for key, value in each.items() if key not in without}
        for each, without in zip(plan["series"], hidden, strict=True)
    ]
    return {key: value for key, value in plan.items() if key != "counts"} | {"series": series}
