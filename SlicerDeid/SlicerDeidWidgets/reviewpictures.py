# SPDX-License-Identifier: Apache-2.0
"""ReviewPictures: heads drawn one after the other in a thread, in memory only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import qt
import vtk
from vtk.util import numpy_support

from SlicerDeidWidgets.background import Background, reasonOf
from SlicerDeidWidgets.previewwishes import originalOf
from SlicerDeidWidgets.request import RunRequest

if TYPE_CHECKING:
    from SlicerDeidLib import HeldSeries


class ReviewPictures:
    """Draws finished series, beside their originals where that is wished for.

    Parameters
    ----------
    onPicture : callable
        Gets a series and its icon.
    """

    def __init__(self, onPicture: Callable[[HeldSeries, object], None]) -> None:
        self._onPicture = onPicture
        self._thread = Background("review")
        self._icons: dict[tuple, object] = {}  # by _key
        self._reasons: dict[tuple, str] = {}  # why there is none
        self._wanted: list[HeldSeries] = []
        self._request: RunRequest | None = None

    @property
    def isBusy(self) -> bool:
        """Whether pictures are still to come."""
        return self._thread.isBusy

    def get(self, series: HeldSeries) -> object | None:
        """Return a picture that was drawn already; a null icon where that could not be done."""
        return self._icons.get(_key(series))

    def isDrawn(self, series: HeldSeries) -> bool:
        """Say whether there is a picture of these very files."""
        icon = self.get(series)
        return icon is not None and not icon.isNull()

    def reason(self, series: HeldSeries) -> str:
        """Return why there is no picture of these very files; empty where there is one, or none was drawn yet."""
        return self._reasons.get(_key(series), "")

    def draw(self, series: Sequence[HeldSeries], request: RunRequest | None) -> None:
        """Draw what was not drawn yet; returns at once.

        Parameters
        ----------
        request : RunRequest, optional
            Names the input with the originals; None: they are not shown.
        """
        self._wanted, self._request = list(series), request
        if not self._thread.isBusy:
            self._next()

    def forget(self) -> None:
        """Take all pictures out of memory; one that is being drawn is not shown."""
        self._icons, self._reasons, self._wanted = {}, {}, []
        self._thread.forget()

    def close(self) -> None:
        """Stop for good."""
        self.forget()
        self._thread.close()

    def _next(self) -> None:
        left = [series for series in self._wanted if _key(series) not in self._icons]
        if left:
            self._thread.start(partial(_drawn, left[0], self._request), partial(self._take, left[0]))

    def _take(self, series: HeldSeries, future: Future) -> None:
        """Hand on what the thread drew."""
        error = future.exception()
        if error is not None:
            self._reasons[_key(series)] = reasonOf(error)
        icon = self._icons[_key(series)] = qt.QIcon() if error is not None else _icon(future.result())
        self._onPicture(series, icon)
        self._next()


def _key(series: HeldSeries) -> tuple:
    """What a picture is known by: a series that is made anew in the same place has none yet."""
    return series.place, series.written


def _drawn(series: HeldSeries, request: RunRequest | None) -> np.ndarray:
    """Draw one series."""
    from SlicerDeidLib import head_picture

    return head_picture(series, None if request is None else originalOf(request, series))


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
