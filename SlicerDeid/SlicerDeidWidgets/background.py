# SPDX-License-Identifier: Apache-2.0
"""Background: steps of work in a thread beside the event loop, one after the other.

Slicer's main thread holds Python's lock while it waits for events, so a thread would stand still: a timer lets go of it
at every tick. What the thread raises stays in its future; only sentences of the library are shown, else its type.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

import qt
import slicer
from slicer.i18n import tr as _

TICK_MS = 20
_GIVEN_S = 0.02  # s of every tick that the thread gets


class Background:
    """Works on one step at a time and tells the main thread when it is done.

    Parameters
    ----------
    name : str
        What the threads are called.
    threads : int
        How many there are: more than one where a step that nobody waits for any more must not delay the next.
    onTick : callable, optional
        Called at every tick until the step is done, to show how far it is.
    """

    def __init__(self, name: str, threads: int = 1, onTick: Callable[[], None] | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._onTick = onTick
        self._going: tuple[Future, Callable[[Future], None]] | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.connect("timeout()", self._tick)

    @property
    def isBusy(self) -> bool:
        """Whether a step is going on that somebody waits for."""
        return self._going is not None

    def start(self, work: Callable[[], object], onDone: Callable[[Future], None]) -> Future:
        """Begin a step; return its future at once. What went on before it ends unseen.

        Parameters
        ----------
        work : callable
            Called in the thread; touches neither Qt nor the scene.
        onDone : callable
            Gets the step's future in the main thread; may begin the next step.
        """
        self._going = self._pool.submit(work), onDone
        self._timer.start()
        return self._going[0]

    def forget(self) -> None:
        """Wait no longer: a step that is going on ends unseen."""
        self._going = None
        self._timer.stop()

    def close(self) -> None:
        """Stop for good."""
        self.forget()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _tick(self) -> None:
        """Let the thread work, and hand on what it made."""
        future, onDone = self._going
        wait([future], timeout=_GIVEN_S)
        if future.done():
            self.forget()
            onDone(future)
        elif self._onTick is not None:
            self._onTick()


def besideEvents(work: Callable[[], object], *, isHandled: bool = True) -> object:
    """Do something in a thread and return what it made, where the caller must wait: events are worked off meanwhile.

    Parameters
    ----------
    work : callable
        As for ``Background.start``; what it raises is raised here.
    isHandled : bool
        Whether what the user presses meanwhile is worked off, or waits too: nothing else may begin then.
    """
    events = qt.QEventLoop.AllEvents if isHandled else qt.QEventLoop.ExcludeUserInputEvents
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        while not wait([future], timeout=_GIVEN_S).done:
            slicer.app.processEvents(events)
        return future.result()


@contextmanager
def betweenEvents() -> Iterator[Callable[[], None]]:
    """Give what is called often in long work on the scene, which only the main thread may do; show that it goes on.

    Events are worked off at the usual pace, so that windows are drawn; what the user presses waits: nothing else may
    begin.
    """
    last = time.monotonic()

    def turn() -> None:
        nonlocal last
        if time.monotonic() - last > _GIVEN_S:
            slicer.app.processEvents(qt.QEventLoop.ExcludeUserInputEvents)
            last = time.monotonic()

    qt.QApplication.setOverrideCursor(qt.QCursor(qt.Qt.WaitCursor))  # Slicer's own would work off what is pressed
    try:
        yield turn
    finally:
        qt.QApplication.restoreOverrideCursor()


def reasonOf(error: BaseException) -> str:
    """Return why a step failed: the library's own sentence, else the kind of error, whose text may quote an image."""
    from SlicerDeidLib.errors import DeidError

    if isinstance(error, DeidError):
        return error.reason
    for kind, sentence in _disk().items():
        if isinstance(error, kind):
            return sentence
    if isinstance(error, OSError):
        if isFull(error):
            return _("The disk that was written to is full; make room there and try again.")
        kind = errno.errorcode.get(error.errno or 0, type(error).__name__)
        return _("A file or folder could not be read or written ({kind}); check its disk and try again.").format(
            kind=kind
        )
    return _("An unexpected {kind}.").format(kind=type(error).__name__)


def isFull(error: OSError) -> bool:
    """Say whether a disk takes no more."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def _disk() -> dict[type[OSError], str]:
    """What the system says no to, in words; its own text holds the path."""
    return {
        FileNotFoundError: _(
            "A file is missing that was there before; look whether the folders of this panel are where they were, and "
            "try again."
        ),
        PermissionError: _("A file or folder may not be read or written; ask for the permission."),
    }
