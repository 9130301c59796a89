# SPDX-License-Identifier: Apache-2.0
"""ReviewView: finished heads, waiting or released, the most doubtful first, a page of pictures at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _

from SlicerDeidWidgets.background import Background, reasonOf
from SlicerDeidWidgets.fulltext import legible, showText, tip
from SlicerDeidWidgets.messages import panelWords
from SlicerDeidWidgets.optionwords import choices
from SlicerDeidWidgets.places import asPath
from SlicerDeidWidgets.request import PEELING, RunRequest
from SlicerDeidWidgets.reviewpages import byPatient, starts, whole
from SlicerDeidWidgets.reviewpictures import ReviewPictures
from SlicerDeidWidgets.reviewwords import REJECTED, RELEASED, WAITING, again, kinds, knowledge, noPicture, said
from SlicerDeidWidgets.reviewwork import Decisions, decideAll

if TYPE_CHECKING:
    from SlicerDeidLib import HeldSeries

PAGE = 24  # heads
_PICTURE_PX, _MARGIN_PX = 132, 14
_REDONE = ("auto", "surface+face", "face", "surface", "skullstrip")  # ways of defacing that a head is done again with
_READ = ("mask", "thorough", "drop", "morph")  # ways with text


class ReviewView:
    """Shows what waits beside the output, or lies in it, and takes decisions.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    requestOf : callable
        Returns what the panel asks for now.
    canRun : callable
        Says whether the library can be used.
    open : callable
        Shows a series in Slicer's views.
    redo : callable
        Does series again: gets them, the way of defacing, the depth in mm and what happens to text.
    onChange : callable
        Called when decisions begin or end to be carried out: with what became of which series, and what is there then.
    """

    def __init__(
        self,
        ui: object,
        requestOf: Callable[[], RunRequest],
        canRun: Callable[[], bool],
        open: Callable[[HeldSeries], None],  # noqa: A002 - what it does
        redo: Callable[[list[HeldSeries], str, float, str], None],
        onChange: Callable[..., None],
    ) -> None:
        self._ui, self._requestOf, self._canRun, self._open, self._redo = ui, requestOf, canRun, open, redo
        self._onChange = onChange
        self._isKnown = self._isDeciding = False  # what is finished; whether decisions are being carried out
        self._finished: tuple[HeldSeries, ...] = ()
        self._first = 0
        self._audited: dict[str, int] = {}
        self._isIdle = True
        self._seen: set[tuple[str, object]] = set()  # whose pictures were on the screen
        self._pictures = ReviewPictures(self._showPicture)
        self._disk = Background("decisions")  # reads and moves files, which takes long for many series
        for combo, known in {
            ui.reviewKindCombo: kinds(),
            ui.reviewDefaceCombo: _methods(),
            ui.reviewTextCombo: _texts(),
        }.items():
            for value, text in known.items():
                combo.addItem(text, value)
        ui.reviewList.connect("itemSelectionChanged()", self._showChosen)
        ui.reviewList.connect("itemActivated(QListWidgetItem*)", self._openChosen)
        ui.reviewTabs.connect("currentChanged(int)", self._noteSeen)
        ui.reviewSection.connect("contentsCollapsed(bool)", self._noteSeen)
        ui.reviewList.verticalScrollBar().connect("valueChanged(int)", self._noteSeen)
        ui.reviewKindCombo.connect("currentIndexChanged(int)", self.refresh)
        ui.reviewOriginalCheck.connect("toggled(bool)", self._drawAnew)
        ui.reviewDefaceCombo.connect("currentIndexChanged(int)", self._offerDepth)
        for name, act in {
            "Refresh": self.refresh,
            "Accept": lambda: self._accept(self._decided()),
            "Reject": self._rejectChosen,
            "AcceptPage": lambda: self._accept(self._page()),
            "Previous": lambda: self._turn(-1),
            "Next": lambda: self._turn(1),
            "Open": self._openChosen,
            "Redo": self._redoChosen,
        }.items():
            getattr(ui, f"review{name}Button").connect("clicked(bool)", act)
        self._showPage()

    @property
    def isDeciding(self) -> bool:
        """Whether decisions are being carried out: nothing else may touch the output."""
        return self._isDeciding

    @property
    def isBusy(self) -> bool:
        """Whether a decision is being carried out, or pictures are still to come."""
        return self._disk.isBusy or self._pictures.isBusy

    def setIdle(self, isIdle: bool) -> None:
        """Let series be decided on and done again, or not while something runs."""
        self._isIdle = isIdle
        self._showChosen()

    def refresh(self) -> None:
        """Look what is finished, and show the first page."""
        if self._isDeciding:
            return
        self._finished, self._first = (), 0
        self._seen.clear()
        self._pictures.forget()  # the files may be made anew by now
        self._showPage()
        if self._requestOf().outputPath.strip() and self._canRun():
            self._ask("", [])

    def showAudited(self, counts: dict[str, int]) -> None:
        """Let what an audit found wrong in what was released come first.

        Parameters
        ----------
        counts : dict of str to int
            Findings by place.
        """
        self._audited = counts
        if self._kind() == RELEASED:
            self._finished, self._first = self._sorted(self._finished), 0
            self._showPage()

    def forget(self) -> None:
        """Show nothing: another output was chosen."""
        self._finished, self._first, self._audited = (), 0, {}
        self._isKnown = self._isDeciding = False
        self._seen.clear()
        self._pictures.forget()
        self._disk.forget()
        self._showPage()

    def close(self) -> None:
        """End the drawing, and keep no picture."""
        self.forget()
        self._pictures.close()
        self._disk.close()

    def _kind(self) -> str:
        """Whether what waits is shown, what lies in the output, or what was rejected."""
        return self._ui.reviewKindCombo.itemData(self._ui.reviewKindCombo.currentIndex)

    def _ask(self, what: str, series: list[HeldSeries], unseen: Sequence[HeldSeries] = ()) -> None:
        """Decide on series, or on none, and look what is finished then; returns at once."""
        from SlicerDeidLib import held_series, rejected_series, released_series

        request, note = self._requestOf(), self._ui.reviewNoteEdit.text.strip()
        look = {WAITING: held_series, RELEASED: released_series, REJECTED: rejected_series}[self._kind()]

        def work() -> tuple[Decisions | None, tuple[HeldSeries, ...]]:
            folders = asPath(request.outputPath), request.privateChosen()
            return decideAll(*folders, what, series, note) if what else None, look(*folders)

        chosen = [self._page().index(each) for each in self._chosen()] if what else []
        left = self._unseen(list(unseen))
        self._disk.start(work, partial(self._take, what, series, left, min(chosen, default=None), note))
        self._isDeciding = bool(what)
        if what:
            self._ui.reviewNoteEdit.text = ""  # what is typed from here on is of the next
            self._ui.reviewList.setFocus()
            self._onChange({})
        self._showChosen()
        self.say(_("Looking at the files..."))

    def _take(
        self, what: str, series: list[HeldSeries], left: list[str], row: int | None, note: str, future: Future
    ) -> None:
        """Go on with what is left, at the row that was selected, and say what was done.

        Parameters
        ----------
        left : list of str
            What is said of series that were not decided on.
        note : str
            What was noted with a decision; it comes back where that failed.
        """
        self._isDeciding = False
        isFailed = bool(what) and (future.exception() is not None or bool(future.result()[0].reasons))
        if isFailed and not self._ui.reviewNoteEdit.text:
            self._ui.reviewNoteEdit.text = note
        if future.exception() is not None:
            if what:
                self._onChange({})
            self._showChosen()
            self.say(panelWords(reasonOf(future.exception()), again(what)))
            return
        done, finished = future.result()
        self._finished, self._isKnown = self._sorted(finished), True
        self._turn(0)
        if what:
            there = {each.place for each in finished}
            self._onChange({each.place: what for each in series if each.place not in there}, done.there)
        if done is None:
            return
        if row is not None:
            self._select(row)
        self._showReasons(done.reasons)
        sentence = _("{accepted} accepted, {rejected} rejected; {left} wait.")
        sentence = _("{withdrawn} withdrawn.") if what == "withdraw" else sentence
        counts = {"accepted": done.accepted, "rejected": done.rejected, "withdrawn": done.withdrawn}
        sentences = [sentence.format(**counts, left=len(self._finished)), *left]
        changed = _("Left, for they were made anew or decided on since they were shown: {count}.")
        sentences += [changed.format(count=done.changed)] if done.changed else []
        sentences += [
            _("Failed, and left as they were: {places}: {reason}").format(places=", ".join(places), reason=reason)
            for reason, places in done.reasons.items()
        ]
        sentences += [_("All is decided, but: {reason}").format(reason=done.trouble)] if done.trouble else []
        self.say(" ".join(sentences))

    def _showReasons(self, reasons: dict[str, list[str]]) -> None:
        """Let heads whose decision failed say why."""
        reasonOfPlace = {place: reason for reason, places in reasons.items() for place in places}
        for row, series in enumerate(self._page()):
            if series.place in reasonOfPlace:
                self._ui.reviewList.item(row).setToolTip(tip(reasonOfPlace[series.place]))

    def _select(self, row: int) -> None:
        """Select what stands now where the selection began: the next to be decided on, as those before it went."""
        widget = self._ui.reviewList
        if widget.count:
            widget.setCurrentRow(min(row, widget.count - 1))
            if not self._ui.reviewNoteEdit.focus:  # where the next note is typed already
                widget.setFocus()

    def _sorted(self, series: tuple[HeldSeries, ...]) -> tuple[HeldSeries, ...]:
        """Put patients first of whom the audit found something; the library has put the most doubtful first."""
        if self._kind() == RELEASED:
            series = tuple(sorted(series, key=lambda one: -self._audited.get(one.place, 0)))
        return byPatient(series)

    def _page(self) -> list[HeldSeries]:
        return list(self._finished[self._first : self._end(1)])

    def _end(self, pages: int) -> int:
        """Return where so many pages end, from the one that is shown on."""
        ends = [*starts(self._finished, PAGE)[1:], len(self._finished)]
        return ends[min(bisect_right(ends, self._first) + pages, len(ends)) - 1]

    def _chosen(self) -> list[HeldSeries]:
        rows = [self._ui.reviewList.row(item) for item in self._ui.reviewList.selectedItems()]
        return [series for row, series in enumerate(self._page()) if row in rows]

    def _decided(self) -> list[HeldSeries]:
        """Return what a decision is about: what is selected, or all of the patients of whom something is."""
        chosen = self._chosen()
        return whole(chosen, self._page()) if self._ui.reviewWholeCheck.checked else chosen

    def _turn(self, by: int) -> None:
        found = starts(self._finished, PAGE)
        self._first = found[min(max(bisect_right(found, self._first) - 1 + by, 0), len(found) - 1)]
        self._showPage()

    def _rejectChosen(self) -> None:
        self._decide("withdraw" if self._kind() == RELEASED else "reject", self._decided())

    def _accept(self, series: list[HeldSeries]) -> None:
        """Accept what was on the screen: a series without a picture, or one not scrolled to, was not looked at."""
        self._noteSeen()
        seen = [each for each in series if (each.place, each.written) in self._seen]
        if seen:
            self._decide("accept", seen, [each for each in series if each not in seen])
        else:
            self.say(" ".join(self._unseen(series)))

    def _unseen(self, series: list[HeldSeries]) -> list[str]:
        """Say how many series are left that nobody can have looked at."""
        undrawn = sum(bool(self._pictures.reason(each)) for each in series)
        sentences = {
            _("Left, for they have no picture (select one to read why): {count}."): undrawn,
            _("Left, for they were not on the screen: {count}."): len(series) - undrawn,
        }
        return [sentence.format(count=count) for sentence, count in sentences.items() if count]

    def _noteSeen(self, _value: int = 0) -> None:
        """Remember which pictures are on the screen, by their middles: none of a hidden page or section."""
        widget = self._ui.reviewList
        shown = widget.viewport().visibleRegion()  # empty where it is hidden; less where the panel is scrolled
        for row, series in enumerate(self._page()[: widget.count]):
            middle = widget.visualItemRect(widget.item(row)).center()
            if self._pictures.isDrawn(series) and shown.contains(middle):
                self._seen.add((series.place, series.written))

    def _decide(self, what: str, series: list[HeldSeries], unseen: Sequence[HeldSeries] = ()) -> None:
        """Accept, reject or withdraw series."""
        if series and not self._disk.isBusy:
            self._ask(what, series, unseen)

    def _openChosen(self) -> None:
        chosen = self._chosen()
        if len(chosen) == 1 and chosen[0].files:
            self._open(chosen[0])

    def _redoChosen(self) -> None:
        """Do the selected series again with the settings beside the button."""
        ui = self._ui
        method = ui.reviewDefaceCombo.itemData(ui.reviewDefaceCombo.currentIndex)
        text = ui.reviewTextCombo.itemData(ui.reviewTextCombo.currentIndex)
        self._redo(self._chosen(), method, ui.reviewDepthSpin.value, text)

    def _offerDepth(self) -> None:
        """Let a depth be chosen where something is peeled."""
        method = self._ui.reviewDefaceCombo.itemData(self._ui.reviewDefaceCombo.currentIndex)
        self._ui.reviewDepthSpin.enabled = method in PEELING

    def _showPage(self) -> None:
        """Fill the list; pictures come one after the other."""
        widget, page = self._ui.reviewList, self._page()
        width = _PICTURE_PX * (2 if self._ui.reviewOriginalCheck.checked else 1)
        widget.setIconSize(qt.QSize(width, _PICTURE_PX))
        widget.setGridSize(qt.QSize(width + _MARGIN_PX, _PICTURE_PX + 2 * _MARGIN_PX))
        widget.clear()
        for series in page:
            item = qt.QListWidgetItem()
            self._describe(item, series)
            icon = self._pictures.get(series)
            if icon is not None:
                item.setIcon(icon)
            widget.addItem(item)
        last = self._first + len(page)
        self._ui.reviewPreviousButton.enabled = self._first > 0
        self._ui.reviewNextButton.enabled = last < len(self._finished)
        self._showChosen()
        sentence, nothing = said()[self._kind()]
        nothing = nothing if self._isKnown else _("Press Read anew to see what is finished.")
        shown = sentence.format(first=self._first + 1, last=last, count=len(self._finished)) if page else nothing
        isMixed = any(series.settings != page[0].settings for series in page)
        mixed = _("They were made with different settings: see what is said of each below.")
        self.say(f"{shown} {mixed}" if isMixed else shown)
        ahead = self._finished[self._first : self._end(2)]  # the next page is drawn while this one is judged
        ahead = [series for series in ahead if series.files]  # those of rejected ones are gone
        self._pictures.draw(ahead, self._requestOf() if page and self._ui.reviewOriginalCheck.checked else None)

    def _drawAnew(self) -> None:
        """Draw all pictures again, with or without the originals."""
        self._pictures.forget()
        self._seen.clear()
        self._showPage()

    def _showChosen(self) -> None:
        """Say what is known of the selected series, and offer what can be done."""
        chosen, ui, kind = self._chosen(), self._ui, self._kind()
        isIdle = self._isIdle and not self._disk.isBusy
        ui.reviewKindCombo.enabled = ui.reviewRefreshButton.enabled = not self._isDeciding
        ui.reviewRejectButton.text = _("Withd&raw") if kind == RELEASED else _("&Reject")
        ui.reviewRedoButton.enabled = bool(chosen) and isIdle
        ui.reviewRejectButton.enabled = bool(chosen) and isIdle and kind != REJECTED
        ui.reviewAcceptButton.enabled = bool(chosen) and isIdle and kind == WAITING
        self._noteSeen()
        isDrawn = any(map(self._pictures.isDrawn, self._page()))
        ui.reviewAcceptPageButton.enabled = isDrawn and isIdle and kind == WAITING
        ui.reviewOpenButton.enabled = len(chosen) == 1 and bool(chosen[0].files)
        text = self._knowledge(chosen[0]) if len(chosen) == 1 else ""
        showText(ui.reviewDetailLabel, text)

    def _knowledge(self, series: HeldSeries) -> str:
        reason = self._pictures.reason(series)
        return knowledge(series, self._audited.get(series.place, 0), noPicture(reason) if reason else "")

    def _describe(self, item: object, series: HeldSeries) -> None:
        """Write below a picture whose it is, and that there is none."""
        missing = _("no picture") if self._pictures.reason(series) else ""
        item.setText(legible("\n".join(filter(None, [series.place, missing, series.note]))))
        item.setToolTip(tip(self._knowledge(series)))

    def _showPicture(self, drawn: HeldSeries, icon: object) -> None:
        for row, series in enumerate(self._page()):
            item = self._ui.reviewList.item(row)
            if (series.place, series.written) == (drawn.place, drawn.written) and item is not None:
                item.setIcon(icon)
                self._describe(item, series)
        self._showChosen()

    def say(self, sentence: str) -> None:
        """Say something beside the buttons."""
        showText(self._ui.reviewLabel, sentence)


def _methods() -> dict[str, str]:
    return {value: choices()[value] for value in _REDONE}


def _texts() -> dict[str, str]:
    return {value: choices()[value] for value in _READ}
