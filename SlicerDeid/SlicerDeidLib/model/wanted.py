# SPDX-License-Identifier: Apache-2.0
"""Work that is given up where nobody waits for it any more: what takes long asks before each of its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from SlicerDeidLib.errors import Abandoned

_WANTED: ContextVar[Callable[[], bool]] = ContextVar("wanted", default=lambda: True)


@contextmanager
def while_wanted(is_wanted: Callable[[], bool]) -> Iterator[None]:
    """Give up what this thread does inside, before its next step, once it is not wanted any more.

    Parameters
    ----------
    is_wanted : callable
        Asked often, and from this thread.

    Raises
    ------
    Abandoned
        When it was given up; nothing that is half made is kept.
    """
    token = _WANTED.set(is_wanted)
    try:
        yield
    finally:
        _WANTED.reset(token)


def check_wanted() -> None:
    """Raise ``Abandoned`` if nobody waits for what this thread does."""
    if not _WANTED.get()():
        raise Abandoned
