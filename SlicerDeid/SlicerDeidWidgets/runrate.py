# SPDX-License-Identifier: Apache-2.0
"""RunRate: how fast series are made; what was finished before, or is only recorded, does not count."""

from __future__ import annotations

import time
from collections.abc import Callable

_MADE = ("released", "held", "refused")
_BURST_S = 0.2  # s between two series below which the first was not made just then: a run tells of those at once
_LEAST = 3  # series that must be made before their rate says something


class RunRate:
    """Takes the events of a run, from its beginning on.

    Parameters
    ----------
    clock : callable
        Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._made, self._seconds = 0, 0.0

    def take(self, event: dict) -> None:
        """Take one event."""
        now = self._clock()
        gap, self._last = now - self._last, now
        if event.get("event") == "series" and event.get("status") in _MADE and (self._made or gap >= _BURST_S):
            self._made += 1
            self._seconds += gap

    def perSecond(self) -> float:
        """Return series per second; 0.0 while too few were made."""
        return self._made / self._seconds if self._made >= _LEAST else 0.0
