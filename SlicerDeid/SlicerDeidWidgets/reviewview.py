# SPDX-License-Identifier: Apache-2.0
"""ReviewView: finished heads, waiting or released, the most doubtful first, a page of pictures at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _

from SlicerDeidWidgets.messages import choices, panelWords
from SlicerDeidWidgets.request import RunRequest, asPath
from SlicerDeidWidgets.reviewpictures import ReviewPictures

if TYPE_CHECKING:
    from SlicerDeidLib import HeldSeries

PAGE = 24  # heads
_PICTURE_PX, _MARGIN_PX = 132, 14
_WAITING, _RELEASED = "waiting", "released"
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
    """

    def __init__(
        self,
        ui: object,
        requestOf: Callable[[], RunRequest],
        canRun: Callable[[], bool],
        open: Callable[[HeldSeries], None],  # noqa: A002 - what it does
        redo: Callable[[list[HeldSeries], str, float, str], None],
    ) -> None:
        self._ui, self._requestOf, self._canRun, self._open, self._redo = ui, requestOf, canRun, open, redo
        self._finished: tuple[HeldSeries, ...] = ()
        self._first = 0
        self._isIdle = True
        self._pictures = ReviewPictures(self._showPicture)
        for combo, known in {
            ui.reviewKindCombo: _kinds(),
            ui.reviewDefaceCombo: _methods(),
            ui.reviewTextCombo: _texts(),
        }.items():
            for value, text in known.items():
                combo.addItem(text, value)
        ui.reviewList.connect("itemSelectionChanged()", self._showChosen)
        ui.reviewList.connect("itemActivated(QListWidgetItem*)", self._openChosen)
        ui.reviewKindCombo.connect("currentIndexChanged(int)", self.refresh)
        ui.reviewOriginalCheck.connect("toggled(bool)", self._drawAnew)
        for name, act in {
            "Refresh": self.refresh,
            "Accept": lambda: self._decide("accept", self._chosen()),
            "Reject": self._rejectChosen,
            "AcceptPage": lambda: self._decide("accept", self._page()),
            "Previous": lambda: self._turn(-PAGE),
            "Next": lambda: self._turn(PAGE),
            "Open": self._openChosen,
            "Redo": self._redoChosen,
        }.items():
            getattr(ui, f"review{name}Button").connect("clicked(bool)", act)
        self._showPage()

    @property
    def isBusy(self) -> bool:
        """Whether pictures are still to come."""
        return self._pictures.isBusy

    def setIdle(self, isIdle: bool) -> None:
        """Let series be decided on and done again, or not while something runs."""
        self._isIdle = isIdle
        self._showChosen()

    def refresh(self) -> None:
        """Look what is finished, and show the first page."""
        isNamed = self._requestOf().outputPath.strip() and self._canRun()
        self._finished = self._read() if isNamed else ()
        self._first = 0
        self._pictures.forget()  # the files may be made anew by now
        self._showPage()

    def forget(self) -> None:
        """Show nothing: another output was chosen."""
        self._finished, self._first = (), 0
        self._pictures.forget()
        self._showPage()

    def close(self) -> None:
        """End the drawing, and keep no picture."""
        self.forget()
        self._pictures.close()

    def _isReleased(self) -> bool:
        """Whether what lies in the output is shown, not what waits."""
        return self._ui.reviewKindCombo.itemData(self._ui.reviewKindCombo.currentIndex) == _RELEASED

    def _read(self) -> tuple[HeldSeries, ...]:
        from SlicerDeidLib import DeidError, held_series, released_series

        request = self._requestOf()
        look = released_series if self._isReleased() else held_series
        try:
            return look(asPath(request.outputPath), request.privateChosen())
        except DeidError as error:
            self._say(panelWords(error.reason))
            return ()

    def _page(self) -> list[HeldSeries]:
        return list(self._finished[self._first : self._first + PAGE])

    def _chosen(self) -> list[HeldSeries]:
        rows = [self._ui.reviewList.row(item) for item in self._ui.reviewList.selectedItems()]
        return [series for row, series in enumerate(self._page()) if row in rows]

    def _turn(self, by: int) -> None:
        self._first = min(max(self._first + by, 0), max(len(self._finished) - 1, 0) // PAGE * PAGE)
        self._showPage()

    def _rejectChosen(self) -> None:
        self._decide("withdraw" if self._isReleased() else "reject", self._chosen())

    def _decide(self, what: str, series: list[HeldSeries]) -> None:
        """Accept, reject or withdraw series, and go on with what is left."""
        from SlicerDeidLib import DeidError, decide

        request = self._requestOf()
        places, note = [each.place for each in series], self._ui.reviewNoteEdit.text.strip()
        if not places:
            return
        try:
            done = decide(asPath(request.outputPath), request.privateChosen(), note=note, **{what: places})
        except DeidError as error:
            self._say(panelWords(error.reason))
            return
        self._ui.reviewNoteEdit.text = ""
        self._finished = self._read()
        self._turn(0)
        if what == "withdraw":
            self._say(_("{count} withdrawn.").format(count=done.withdrawn))
            return
        sentence = _("{accepted} accepted, {rejected} rejected; {left} wait.")
        self._say(sentence.format(accepted=done.accepted, rejected=done.rejected, left=len(self._finished)))

    def _openChosen(self) -> None:
        chosen = self._chosen()
        if len(chosen) == 1:
            self._open(chosen[0])

    def _redoChosen(self) -> None:
        """Do the selected series again with the settings beside the button."""
        ui = self._ui
        method = ui.reviewDefaceCombo.itemData(ui.reviewDefaceCombo.currentIndex)
        text = ui.reviewTextCombo.itemData(ui.reviewTextCombo.currentIndex)
        self._redo(self._chosen(), method, ui.reviewDepthSpin.value, text)

    def _showPage(self) -> None:
        """Fill the list; pictures come one after the other."""
        widget, page = self._ui.reviewList, self._page()
        width = _PICTURE_PX * (2 if self._ui.reviewOriginalCheck.checked else 1)
        widget.setIconSize(qt.QSize(width, _PICTURE_PX))
        widget.setGridSize(qt.QSize(width + _MARGIN_PX, _PICTURE_PX + 2 * _MARGIN_PX))
        widget.clear()
        for series in page:
            item = qt.QListWidgetItem(series.place)
            item.setToolTip(_knowledge(series))
            icon = self._pictures.get(series.place)
            if icon is not None:
                item.setIcon(icon)
            widget.addItem(item)
        last = self._first + len(page)
        self._ui.reviewPreviousButton.enabled = self._first > 0
        self._ui.reviewNextButton.enabled = last < len(self._finished)
        self._showChosen()
        sentence = _("{first} to {last} of {count}, the most doubtful first.")
        nothing = (
            _("The output holds no finished series.") if self._isReleased() else _("Nothing waits to be accepted.")
        )
        self._say(sentence.format(first=self._first + 1, last=last, count=len(self._finished)) if page else nothing)
        ahead = self._finished[self._first : self._first + 2 * PAGE]  # the next page is drawn while this one is judged
        self._pictures.draw(ahead, self._requestOf() if page and self._ui.reviewOriginalCheck.checked else None)

    def _drawAnew(self) -> None:
        """Draw all pictures again, with or without the originals."""
        self._pictures.forget()
        self._showPage()

    def _showChosen(self) -> None:
        """Say what is known of the selected series, and offer what can be done."""
        chosen, ui, isReleased = self._chosen(), self._ui, self._isReleased()
        ui.reviewRejectButton.text = _("Withd&raw") if isReleased else _("&Reject")
        ui.reviewRejectButton.enabled = ui.reviewRedoButton.enabled = bool(chosen) and self._isIdle
        ui.reviewAcceptButton.enabled = bool(chosen) and self._isIdle and not isReleased
        ui.reviewAcceptPageButton.enabled = bool(self._page()) and self._isIdle and not isReleased
        ui.reviewOpenButton.enabled = len(chosen) == 1
        ui.reviewDetailLabel.text = _knowledge(chosen[0]) if len(chosen) == 1 else ""

    def _showPicture(self, place: str, icon: object, reason: str) -> None:
        for row, series in enumerate(self._page()):
            item = self._ui.reviewList.item(row)
            if series.place == place and item is not None:
                item.setIcon(icon)
                if reason:
                    item.setToolTip(reason)

    def _say(self, sentence: str) -> None:
        self._ui.reviewLabel.text = sentence


def _knowledge(series: HeldSeries) -> str:
    """Return what a person decides by."""
    parts = [
        _("{place}: doubt {doubt} (1 is the most that passes)").format(place=series.place, doubt=f"{series.doubt:.2f}")
    ]
    parts += [panelWords(finding) for finding in series.findings]
    return "; ".join(parts)


def _kinds() -> dict[str, str]:
    return {_WAITING: _("What waits"), _RELEASED: _("What is in the output")}


def _methods() -> dict[str, str]:
    return {value: choices()[value] for value in _REDONE}


def _texts() -> dict[str, str]:
    return {value: choices()[value] for value in _READ}
