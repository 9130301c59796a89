# SPDX-License-Identifier: Apache-2.0
"""How a run is stopped, also by somebody who is impatient."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable

import pytest
from SlicerDeidLib.commandline.stopping import asked, cancellable, watched
from SlicerDeidLib.errors import Cancelled


def stopped_in(work: Callable[[], None]) -> None:
    """Do ``work``, and clean up while somebody asks to stop again."""
    try:
        work()
    finally:
        for _ in range(3):
            signal.raise_signal(signal.SIGINT)


def test_a_second_signal_does_not_stop_the_clean_up() -> None:
    with pytest.raises(Cancelled) as caught, cancellable(is_stdin_watched=False):
        stopped_in(lambda: signal.raise_signal(signal.SIGTERM))
    assert caught.value.signal_number == asked() == signal.SIGTERM
    assert caught.value.__context__ is None


def test_a_signal_that_nobody_heard_is_raised_by_the_next_one() -> None:
    with cancellable(is_stdin_watched=False):
        for _ in range(2):
            try:
                signal.raise_signal(signal.SIGINT)
            except Cancelled:
                continue
            pytest.fail("the signal was not raised")


def test_a_signal_that_nobody_heard_is_raised_at_the_next_event_and_then_lets_clean_up() -> None:
    told: list[dict[str, object]] = []
    tell = watched(told.append)

    def work() -> None:
        with contextlib.suppress(Cancelled):
            signal.raise_signal(signal.SIGTERM)
        tell({})

    with pytest.raises(Cancelled) as caught, cancellable(is_stdin_watched=False):
        stopped_in(work)
    assert not told
    assert caught.value.signal_number == asked() == signal.SIGTERM
    assert caught.value.__context__ is None


def test_the_handlers_of_before_come_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Cancelled), cancellable(is_stdin_watched=False):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
