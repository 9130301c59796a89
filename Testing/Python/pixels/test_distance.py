# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from SlicerDeidLib.pixels.distance import (
    FAR_MM,
    about,
    bounding_box,
    closed,
    dilated,
    distance_to,
    eroded,
    largest,
    signed_depth,
    touching,
)


def blob() -> np.ndarray:
    return np.random.default_rng(3).random((14, 17, 19)) > 0.97


def test_distances_are_euclidean_in_millimetres() -> None:
    mask = blob()
    assert np.allclose(distance_to(mask), ndimage.distance_transform_edt(~mask, sampling=2.0), atol=1e-3)


@pytest.mark.parametrize("up_to_mm", [2.0, 5.0, 14.0, 20.0, 22.0, 23.0])
def test_up_to_a_limit_distances_are_exact_and_beyond_it_they_are_greater(up_to_mm: float) -> None:
    mask = np.random.default_rng(3).random((30, 33, 31)) > 0.9998
    exact = ndimage.distance_transform_edt(~mask, sampling=2.0)
    near, found = exact <= up_to_mm, distance_to(mask, up_to_mm)
    assert near.any()
    assert not near.all()
    assert np.allclose(found[near], exact[near])
    assert (found[~near] > up_to_mm).all()
    assert np.array_equal(dilated(mask, up_to_mm), near)


def test_what_lies_about_so_far_away_is_right_to_within_two_steps() -> None:
    mask = np.zeros((41, 43, 46), bool)
    mask[20, 21, 22] = True
    exact, found = ndimage.distance_transform_edt(~mask, sampling=2.0), about(mask, 30.0)
    assert found[exact <= 26.0].all()
    assert not found[exact > 34.0].any()


def test_nothing_to_measure_to_is_far_away() -> None:
    assert (distance_to(np.zeros((3, 4, 5), bool)) == FAR_MM).all()


def test_the_surface_lies_half_way_between_points() -> None:
    inside = np.zeros((9, 9, 9), bool)
    inside[:, :, 4:] = True
    depth = signed_depth(inside, ~inside)
    assert np.allclose(depth[4, 4], [-7, -5, -3, -1, 1, 3, 5, 7, 9])


def test_what_is_unknown_makes_no_surface() -> None:
    inside, outside = np.zeros((2, 9, 9, 9), bool)
    inside[:, :, 4:8] = True
    outside[:, :, :4] = True  # the last plane is neither
    assert np.allclose(signed_depth(inside, outside)[4, 4, 4:8], [1, 3, 5, 7])
    assert eroded(inside, 1.0, known=inside | outside)[4, 4].tolist() == [False] * 4 + [True] * 4 + [False]


def test_dilation_closing_and_components() -> None:
    mask = np.zeros((20, 20, 20), bool)
    mask[5:8, 5:8, 5:8] = mask[5:8, 5:8, 10:13] = True
    mask[15, 15, 15] = True
    assert dilated(mask, 2.0).sum() == 2 * (27 + 6 * 9) + 7
    assert closed(mask, 4.0)[6, 6, 8:10].all()
    first = largest(mask, weight=np.arange(20)[None, None, :] + np.zeros((20, 20, 1)) > 8)
    assert first[6, 6, 11]
    assert not first[6, 6, 6]
    assert touching(mask, np.eye(20, dtype=bool)[:, :, None] & np.eye(20, dtype=bool)[None]).sum() == 28
    assert bounding_box(mask, 4.0) == (slice(3, 18), slice(3, 18), slice(3, 18))
