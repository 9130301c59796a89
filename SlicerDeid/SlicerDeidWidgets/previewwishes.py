# SPDX-License-Identifier: Apache-2.0
"""What can be looked at: a series as it would be released, or a finished one; used in a thread, knows no slicer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from SlicerDeidWidgets.places import asPath
from SlicerDeidWidgets.request import RunRequest

if TYPE_CHECKING:
    from SlicerDeidLib import Finished, HeldSeries, Preview, PreviewSession, ShownImages, Volume


@dataclass(frozen=True)
class SeriesWish:
    """A series of the input, as it would be released with a request's settings."""

    request: RunRequest
    folder: str = field(repr=False)
    original: str = field(repr=False)
    number: int

    @property
    def key(self) -> object:
        """What wishes for the same series share, so that it is opened once."""
        return self.request.inputPath, self.folder, self.original, self.number

    @property
    def isTextRead(self) -> bool:
        """Whether the settings have text read."""
        return self.request.text not in ("off", "morph")

    def open(self) -> PreviewSession:
        """Read the patient's folder."""
        from SlicerDeidLib import open_preview

        request = self.request
        policy, rows = request.policyChosen(), request.mapChosen()
        options = {"private": request.privateChosen(), "release": request.release.strip(), "key": request.keyChosen()}
        options["original"] = self.original
        return open_preview(asPath(request.inputPath), self.folder, self.number, policy, rows, **options)

    def looks(self, opened: PreviewSession) -> Iterator[Preview]:
        """Look at it step by step."""
        return opened.looks(self.request.policyChosen())

    def hasOriginal(self, _opened: PreviewSession) -> bool:
        """Say whether there is something to compare the result with."""
        return True

    def slice(self, _opened: PreviewSession) -> int | None:
        """Return which slice is asked for."""
        return None

    def images(self, opened: PreviewSession) -> ShownImages | None:
        """Return on which images boxes can be drawn, once there was a look."""
        return opened.images()


@dataclass(frozen=True)
class FinishedWish:
    """A finished series, beside its original where the input has it.

    Attributes
    ----------
    file : str
        Which of its files is asked for; empty: none in particular.
    """

    request: RunRequest
    series: HeldSeries
    file: str = ""
    isTextRead = False

    @property
    def key(self) -> object:
        """What wishes for the same series share, so that it is opened once."""
        return self.series.folder, self.series.files, id(self.series)  # listed anew, it may be made anew

    def open(self) -> Finished:
        """Read the series and its original."""
        from SlicerDeidLib import open_finished

        return open_finished(self.series, originalOf(self.request, self.series))

    def looks(self, opened: Finished) -> Iterator[Preview]:
        """Look at it, once."""
        yield opened.preview

    def hasOriginal(self, opened: Finished) -> bool:
        """Say whether there is something to compare it with."""
        return opened.has_original

    def slice(self, opened: Finished) -> int | None:
        """Return which slice is asked for."""
        return opened.slices.get(self.file)

    def images(self, _opened: Finished) -> ShownImages | None:
        """Return on which images boxes can be drawn: what is finished is made already."""
        return None


Wish = SeriesWish | FinishedWish


def loadFor(request: RunRequest) -> None:
    """Load what previews with a request's settings use."""
    from SlicerDeidLib import load_preview

    load_preview(request.policyChosen())


def loadTextFor(request: RunRequest) -> None:
    """Load what reads text in them."""
    from SlicerDeidLib import load_text_engine

    load_text_engine(request.policyChosen())


def originalOf(request: RunRequest, series: HeldSeries) -> Volume | None:
    """Read the original of a finished series into memory; None where the panel names no input and list that hold it."""
    from SlicerDeidLib import DeidError, open_original

    if not request.inputPath.strip() or not Path(asPath(request.inputPath)).is_dir() or not request.mapPath.strip():
        return None
    options = {"private": request.privateChosen(), "release": request.release.strip(), "key": request.keyChosen()}
    try:
        rows, policy = request.mapChosen(), request.policyChosen()
        return open_original(asPath(request.inputPath), series.place, policy, rows, **options).original()
    except DeidError:
        return None  # moved, renamed, or another list: the result is looked at by itself
