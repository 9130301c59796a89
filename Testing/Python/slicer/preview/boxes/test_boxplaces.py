# SPDX-License-Identifier: Apache-2.0
"""A box in the scene and its pixels: there and back, in slices that lie in any way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from SlicerDeidLib.pipeline.drawn import DrawnBox

SHAPE = (7, 40, 60)


@pytest.fixture(scope="module")
def places(module):
    from SlicerDeidWidgets import boxplaces

    return boxplaces


def lattice(angle=0.0, tilt=0.0, step=5.0, slices=range(SHAPE[0]), is_flipped=False):
    """A node's lattice: turned about two axes, leaning by the gantry's tilt."""
    from SlicerDeidWidgets.previewarrays import Lattice

    across, down = np.array([np.cos(angle), np.sin(angle), 0.0]), np.array([-np.sin(angle), np.cos(angle), 0.0])
    normal = np.cross(across, down) * (-1 if is_flipped else 1)
    matrix = np.eye(4)
    matrix[:3] = np.column_stack(
        [0.5 * across, 0.7 * down, step * normal + step * np.tan(tilt) * down, [9.0, -4.0, 2.0]]
    )
    return Lattice(np.array(list(slices)), matrix)


@st.composite
def boxes(draw):
    top, left = draw(st.integers(0, 39)), draw(st.integers(0, 59))
    place = top, left, draw(st.integers(1, 40 - top)), draw(st.integers(1, 60 - left))
    first = draw(st.integers(0, 6))
    last = draw(st.integers(first, 6))
    return DrawnBox(place, None if (first, last) == (0, 6) else (first, last))


@given(boxes(), st.floats(-3.1, 3.1), st.floats(-0.5, 0.5), st.floats(0.5, 9.0), st.booleans())
def test_a_box_that_was_not_moved_has_the_pixels_that_it_had(places, box, angle, tilt, step, is_flipped):
    where = lattice(angle, tilt, step, is_flipped=is_flipped)
    assert places.placeOf(places.cuboidOf(box, where), where, SHAPE) == box


@given(boxes(), st.floats(-0.5, 0.5), st.floats(0.5, 9.0), st.floats(-1, 1), st.booleans())
def test_where_a_box_is_seen_it_lies_over_its_pixels_whatever_the_tilt(places, box, tilt, step, part, is_flipped):
    where = lattice(0.3, tilt, step, is_flipped=is_flipped)
    seen = part * places.cuboidOf(box, where).size[2] / 2
    cuboid = places.cuboidOf(box, where, seen)
    assert places.placeOf(cuboid, where, SHAPE, seen) == box
    there = np.linalg.solve(where.ijkToRas, [*(cuboid.center + seen * cuboid.axes[:, 2]), 1.0])
    row, column, height, width = box.place
    np.testing.assert_allclose(there[:2], [column + (width - 1) / 2, row + (height - 1) / 2], atol=1e-6)
    view = np.eye(4)
    view[:3, :3], view[:3, 3] = cuboid.axes, cuboid.center + seen * cuboid.axes[:, 2]
    assert places.seenAt(cuboid, where, view) == pytest.approx(seen, abs=1e-6)
    assert places.seenAt(cuboid, where, view[:, [2, 1, 0, 3]]) == 0  # along the slices


def test_in_an_uneven_series_the_slices_are_those_of_the_images(places):
    where = lattice(slices=[0, 0, 1, 1, 2, 3, 3])
    assert places.placeOf(places.cuboidOf(DrawnBox((1, 1, 5, 5), (1, 2)), where), where, SHAPE) == DrawnBox(
        (1, 1, 5, 5), (1, 2)
    )


def test_what_reaches_over_the_edge_is_cut_and_what_lies_beside_is_none(places):
    where = lattice()
    cuboid = places.cuboidOf(DrawnBox((30, 50, 20, 20)), where)
    assert places.placeOf(cuboid, where, SHAPE) == DrawnBox((30, 50, 10, 10))
    assert places.placeOf(places.cuboidOf(DrawnBox((50, 80, 5, 5)), where), where, SHAPE) is None


def test_a_box_thinner_than_a_pixel_is_still_one(places):
    where = lattice()
    cuboid = places.Cuboid((where.ijkToRas @ [10, 20, 3, 1])[:3], np.eye(3), np.full(3, 0.01))
    assert places.placeOf(cuboid, where, SHAPE) == DrawnBox((20, 10, 1, 1), (3, 3))


@pytest.mark.parametrize("around", [None, [0.0, 0.0, 0.0, 1.0], [59.0, 39.0, 6.0, 1.0], [-80.0, 500.0, 3.0, 1.0]])
def test_a_new_box_lies_in_the_image(places, around):
    where = lattice(0.3)
    top, left, height, width = places.newPlace(None if around is None else (where.ijkToRas @ around)[:3], where, SHAPE)
    assert 0 <= top < top + height <= 40
    assert 0 <= left < left + width <= 60
    assert (height, width) == (4, 15)
