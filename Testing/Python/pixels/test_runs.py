# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from SlicerDeidLib.pixels import runs
from SlicerDeidLib.pixels.runs import Pieces, pieces_of, runs_of

SHAPES = [(7, 9, 11), (1, 6, 5), (5, 1, 6), (6, 5, 1)]


def partly(shape: tuple[int, int, int], share: float) -> np.ndarray:
    return np.random.default_rng(6).random(shape) < share


@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 0.8, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_pieces_are_those_of_another_program(shape: tuple[int, int, int], share: float) -> None:
    mask = partly(shape, share)
    labels, count = ndimage.label(mask)
    pieces = Pieces(mask)
    assert pieces.sizes.tolist() == np.bincount(labels.ravel(), minlength=count + 1)[1:].tolist()
    for number in range(count):
        assert np.array_equal(pieces.mask_of(np.arange(count) == number), labels == number + 1)
        assert np.array_equal(pieces.mask_of(np.arange(count) != number), mask & (labels != number + 1))
    part = partly(shape, 0.5)
    assert pieces.within(part).tolist() == np.bincount(labels[part], minlength=count + 1)[1:].tolist()


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_in_a_slice_pieces_may_meet_at_corners(share: float) -> None:
    mask = partly((8, 13, 12), share)
    start, stop = runs_of(mask)
    piece = pieces_of(start, stop, (13,), has_corners=True)
    for k, plane in enumerate(mask):
        labels, count = ndimage.label(plane, np.ones((3, 3)))
        of_plane = (start // 13 - 1) // 14 == k
        sizes = np.bincount(piece[of_plane], (stop - start)[of_plane])
        assert sorted(sizes[sizes > 0]) == sorted(np.bincount(labels.ravel(), minlength=count + 1)[1:])


def test_runs_are_the_same_however_many_planes_are_looked_at_together(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = partly((7, 9, 11), 0.5)
    whole = runs_of(mask)
    monkeypatch.setattr(runs, "SLAB", 2 * 99)
    assert all(np.array_equal(one, other) for one, other in zip(runs_of(mask), whole, strict=True))
