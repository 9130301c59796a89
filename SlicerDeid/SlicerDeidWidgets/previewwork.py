# SPDX-License-Identifier: Apache-2.0
"""PreviewWork: the steps of a preview, in a thread beside the event loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from SlicerDeidWidgets import previewarrays
from SlicerDeidWidgets.background import Background, reasonOf
from SlicerDeidWidgets.previewwishes import Wish

if TYPE_CHECKING:
    from SlicerDeidLib import ShownImages
    from SlicerDeidLib.model.volume import Preview, Volume

_THREADS = 3  # one that works, and others that give up what nobody waits for any more
_ASKED_EVERY_S = 0.1  # s


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
    images : ShownImages or None
        On which images boxes can be drawn; with the first look of a series only.
    hasOriginal : bool
        Whether there is a "before": not where a finished series is looked at without its original.
    before, after, mask : (k, j, i) array or None
        None where the look before had the same.
    headBefore, headAfter : vtkPolyData or None
        Surfaces of heads, which come after the slices, of the original only the largest piece, so that no holder hides
        the face.
    """

    preview: Preview = field(repr=False)
    isNew: bool
    isTextRead: bool
    seconds: float
    lattice: previewarrays.Lattice
    place: np.ndarray | None
    images: ShownImages | None
    hasOriginal: bool
    before: np.ndarray | None = field(repr=False)
    after: np.ndarray | None = field(repr=False)
    mask: np.ndarray | None = field(repr=False)
    headBefore: object | None = field(default=None, repr=False)
    headAfter: object | None = field(default=None, repr=False)


class PreviewWork:
    """Works on one series at a time; a newer wish takes the place of the one at hand after the step it is in.

    Only reading text is not waited for: it takes long, and changes nothing that the next wish needs. While the
    original is shown, the head is defaced.

    Parameters
    ----------
    onLook : callable
        Gets each ``Look``.
    onEnd : callable
        Gets an empty text, or why there is no (further) look, and whether that is a refusal of the series.
    """

    def __init__(self, onLook: Callable[[Look], None], onEnd: Callable[[str, bool], None]) -> None:
        self._onLook, self._onEnd = onLook, onEnd
        self._thread = Background("preview", _THREADS)
        self._ahead = ThreadPoolExecutor(_THREADS, thread_name_prefix="preview ahead")
        self._loading, self._loaded = Background("preview loading"), ()
        self._job: _Job | None = None
        self._opened: object | None = None
        self._key: object | None = None
        self._wish: Wish | None = None
        self._isShown = False
        self._original: Volume | None = None  # that was shown last
        self._isReading = False

    @property
    def isBusy(self) -> bool:
        """Whether looks are still to come."""
        return self._thread.isBusy

    def prepare(self, load: Callable[[], object], loadLater: Callable[[], object]) -> None:
        """Load what the first preview needs, once, while nobody waits; what is not there, the preview says itself.

        Parameters
        ----------
        loadLater : callable
            What only the last looks need: no preview waits for it, and one that goes on by then loads it itself.
        """

        def goOn(_loaded: Future) -> None:
            if not self.isBusy:
                self._loading.start(loadLater, lambda _: None)

        if not self._loaded:
            self._loaded = (self._loading.start(load, goOn),)

    def ask(self, wish: Wish) -> None:
        """Look at a series; returns at once."""
        if wish.key != self._key:
            self._key, self._opened, self._isShown = wish.key, None, False
        self._wish = wish
        if not self._thread.isBusy or self._isReading:  # nobody waits for the text of settings no longer wanted
            self._begin()

    def stop(self) -> None:
        """Forget the series; a step that is going on ends unseen."""
        self._thread.forget()
        self._key = self._opened = self._wish = self._job = None
        self._isReading = False

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._thread.close()
        self._loading.close()
        self._ahead.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        """Begin what is wished for."""
        wish, self._wish = self._wish, None
        self._isReading = False
        before = self._loaded if self._job is None else (*self._loaded, *self._job.awaited)
        original = self._original if self._isShown else None
        self._job = _Job(wish, self._opened, original, self._ahead, before, self._isWanted)
        self._thread.start(self._job.step, self._stepped)

    def _isWanted(self, job: _Job) -> bool:
        """Say whether there is no newer wish; asked from threads."""
        return self._job is job and self._wish is None

    def _stepped(self, future: Future) -> None:
        """Take what the thread made, give it the next step."""
        if self._job.wish.key == self._key:
            self._opened = self._job.opened
        if self._wish is not None:
            self._begin()
            return
        error = future.exception()
        look = None if error is not None else future.result()
        if look is not None:
            self._isShown |= not self._job.isHeadDue
            self._original = look.preview.before
            self._isReading = look.preview.step == "deface"
            self._onLook(look)
        if error is None and not self._job.isOver:
            self._thread.start(self._job.step, self._stepped)
            return
        self._job, self._isReading = None, False
        self._onEnd("" if error is None else reasonOf(error), _isRefusal(error))


