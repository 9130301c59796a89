# SPDX-License-Identifier: Apache-2.0
"""ReviewSection: the panel's review, which has three pages: heads, values of headers, findings of an audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from SlicerDeidWidgets.auditview import AuditView
from SlicerDeidWidgets.background import besideEvents, reasonOf
from SlicerDeidWidgets.fulltext import isAgreed, shownText
from SlicerDeidWidgets.messages import panelWords
from SlicerDeidWidgets.request import RunRequest
from SlicerDeidWidgets.reviewview import ReviewView
from SlicerDeidWidgets.valuesview import ValuesView

if TYPE_CHECKING:
    from SlicerDeidLib import HeldSeries


@dataclass(frozen=True)
class _Refused:
    """Why nothing was done again, what stood there before, and what the panel asked for."""

    sentence: str
    before: str
    request: RunRequest


class ReviewSection:
    """Holds the three.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    requestOf : callable
        Returns what the panel asks for now.
    canRun : callable
        Says whether the library can be used.
    programOf : callable
        Returns what is started for an audit; None is Slicer's Python with the library.
    open : callable
        Shows a series in Slicer's views: gets it, one of its files, and what is said of it.
    start : callable
        Starts a run with a request, or returns why it does not; asks what it gets besides whether it is meant.
    onChange : callable
        Called when an audit, or decisions that are carried out, begin or end.
    onDecided : callable
        Gets what became of series: their places with ``"accept"``, ``"reject"`` or ``"withdraw"``; and how many lie in
        the output, wait, and are rejected, by ``reviewwords.kinds``.
    onValues : callable
        Called when something was decided about values of headers.
    """

    def __init__(
        self,
        ui: object,
        requestOf: Callable[[], RunRequest],
        canRun: Callable[[], bool],
        programOf: Callable[[], list[str] | None],
        open: Callable[..., None],  # noqa: A002 - what it does
        start: Callable[[RunRequest, Callable[[], bool]], str],
        onChange: Callable[[], None],
        onDecided: Callable[[dict[str, str], dict[str, int]], None],
        onValues: Callable[[], None],
    ) -> None:
        self._ui, self._requestOf, self._start = ui, requestOf, start
        self._onChange, self._onDecided = onChange, onDecided
        self.heads = ReviewView(ui, requestOf, canRun, open, self._redo, self._decided)
        self.values = ValuesView(ui, requestOf, canRun, onValues)
        self.audit = AuditView(ui, requestOf, canRun, programOf, open, onChange, self.heads.showAudited)
        self._views = self.heads, self.values, self.audit
        self._refused: _Refused | None = None

    @property
    def isBusy(self) -> bool:
        """Whether an audit is going on, or decisions are being carried out."""
        return self.audit.isBusy or self.heads.isDeciding

    def setIdle(self, isIdle: bool, isRight: bool) -> None:
        """Let things be decided and audited, or not while a run goes.

        Parameters
        ----------
        isRight : bool
            Whether nothing is wrong with what the panel asks for: why something was not done again holds no more then,
            and neither where other options are chosen.
        """
        self._ui.auditButton.enabled = isIdle
        self.heads.setIdle(isIdle)
        if self._refused is not None and (isRight or self._requestOf() != self._refused.request):
            refused, self._refused = self._refused, None
            if shownText(self._ui.reviewLabel) == refused.sentence:
                self.heads.say(refused.before)

    def showWaiting(self) -> None:
        """Show what waits after a run."""
        self._ui.reviewSection.collapsed = False
        self._ui.reviewTabs.setCurrentIndex(0)
        self._ui.reviewKindCombo.setCurrentIndex(0)
        self.heads.refresh()

    def forget(self) -> None:
        """Show nothing: other paths were chosen."""
        for view in self._views:
            view.forget()

    def close(self) -> None:
        """Stop for good."""
        for view in self._views:
            view.close()

    def _decided(self, decided: dict[str, str], there: dict[str, int] | None = None) -> None:
        self._onChange()
        if there is not None:
            self._onDecided(decided, there)

    def _redo(self, series: list[HeldSeries], deface: str, depth: float, text: str) -> None:
        """Make finished series again with other settings; they wait to be accepted then."""
        places = tuple(one.place for one in series)
        own = {"deface": deface, "depth": depth, "text": text}
        request = replace(self._requestOf(), redone=places, isHeld=True, isOverwrite=False, **own)
        reason = self._start(request, lambda: self._isMeant(request.withDecisions(), series))
        if reason:
            self._refuse(_("Not done again: {reason}").format(reason=reason))

    def _refuse(self, sentence: str) -> None:
        """Say why nothing is done again."""
        before = shownText(self._ui.reviewLabel)
        if self._refused is not None and before == self._refused.sentence:
            before = self._refused.before
        self._refused = _Refused(sentence, before, self._requestOf())
        self.heads.say(sentence)

    def _isMeant(self, request: RunRequest, series: list[HeldSeries]) -> bool:
        """Ask before anything is made with other options than before that are not chosen beside the button.

        They are in the scene, and in another one, or the next day, the panel may show others; or the series was made on
        the command line.
        """
        from SlicerDeidLib import lost_regions, other_settings
        from SlicerDeidLib.errors import DeidError

        def others() -> tuple[dict[str, None], bool]:
            policy, key, release = request.policyChosen(), request.keyChosen(), request.release.strip()
            beside = ["--mask-seg"] * request.maskSeg
            changes = dict.fromkeys(other_settings(one.settings, policy, key, release, beside) for one in series)
            isLost = not policy.text.regions and any(lost_regions(one.settings, policy, key, release) for one in series)
            return changes, isLost

        try:  # rules of the user's own may be long
            told, isLost = besideEvents(others, isHandled=False)
        except (DeidError, OSError) as error:
            self._refuse(_("Not done again: {reason}").format(reason=panelWords(reasonOf(error))))
            return False
        if isLost:
            self._refuse(
                _(
                    "Not done again: regions were filled in it that nothing names now, so that they would show again. "
                    "Name their file at 'Own regions' (Advanced), or draw boxes in its preview."
                )
            )
            return False
        found = [panelWords(each) for each in told if each]
        changes = "; ".join(found)
        sentence = _(
            "What was made before had other options than the panel shows: {changes}. OK makes it again with those of "
            "the panel; Cancel leaves it."
        )
        if not found or isAgreed(sentence.format(changes=changes)):
            return True
        sentence = _("Not done again. Other options are chosen now: {changes}. Choose those that are meant.")
        self._refuse(sentence.format(changes=changes))
        return False
