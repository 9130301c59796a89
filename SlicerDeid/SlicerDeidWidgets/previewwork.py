# SPDX-License-Identifier: Apache-2.0
"""PreviewWork: the steps of a preview, in a thread beside the event loop.

Slicer's main thread holds Python's lock while it waits for events, so a thread would stand still: a timer lets go of it
at every tick. What the thread raises stays in its future; only sentences of the library are shown, else its type.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import qt
from slicer.i18n import tr as _

from SlicerDeidWidgets import previewarrays
from SlicerDeidWidgets.request import RunRequest, asPath

if TYPE_CHECKING:
    from SlicerDeidLib.model.volume import Preview

TICK_MS = 20
_THREADS = 3  # one that works, and others whose text nobody waits for any more
_GIVEN_S = 0.02  # s of every tick that the thread gets


@dataclass(frozen=True)
class Look:
    """One look of a preview, ready to be shown.

    Attributes
    ----------
    isNew : bool
        Whether it is the first of its series.
    isTextRead : bool
        Whether the settings have text read.
    seconds : float
        Since Preview was pressed, or a setting changed.
    place : (3,) float or None
        RAS mm where to look, when this look brings something that lies there.
    before, after, mask : (k, j, i) array or None
        None where the look before had the same.
    """

    preview: Preview = field(repr=False)
    isNew: bool
    isTextRead: bool
    seconds: float
    lattice: previewarrays.Lattice
    place: np.ndarray | None
    before: np.ndarray | None = field(repr=False)
    after: np.ndarray | None = field(repr=False)
    mask: np.ndarray | None = field(repr=False)
    skinBefore: previewarrays.Skin | None = field(repr=False)
    skinAfter: previewarrays.Skin | None = field(repr=False)


class PreviewWork:
    """Works on one series at a time; a newer wish takes the place of the one at hand after the step it is in.

    Only reading text is not waited for: it takes long, and changes nothing that the next wish needs.

    Parameters
    ----------
    onLook : callable
        Gets each ``Look``.
    onEnd : callable
        Gets an empty text, or why there is no (further) look.
    """

    def __init__(self, onLook: Callable[[Look], None], onEnd: Callable[[str], None]) -> None:
        self._onLook, self._onEnd = onLook, onEnd
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="preview")
        self._timer = qt.QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.connect("timeout()", self._tick)
        self._future: Future | None = None
        self._job: _Job | None = None
        self._session: object | None = None
        self._place: tuple[str, str, str, int] | None = None
        self._wish: RunRequest | None = None
        self._isShown = False
        self._isReading = False

    @property
    def isBusy(self) -> bool:
        """Whether looks are still to come."""
        return self._timer.active

    def ask(self, request: RunRequest, folder: str, original: str, number: int) -> None:
        """Look at a series with the settings of a request; returns at once."""
        place = request.inputPath, folder, original, number
        if place != self._place:
            self._place, self._session, self._isShown = place, None, False
        self._wish = request
        self._timer.start()

    def stop(self) -> None:
        """Forget the series; a step that is going on ends unseen."""
        self._timer.stop()
        self._place = self._session = self._wish = self._job = self._future = None
        self._isReading = False

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _tick(self) -> None:
        """Let the thread work, take what it made, give it the next step."""
        if self._future is not None and self._wish is not None and self._isReading:
            self._future = None  # nobody waits for the text of settings that are no longer wanted
        if self._future is not None:
            wait([self._future], timeout=_GIVEN_S)
            if not self._future.done():
                return
            future, self._future = self._future, None
            if self._job.place == self._place:
                self._session = self._job.session
            if self._wish is None:
                self._take(future)
        if self._wish is not None:
            request, self._wish = self._wish, None
            self._isReading = False
            self._job = _Job(request, self._place, self._session, not self._isShown)
        if self._job is not None and self._future is None:
            self._future = self._pool.submit(self._job.step)

    def _take(self, future: Future) -> None:
        error = future.exception()
        look = None if error is not None else future.result()
        if look is not None:
            self._isShown, self._isReading = True, look.preview.step == "deface"
            self._onLook(look)
            if not look.preview.is_last:
                return
        self._job = None
        self._timer.stop()
        self._onEnd("" if error is None else reasonOf(error))


class _Job:
    """One wish: the looks of one series with one request; everything but ``__init__`` runs in the thread."""

    def __init__(
        self, request: RunRequest, place: tuple[str, str, str, int], session: object | None, isNew: bool
    ) -> None:
        self._request, self.place, self.session, self._isNew = request, place, session, isNew
        self._startedAt = time.monotonic()
        self._looks: Iterator[Preview] | None = None
        self._lattice: previewarrays.Lattice | None = None
        self._shown: Preview | None = None

    def step(self) -> Look | None:
        """Return the next look; None at the end."""
        if self._looks is None:
            policy = self._request.policyChosen()
            if self.session is None:
                self.session = self._opened(policy)
            self._looks = self.session.looks(policy)
        preview = next(self._looks, None)
        return None if preview is None else self._look(preview)

    def _opened(self, policy: object) -> object:
        from SlicerDeidLib import open_preview, read_map

        request = self._request
        _input, folder, original, number = self.place
        subjectMap = None
        if request.mapPath:
            subjectMap = read_map(Path(asPath(request.mapPath)), request.columnsChosen(), request.match)
        return open_preview(
            asPath(request.inputPath),
            folder,
            number,
            policy,
            subjectMap,
            private=request.privateChosen(),
            release=request.release.strip(),
            original=original,
        )

    def _look(self, preview: Preview) -> Look:
        """Make what the nodes hold, of what differs from this job's look before."""
        volume, old = preview.before, self._shown
        isNew = self._isNew and self._lattice is None
        self._lattice = self._lattice or previewarrays.latticeOf(volume)
        isResult = preview.step != "read" or preview.is_last
        if isResult:
            self._shown = preview
        isHead = volume.unit == "HU" and len(volume.stored) > 1
        isOther = isResult and (old is None or preview.after is not old.after)
        isMasked = isResult and (old is None or preview.mask is not old.mask or preview.boxes != old.boxes)
        isCut = isResult and isHead and (old is None or preview.mask is not old.mask)
        return Look(
            preview=preview,
            isNew=isNew,
            isTextRead=self._request.text not in ("off", "morph"),
            seconds=time.monotonic() - self._startedAt,
            lattice=self._lattice,
            place=previewarrays.middleOf(volume) if isNew else self._placeOf(preview),
            before=previewarrays.shownValues(volume, volume.stored, self._lattice) if isNew else None,
            after=previewarrays.shownValues(volume, preview.after, self._lattice) if isOther else None,
            mask=previewarrays.shownMask(preview, self._lattice) if isMasked else None,
            skinBefore=previewarrays.skinOf(volume, volume.stored) if isNew and isHead else None,
            skinAfter=previewarrays.skinOf(volume, preview.after) if isCut else None,
        )

    def _placeOf(self, preview: Preview) -> np.ndarray | None:
        """Return where most is removed, once for each series."""
        if preview.step != "deface" or not self._isNew:
            return None
        return previewarrays.mostRemoved(preview)


def reasonOf(error: BaseException) -> str:
    """Return why a preview ended: the library's own sentence, else the kind of error, whose text may quote an image."""
    from SlicerDeidLib.errors import DeidError

    if isinstance(error, DeidError):
        return error.reason
    return _("An unexpected {kind}.").format(kind=type(error).__name__)