class _Job:
    """One wish: the looks of one series; all that takes time runs in threads.

    Parameters
    ----------
    ahead : ThreadPoolExecutor
        Where the next look is made while the original is shown.
    original : Volume or None
        What is shown of the series already. With other settings it may be put together otherwise: then all is new.
    before : tuple of Future
        What is waited for: two threads must not import the same modules at a time, nor work on the same series for this
        wish and the one before it.
    isWanted : callable
        Gets this job and says whether there is no newer wish.
    """

    def __init__(
        self,
        wish: Wish,
        opened: object | None,
        original: Volume | None,
        ahead: ThreadPoolExecutor,
        before: tuple[Future, ...],
        isWanted: Callable[[_Job], bool],
    ) -> None:
        self.wish, self.opened, self._original = wish, opened, original
        self._isNew: bool | None = None  # known with its first look
        self._ahead, self._before, self._isWanted = ahead, before, isWanted
        self.isOver = False
        self.awaited: tuple[Future, ...] = ()  # the look that is made while the original is shown
        self._coming: Future | None = None
        self._startedAt = time.monotonic()
        self._looks: Iterator[Preview] | None = None
        self._lattice: previewarrays.Lattice | None = None
        self._shown: Preview | None = None
        self._heads: Callable[[], Look] | None = None  # what is shown of them after the slices

    @property
    def isHeadDue(self) -> bool:
        """Whether heads are still to be shown of the look before."""
        return self._heads is not None

    def step(self) -> Look | None:
        """Return the next look; None where nothing is to be shown."""
        if self._heads is not None:
            heads, self._heads = self._heads, None
            self.isOver = self._shown is not None and self._shown.is_last
            return heads()
        preview = self._wanted(self._next)
        if preview is None:
            self.isOver = True
            return None
        if self._isNew is None:
            self._isNew = self._original is None or not _isSame(self._original, preview.before)
        isKnown = preview.step == "read" and not preview.is_last and not self._isNew  # the original is shown already
        look = None if isKnown else self._look(preview)
        if preview.step == "read" and not preview.is_last and self._isWanted(self):
            self._coming = self._ahead.submit(
                self._wanted, next, self._looks, None
            )  # text is read after the head is shown
        self.awaited = () if self._coming is None else (self._coming,)
        self.isOver = preview.is_last and self._heads is None
        return look

    def _wanted(self, work: Callable, *given: object) -> object:
        """Do something that is given up once there is a newer wish."""
        from SlicerDeidLib import while_wanted

        with while_wanted(lambda: self._isWanted(self)):
            return work(*given)

    def _next(self) -> Preview | None:
        """Return what the library made; None where there is no more."""
        if self._coming is not None:
            coming, self._coming = self._coming, None
            return coming.result()
        if self._looks is None:
            while not all(future.done() for future in self._before):  # wait() never ends for what is cancelled unbegun
                wait(self._before, _ASKED_EVERY_S)
            self.opened = self.wish.open() if self.opened is None else self.opened
            self._looks = self.wish.looks(self.opened)
        return next(self._looks, None)

    def _look(self, preview: Preview) -> Look:
        """Make what the nodes hold, of what differs from this job's look before; the heads take longest, and wait."""
        volume, old = preview.before, self._shown
        isNew = bool(self._isNew) and self._lattice is None
        self._lattice = self._lattice or previewarrays.latticeOf(volume)
        isResult = preview.step != "read" or preview.is_last
        if isResult:
            self._shown = preview
        isOther = isResult and (old is None or preview.after is not old.after)
        isMasked = isResult and (old is None or preview.mask is not old.mask or preview.boxes != old.boxes)
        isCut = isResult and (old is None or preview.mask is not old.mask)
        hasOriginal = self.wish.hasOriginal(self.opened)
        look = Look(
            preview=preview,
            isNew=isNew,
            isTextRead=self.wish.isTextRead,
            seconds=time.monotonic() - self._startedAt,
            lattice=self._lattice,
            place=self._placeOf(preview, isNew, old is None),
            images=self.wish.images(self.opened) if isNew else None,
            hasOriginal=hasOriginal,
            before=previewarrays.shownValues(volume, volume.stored, self._lattice) if isNew and hasOriginal else None,
            after=previewarrays.shownValues(volume, preview.after, self._lattice) if isOther else None,
            mask=previewarrays.shownMask(preview, self._lattice) if isMasked else None,
        )
        isBefore = isNew and hasOriginal
        if volume.unit == "HU" and len(volume.stored) > 1 and (isBefore or isCut):
            self._heads = partial(_headsOf, look, isBefore=isBefore, isAfter=isCut)
        return look

    def _placeOf(self, preview: Preview, isFirst: bool, isFirstResult: bool) -> np.ndarray | None:
        """Return where to look: at the slice that is asked for; else where most is removed, once for each series."""
        k = self.wish.slice(self.opened)
        if k is not None:
            return previewarrays.middleOf(preview.before, k)
        if isFirst:
            return previewarrays.middleOf(preview.before)
        isWanted = preview.step == "deface" and bool(self._isNew) and isFirstResult
        return previewarrays.mostRemoved(preview) if isWanted else None


def _isSame(one: Volume, other: Volume) -> bool:
    """Say whether two originals show the same at the same place."""
    if one is other:
        return True
    names = ("positions", "i_step", "j_step", "slope", "intercept", "stored")
    return one.unit == other.unit and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def _isRefusal(error: BaseException | None) -> bool:
    """Say whether the library would not release the series, rather than something failed."""
    from SlicerDeidLib import DeidError

    return isinstance(error, DeidError)


def _headsOf(look: Look, *, isBefore: bool, isAfter: bool) -> Look:
    """Return the heads of a look that was shown without."""
    preview, surface = look.preview, previewarrays.surfaceOf
    volume = preview.before
    return replace(
        look,
        preview=replace(preview, headers=()),
        isNew=False,
        place=None,
        images=None,
        before=None,
        after=None,
        mask=None,
        headBefore=surface(volume, volume.stored, isLargestOnly=True) if isBefore else None,
        headAfter=surface(volume, preview.after, isLargestOnly=False) if isAfter else None,
    )
