# SPDX-License-Identifier: Apache-2.0
"""Where strokes crowd, on drawn letters, edges and grain."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from SlicerDeidLib.pixels.pictures import sharpness
from SlicerDeidLib.pixels.text.crowds import crowded, parts
from SlicerDeidLib.sample.lettering import text_mask

FAINTEST = 12.0
GRAIN = np.random.default_rng(3).normal(100.0, 4.0, (200, 300)).astype(np.float32)


def crowds_of(picture: np.ndarray, *, is_thorough: bool = False) -> np.ndarray:
    return crowded(picture, sharpness(picture), FAINTEST, is_thorough=is_thorough)


def shown(places: list[tuple[slice, slice]], shape: tuple[int, ...]) -> np.ndarray:
    inside = np.zeros(shape, dtype=bool)
    for place in places:
        inside[place] = True
    return inside


@pytest.mark.parametrize("degrees", [0, 12, 90])
@pytest.mark.parametrize("scale", [1, 3])
def test_a_line_of_letters_lies_in_the_parts_that_are_looked_at_and_most_grain_does_not(
    scale: int, degrees: int
) -> None:
    letters = ndimage.rotate(text_mask("DOE JOHN", scale).astype(float), degrees, order=1) > 0.5
    picture = GRAIN.copy()
    place = np.s_[20 : 20 + letters.shape[0], 40 : 40 + letters.shape[1]]
    picture[place][letters] += 60.0
    looked = shown(parts(crowds_of(picture)), picture.shape)
    assert looked[place][letters].all()
    assert looked.mean() < 0.5


def test_letters_hardly_stronger_than_the_grain_under_them_are_looked_at_by_a_thorough_look() -> None:
    letters = text_mask("DOE JOHN", 1)
    picture = np.random.default_rng(3).normal(100.0, 6.0, GRAIN.shape).astype(np.float32)
    place = np.s_[90 : 90 + letters.shape[0], 120 : 120 + letters.shape[1]]
    picture[place][letters] += 20.0
    weak, loose = (float(crowds_of(picture, is_thorough=way)[place][letters].mean()) for way in (False, True))
    assert weak < 0.1
    assert loose > 0.9


def test_grain_edges_and_rules_are_not_looked_at() -> None:
    rows, columns = np.indices(GRAIN.shape)
    picture = GRAIN + 80.0 * ((rows - 100) ** 2 + (columns - 150) ** 2 < 70**2)
    picture[30:32] = 250.0
    assert parts(crowds_of(picture)) == []


def test_parts_far_from_each_other_stay_apart_and_those_of_a_ring_leave_its_middle_out() -> None:
    rows, columns = np.indices((400, 400))
    radius = np.hypot(rows - 200, columns - 200)
    ring = (radius > 180) & (radius < 190)
    places = parts(ring)
    assert shown(places, ring.shape)[ring].all()
    assert sum((rows.stop - rows.start) * (columns.stop - columns.start) for rows, columns in places) < 0.7 * ring.size
    assert not shown(places, ring.shape)[180:220, 180:220].any()


def test_a_speck_is_too_small_for_letters() -> None:
    speck = np.zeros((100, 100), dtype=bool)
    speck[50:58, 50:60] = True
    assert parts(speck) == []
