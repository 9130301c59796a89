# SPDX-License-Identifier: Apache-2.0
"""Steps that know nothing of each other, on two threads: numpy and ITK let another one work while they count."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from SlicerDeidLib.model.wanted import check_wanted
from SlicerDeidLib.pixels.grid import THREADS

Made = TypeVar("Made")
Other = TypeVar("Other")
Given = TypeVar("Given")


def both(one: Callable[[], Made], other: Callable[[], Other]) -> tuple[Made, Other]:
    """Do two steps at the same time; where both fail, what the first one raises is raised, as if it had come first."""
    check_wanted()
    with ThreadPoolExecutor(1) as beside:
        future = beside.submit(other)
        return one(), future.result()


def abreast(*steps: Callable[[], Made]) -> list[Made]:
    """Do steps two at a time and return what they made; where several fail, the first one's error is raised."""
    check_wanted()
    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result() for future in [pool.submit(step) for step in steps]]


def ahead(make: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
    """Yield what is made of each, in order, while the next two are made: no more of them are in memory."""
    coming: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for each in given:
            check_wanted()
            coming.append(pool.submit(make, each))
            if len(coming) > THREADS:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
