# SPDX-License-Identifier: Apache-2.0
"""Serial or processes: each gives a function of the shape of ``map``."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.model.protocols import Executor

if TYPE_CHECKING:
    from pebble import ProcessPool

_MOST_POOLS = 3  # of idle workers that somebody kills; then the work goes on in this process

T = TypeVar("T")
R = TypeVar("R")


class WorkerDied(SeriesRefused):
    """The process that worked on an item ended without an answer (a decoder crashed, or memory ran out)."""


def serial(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Work in this process, one item after the other."""
    return map(function, items)


@contextmanager
def processes(count: int) -> Iterator[Executor[Any, Any]]:
    """Give an executor that works in ``count`` spawned processes and keeps the order of the items.

    The processes are started with the first item, serve all calls of the executor, and are ended with the context. A
    process that dies costs its own item only: in its place a ``WorkerDied`` is yielded. When the caller stops iterating
    in the middle, the processes are ended at once.
    """
    workers = _Workers(count)
    try:
        yield workers.execute
    finally:
        workers.end()


class _Workers:
    """A pool that is started when it is needed: to start one takes longer than a small series."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool: ProcessPool | None = None

    def execute(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield the results of ``items`` in their order."""
        left = list(items)
        for _ in range(_MOST_POOLS):
            try:
                for result in self._results(function, left):
                    del left[0]
                    yield result
            except BrokenProcessPool:  # idle workers were killed: what has no answer yet goes into a new pool
                continue
            return
        yield from map(function, left)

    def end(self) -> None:
        """End the processes, whatever they are doing."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None

    def _results(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        from pebble import ProcessExpired

        answers: deque[Any] = deque()
        is_whole = False
        try:
            answers.extend(self._scheduled(function, items))
            while answers:
                try:
                    yield answers.popleft().result()
                except ProcessExpired:
                    yield WorkerDied("the working process died: a decoder crashed or memory ran out")  # type: ignore[misc]
            is_whole = True
        finally:
            if not is_whole:
                self.end()

    def _scheduled(self, function: Callable[[T], R], items: Sequence[T]) -> list[Any]:
        """Give all items to the pool: that of the call before, where it lives."""
        if not items:
            return []
        from pebble import ProcessPool

        if self._pool is not None and not self._pool.active:
            self.end()
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(self._count, context=spawn, initializer=_ignore_interrupt)
        try:
            return [self._pool.schedule(function, args=(item,)) for item in items]
        except RuntimeError as error:  # the pool broke after it was looked at
            raise BrokenProcessPool from error


def _ignore_interrupt() -> None:
    """Leave Ctrl-C to the parent, which stops its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def worker_count(series: int, largest_bytes: int) -> int:
    """Return how many processes pay: at most one per core and series, fewer when memory is short.

    Parameters
    ----------
    largest_bytes : int
        What the largest series needs in memory.
    """
    cores = os.process_cpu_count() if hasattr(os, "process_cpu_count") else len(_affinity())
    count = max(1, min(cores or 1, series))
    available = _available_bytes()
    if available is not None and largest_bytes:
        count = max(1, min(count, available // largest_bytes))
    return count


def _affinity() -> set[int]:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _available_bytes() -> int | None:
    """Return free memory where the system tells it (POSIX), else None."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
