# SPDX-License-Identifier: Apache-2.0
"""ReviewView: the heads that wait to be accepted, the most doubtful first, a page of pictures at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import qt
import vtk
from slicer.i18n import tr as _
from vtk.util import numpy_support

from SlicerDeidWidgets.background import Background, reasonOf
from SlicerDeidWidgets.messages import panelWords
from SlicerDeidWidgets.request import RunRequest, asPath

if TYPE_CHECKING:
    from SlicerDeidLib import HeldSeries

PAGE = 24  # heads
_PICTURE_PX, _MARGIN_PX = 132, 14


class ReviewView:
    """Shows what waits beside the output, and takes decisions.

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
    """

    def __init__(
        self,
        ui: object,
        requestOf: Callable[[], RunRequest],
        canRun: Callable[[], bool],
        open: Callable[[HeldSeries], None],  # noqa: A002 - what it does
    ) -> None:
        self._ui, self._requestOf, self._canRun, self._open = ui, requestOf, canRun, open
        self._waiting: tuple[HeldSeries, ...] = ()
        self._first = 0
        self._thread = Background("review")
        self._pictures: dict[str, object] = {}
        ui.reviewList.setIconSize(qt.QSize(_PICTURE_PX, _PICTURE_PX))
        ui.reviewList.setGridSize(qt.QSize(_PICTURE_PX + _MARGIN_PX, _PICTURE_PX + 2 * _MARGIN_PX))
        ui.reviewList.connect("itemSelectionChanged()", self._showChosen)
        for name, act in {
            "reviewRefresh": self.refresh,
            "reviewAccept": lambda: self._decide("accept", self._chosen()),
            "reviewReject": lambda: self._decide("reject", self._chosen()),
            "reviewAcceptPage": lambda: self._decide("accept", self._page()),
            "reviewPrevious": lambda: self._turn(-PAGE),
            "reviewNext": lambda: self._turn(PAGE),
        }.items():
            getattr(ui, f"{name}Button").connect("clicked(bool)", act)
        self._showPage()

    @property
    def isBusy(self) -> bool:
        """Whether pictures are still to come."""
        return self._thread.isBusy

    def refresh(self) -> None:
        """Look what waits, and show the first page."""
        if not self._requestOf().outputPath.strip() or not self._canRun():
            self._waiting = ()
        else:
            self._waiting = self._read()
        self._first, self._pictures = 0, {}
        self._thread.forget()  # what it draws may be of files that are made anew by now
        self._showPage()

    def forget(self) -> None:
        """Show nothing: another output was chosen."""
        self._waiting, self._first, self._pictures = (), 0, {}
        self._thread.forget()
        self._showPage()

    def close(self) -> None:
        """End the drawing."""
        self._thread.close()

    def _read(self) -> tuple[HeldSeries, ...]:
        from SlicerDeidLib import DeidError, held_series

        request = self._requestOf()
        try:
            return held_series(asPath(request.outputPath), request.privateChosen())
        except DeidError as error:
            self._say(panelWords(error.reason))
            return ()

    def _page(self) -> list[HeldSeries]:
        return list(self._waiting[self._first : self._first + PAGE])

    def _chosen(self) -> list[HeldSeries]:
        rows = [self._ui.reviewList.row(item) for item in self._ui.reviewList.selectedItems()]
        return [series for row, series in enumerate(self._page()) if row in rows]

    def _turn(self, by: int) -> None:
        self._first = min(max(self._first + by, 0), max(len(self._waiting) - 1, 0) // PAGE * PAGE)
        self._showPage()

    def _decide(self, what: str, series: list[HeldSeries]) -> None:
        """Accept or reject series, and go on with what is left."""
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
        self._waiting = self._read()
        self._turn(0)
        sentence = _("{accepted} accepted, {rejected} rejected; {left} wait.")
        self._say(sentence.format(accepted=done.accepted, rejected=done.rejected, left=len(self._waiting)))

    def _showPage(self) -> None:
        """Fill the list; pictures come one after the other."""
        widget, page = self._ui.reviewList, self._page()
        widget.clear()
        for series in page:
            item = qt.QListWidgetItem(series.place)
            item.setToolTip(_knowledge(series))
            if series.place in self._pictures:
                item.setIcon(self._pictures[series.place])
            widget.addItem(item)
        last = self._first + len(page)
        self._ui.reviewPreviousButton.enabled = self._first > 0
        self._ui.reviewNextButton.enabled = last < len(self._waiting)
        self._ui.reviewAcceptPageButton.enabled = bool(page)
        self._showChosen()
        sentence = _("{first} to {last} of {count}, the most doubtful first.")
        self._say(
            sentence.format(first=self._first + 1, last=last, count=len(self._waiting))
            if page
            else _("Nothing waits to be accepted.")
        )
        if not self._thread.isBusy:
            self._draw()

    def _showChosen(self) -> None:
        """Say what is known of the selected series."""
        chosen = self._chosen()
        for name in ("Accept", "Reject"):
            getattr(self._ui, f"review{name}Button").enabled = bool(chosen)
        self._ui.reviewDetailLabel.text = _knowledge(chosen[0]) if len(chosen) == 1 else ""

    def _draw(self) -> None:
        """Let the thread draw the next head of the page."""
        left = [series for series in self._page() if series.place not in self._pictures]
        if left:
            from SlicerDeidLib import head_picture

            self._thread.start(partial(head_picture, left[0]), partial(self._take, left[0].place))

    def _take(self, place: str, future: Future) -> None:
        """Show what the thread drew."""
        error = future.exception()
        self._pictures[place] = qt.QIcon() if error is not None else _icon(future.result())
        for row, series in enumerate(self._page()):
            item = self._ui.reviewList.item(row)
            if series.place == place and item is not None:
                item.setIcon(self._pictures[place])
                if error is not None:
                    item.setToolTip(reasonOf(error))
        self._draw()

    def _say(self, sentence: str) -> None:
        self._ui.reviewLabel.text = sentence


def _knowledge(series: HeldSeries) -> str:
    """Return what a person decides by."""
    parts = [
        _("{place}: doubt {doubt} (1 is the most that passes)").format(place=series.place, doubt=f"{series.doubt:.2f}")
    ]
    parts += [panelWords(finding) for finding in series.findings]
    return "; ".join(parts)


def _icon(picture: np.ndarray) -> object:
    """Return a grey picture as an icon."""
    rows, columns = picture.shape
    image = vtk.vtkImageData()
    image.SetDimensions(columns, rows, 1)
    flat = np.ascontiguousarray(picture[::-1]).ravel()
    image.GetPointData().SetScalars(numpy_support.numpy_to_vtk(flat, deep=True, array_type=vtk.VTK_UNSIGNED_CHAR))
    writer = vtk.vtkPNGWriter()
    writer.WriteToMemoryOn()
    writer.SetInputData(image)
    writer.Write()
    pixmap = qt.QPixmap()
    pixmap.loadFromData(qt.QByteArray(bytes(numpy_support.vtk_to_numpy(writer.GetResult()))))
    return qt.QIcon(pixmap)
