# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C, SIGTERM and a closed stdin become Cancelled in the main thread."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from SlicerDeidLib.errors import Cancelled


@contextmanager
def cancellable(*, is_stdin_watched: bool) -> Iterator[None]:
    """Turn the ways to stop a run into ``Cancelled`` while the block runs.

    Parameters
    ----------
    is_stdin_watched : bool
        Whether the end of stdin stops the run; only where stdin is a pipe or socket, so that ``/dev/null`` does not.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    _asked.clear()
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


def asked() -> int:
    """Return the signal that asked to stop last; 0 where none did."""
    return _asked[-1] if _asked else 0


def watched(tell: Callable[[dict[str, object]], None]) -> Callable[[dict[str, object]], None]:
    """Return ``tell``, which stops the run first if somebody asked to and nobody heard it."""

    def tell_or_stop(event: dict[str, object]) -> None:
        if _asked:
            raise Cancelled(_asked[-1])
        tell(event)

    return tell_or_stop


def _cancel(number: int, _frame: FrameType | None) -> None:
    _asked.append(number)
    raise Cancelled(number)


def _is_stream() -> bool:
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _wait_for_end_of_stdin() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    if hasattr(signal, "pthread_kill"):
        identifier = threading.main_thread().ident
        if identifier is not None:
            signal.pthread_kill(identifier, signal.SIGINT)
    else:
        import _thread

        _thread.interrupt_main(signal.SIGINT)
