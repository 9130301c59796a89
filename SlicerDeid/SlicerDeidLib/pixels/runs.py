# SPDX-License-Identifier: Apache-2.0
"""Pieces of a mask by the runs of its rows: a head has a hundredth as many runs as voxels, so this is quick."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

SLAB = 1 << 21  # voxels that are looked at together: more would not fit into a processor's cache, and need memory

Mask = NDArray[np.bool_]
Numbers = NDArray[np.intp]


def runs_of(mask: Mask) -> tuple[Numbers, Numbers]:
    """Return where the runs of a mask (k, j, i) start and stop, counted through rows and planes with a gap after each.

    A row has one place more than columns, a plane one row more than rows, and an empty row comes before all.
    """
    planes, rows, columns = mask.shape
    step = max(1, SLAB // max(1, rows * columns))
    edges = [np.zeros(0, dtype=np.intp)]
    for k in range(0, planes, step):
        slab = mask[k : k + step]
        flat = np.zeros(len(slab) * (rows + 1) * (columns + 1) + 1, dtype=np.bool_)
        flat[1:].reshape(len(slab), rows + 1, columns + 1)[:, :rows, :columns] = slab
        edges.append(np.flatnonzero(flat[1:] != flat[:-1]) + (k * (rows + 1) + 1) * (columns + 1))
    every = np.concatenate(edges)
    return every[0::2], every[1::2]


def ranges(first: Numbers, count: Numbers) -> Numbers:
    """Return the numbers of several ranges, one after the other."""
    ends = np.cumsum(count)
    numbers: Numbers = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + count, count)
    return numbers


def pieces_of(start: Numbers, stop: Numbers, steps: Sequence[int], *, has_corners: bool = False) -> NDArray[np.int32]:
    """Return which piece each run belongs to, (n,); those hang together that lie beside each other, ``steps`` apart.

    Parameters
    ----------
    has_corners : bool
        Whether runs that meet at their ends' corners hang together too.
    """
    corner = int(has_corners)
    first = np.stack([np.searchsorted(stop, start + step - corner, "right") for step in steps], axis=1)
    count = np.stack([np.searchsorted(start, stop + step + corner, "left") for step in steps], axis=1) - first
    bounds = np.append(0, np.cumsum(count.sum(axis=1)))
    beside = ranges(first.ravel(), count.ravel())
    graph = sparse.csr_array((np.ones(len(beside), dtype=np.bool_), beside, bounds), shape=(len(start),) * 2)
    piece: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return piece


class Pieces:
    """The pieces of a mask (k, j, i) whose points are neighbours along an axis.

    Attributes
    ----------
    sizes : (m,) int64
        How many points each has.
    """

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._start, self._stop = runs_of(mask)
        width = mask.shape[2] + 1
        self._piece = pieces_of(self._start, self._stop, (width, width * (mask.shape[1] + 1)))
        self.sizes = np.bincount(self._piece, self._stop - self._start).astype(np.int64)

    def within(self, part: Mask) -> NDArray[np.int64]:
        """Return how many points of each piece lie in another mask, (m,)."""
        start, stop = runs_of(self._mask & part)
        piece = self._piece[np.searchsorted(self._start, start, "right") - 1]
        return np.bincount(piece, stop - start, minlength=len(self.sizes)).astype(np.int64)

    def mask_of(self, chosen: Mask) -> Mask:
        """Return the points of the ``chosen`` pieces, (m,) bool, as a mask."""
        is_chosen = chosen[self._piece]
        has_most = int(self.sizes[chosen].sum()) * 2 > int(self.sizes.sum())
        found = self._mask.copy() if has_most else np.zeros_like(self._mask)
        moved = ~is_chosen if has_most else is_chosen
        _, rows, columns = self._mask.shape
        row, column = np.divmod(self._start[moved] - columns - 1, columns + 1)
        plane, row = np.divmod(row, rows + 1)
        places = ranges((plane * rows + row) * columns + column, (self._stop - self._start)[moved])
        found.ravel()[places] = not has_most
        return found
