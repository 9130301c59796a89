# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.head.kept import keep_pits


def filled(plane: np.ndarray, largest: float) -> np.ndarray:
    """What scipy says: small pieces of what does not stay, apart from those at the border."""
    labels, count = ndimage.label(np.pad(~plane, 1, constant_values=True))
    small = np.bincount(labels.ravel(), minlength=count + 1) <= largest
    small[labels[0, 0]] = False
    return plane | small[labels][1:-1, 1:-1]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.55, 0.8, 0.97, 1.0])
@pytest.mark.parametrize("largest", [0.5, 1.0, 3.0, 20.0])
def test_small_holes_are_kept_in_each_plane_and_larger_ones_are_not(share: float, largest: float) -> None:
    keep = np.random.default_rng(5).random((4, 40, 37)) < share
    wanted = np.stack([filled(plane, largest) for plane in keep])
    keep_pits(keep, largest)
    assert np.array_equal(keep, wanted)


def test_a_hole_within_a_ring_is_kept_when_it_is_small_and_a_bay_is_not() -> None:
    keep = np.zeros((1, 12, 14), dtype=bool)
    keep[0, 2:10, 2:12] = True
    keep[0, 4:8, 5:9] = False
    keep[0, 2:5, 10] = False
    before = keep.copy()
    keep_pits(keep, 15)
    assert np.array_equal(keep, before)
    keep_pits(keep, 16)
    assert keep[0, 4:8, 5:9].all()
    assert not keep[0, 2:5, 10].any()


@pytest.mark.parametrize("slope", [1.0, 0.25, 3.7, -2.0])
@pytest.mark.parametrize("value", [-1e9, -500.0, 219.5, 220.0, 1e9])
@pytest.mark.parametrize("kind", [np.int16, np.uint16, np.float32])
def test_voxels_of_a_value_or_more_are_told_without_rescaling_them(slope: float, value: float, kind: type) -> None:
    stored = np.random.default_rng(1).integers(0, 4096, (2, 20, 30)).astype(kind)
    volume = Volume(stored, np.full(2, slope), np.full(2, -1024.0), np.eye(2, 3), np.eye(3)[0], np.eye(3)[1])
    within = slice(2, 18), slice(1, 29)
    assert np.array_equal(volume.at_least(1, value, within), volume.slice_values(1, within) >= value)
