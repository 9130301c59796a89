# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C, SIGTERM and a closed stdin become Cancelled in the main thread."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from SlicerDeidLib.errors import Cancelled


@contextmanager
def cancellable(*, is_stdin_watched: bool) -> Iterator[None]:
    """Turn the ways to stop a run into ``Cancelled`` while the block runs.

    Who asks again while the run cleans up does not stop the clean-up.

    Parameters
    ----------
    is_stdin_watched : bool
        Whether the end of stdin stops the run; only where stdin is a pipe or socket, whose other end somebody holds
        who can close it. What has no other end (``/dev/null``, a file) is no word of anybody's and stops nothing.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    _asked.clear()
    _raised.clear()
    before = {number: signal.signal(number, _cancel) for number in numbers}
    if is_stdin_watched and _is_stream():
        threading.Thread(target=_wait_for_end_of_stdin, daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_asked: list[int] = []
"""The signals that asked to stop: one that was raised inside a callback is swallowed there, and raised again."""

_raised: list[weakref.ref[Cancelled]] = []
"""What was raised: gone when it was swallowed, alive while it is on its way out."""


def asked() -> int:
    """Return the signal that asked to stop, SIGTERM before Ctrl-C; 0 where none did.

    Whoever ends a process closes its stdin as well, which counts as Ctrl-C and may be seen first.
    """
    return max(_asked, default=0)


def watched(tell: Callable[[dict[str, object]], None]) -> Callable[[dict[str, object]], None]:
    """Return ``tell``, which stops the run first if somebody asked to and nobody heard it."""

    def tell_or_stop(event: dict[str, object]) -> None:
        if _asked:
            raise _remembered(Cancelled(asked()))
        tell(event)

    return tell_or_stop


def _cancel(number: int, _frame: FrameType | None) -> None:
    _asked.append(number)
    if not any(stop() is not None for stop in _raised):
        raise _remembered(Cancelled(number))  # in no variable: its own traceback would keep it alive


def _remembered(stop: Cancelled) -> Cancelled:
    _raised.append(weakref.ref(stop))
    return stop


def _is_stream() -> bool:
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _wait_for_end_of_stdin() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    if _asked:  # it is stopping already
        return
    if hasattr(signal, "pthread_kill"):
        identifier = threading.main_thread().ident
        if identifier is not None:
            signal.pthread_kill(identifier, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main(signal.SIGINT)
