# SPDX-License-Identifier: Apache-2.0
"""What series of one head tell each other."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from headseries import LATTICES
from hypothesis import given, settings
from hypothesis import strategies as st
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.pixels.distance import eroded
from SlicerDeidLib.pixels.grid import Grid
from SlicerDeidLib.pixels.head.finders import find_borrowed, find_head, find_shared
from SlicerDeidLib.pixels.head.shared import CAVITY, CUT, KNOWN, SharedMask, brought, packed, still_shown_ml, unpacked
from SlicerDeidLib.sample import phantom

POLICY = DefacePolicy("surface+face", 8.0)


@cache
def made(name: str) -> phantom.HeadCT:
    return phantom.make_head(LATTICES[name])


@cache
def shared_of(name: str) -> SharedMask:
    return unpacked(packed(find_shared(made(name).volume, POLICY)))


def test_a_mask_is_read_as_it_was_written() -> None:
    mask = shared_of("thick")
    again = unpacked(packed(mask))
    for name in ("level", "shelter", "flags"):
        np.testing.assert_array_equal(getattr(again, name), getattr(mask, name))
    assert mask.frame is not None
    assert again.frame is not None
    np.testing.assert_array_equal(again.frame.axes, mask.frame.axes)
    assert (again.frame.front_mm, again.grid.shape) == (mask.frame.front_mm, mask.grid.shape)


def test_where_the_face_was_a_mask_shows_no_border() -> None:
    mask = shared_of("thick")
    known = (mask.flags & KNOWN) > 0  # beyond the last slice nothing is told
    face = eroded((mask.flags & CUT) > 0, 8.0, np.ones(mask.grid.shape, dtype=bool)) & known
    assert face.sum() * mask.grid.voxel_ml > 500
    assert np.unique(mask.level[face]).tolist() == [-64]
    assert np.unique(mask.flags[face] & (0xFF - KNOWN)).tolist() == [CUT]


def test_all_brain_is_sheltered() -> None:
    mask = shared_of("thick")
    assert (mask.shelter[(mask.flags & CAVITY) > 0] > 0).all()


def test_each_series_loses_what_the_other_loses_and_none_its_brain() -> None:
    alone = find_head(made("tilted").volume, POLICY)
    joined = find_head(made("tilted").volume, POLICY, masks=[shared_of("thick")])
    head = made("tilted")
    assert not (head.intracranial & ~joined.keep).any()
    assert joined.measures["joined_ml"] > 0
    assert (joined.keep & ~head.bone & ~alone.keep & head.body).sum() < 0.001 * joined.keep.sum()
    assert (head.bone & alone.keep & ~joined.keep & ~head.face).sum() < 0.01 * head.bone.sum()


def test_a_mask_that_would_eat_the_brain_cannot() -> None:
    mask = shared_of("thick")
    eating = replace(mask, level=np.full_like(mask.level, -64), shelter=np.full_like(mask.shelter, -64))
    joined = find_head(made("tilted").volume, DefacePolicy("surface", 8.0), masks=[eating])
    assert not (made("tilted").intracranial & ~joined.keep).any()


def test_where_no_skin_goes_the_others_take_nothing_but_the_face() -> None:
    face = DefacePolicy("face", 8.0)
    mask = shared_of("thick")
    eating = replace(mask, level=np.full_like(mask.level, -64), flags=mask.flags & (0xFF - CUT))
    alone = find_head(made("tilted").volume, face)
    joined = find_head(made("tilted").volume, face, masks=[eating])
    assert not (alone.keep & ~joined.keep).any()
    assert find_head(made("tilted").volume, face, masks=[mask]).measures["joined_ml"] > 0


@pytest.mark.parametrize("by_mm", [20.0, 130.0])
def test_a_head_that_moved_keeps_its_own_mask(by_mm: float) -> None:
    volume = made("tilted").volume
    moved = replace(volume, positions=volume.positions + np.array([0.0, by_mm, 0.0]))
    joined = find_head(moved, POLICY, masks=[shared_of("thick")])
    assert (joined.measures["joined_series"], joined.measures["elsewhere_series"]) == (0, 1)
    assert joined.measures["joined_ml"] == 0


def test_what_is_still_shown_is_measured() -> None:
    mask = shared_of("thick")
    assert still_shown_ml(mask, [mask]) == 0
    more = mask.level.copy()
    box = np.nonzero(mask.level == 64)
    more[box] = -64
    assert still_shown_ml(replace(mask, level=more), [mask]) == pytest.approx(len(box[0]) * mask.grid.voxel_ml, rel=0.1)


def test_a_series_that_shows_more_than_the_others_borrows_nothing() -> None:
    mask = shared_of("thick")
    half = replace(mask, flags=mask.flags.copy())
    half.flags[: mask.grid.shape[0] // 2] &= 0xFF - KNOWN
    with pytest.raises(PixelError, match="shows more of the body"):
        find_borrowed(made("ten").volume, POLICY, [half])


@pytest.mark.parametrize("lattice", ["slab", "ten", "four"])
@pytest.mark.parametrize("aside_mm", [(0, 4, 0), (0, -4, 0), (4, 0, 0), (0, 0, 5)])
def test_a_head_that_lies_a_little_aside_borrows_no_mask_that_would_cut_its_brain(
    lattice: str, aside_mm: tuple[float, ...]
) -> None:
    volume = made(lattice).volume
    with pytest.raises(PixelError, match=r"lies elsewhere|shows more of the body"):
        find_borrowed(replace(volume, positions=volume.positions - aside_mm), POLICY, [shared_of("thick")])


@pytest.mark.parametrize("lattice", ["slab", "ten", "four"])
def test_a_head_in_the_same_place_borrows_a_mask_and_loses_no_brain(lattice: str) -> None:
    head = made(lattice)
    assert find_borrowed(head.volume, POLICY, [shared_of("thick")]).keep[head.intracranial].all()


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.floats(-9.0, 9.0)] * 3))
def test_a_mask_lies_where_it_lay_on_any_grid(shift: tuple[float, float, float]) -> None:
    z, y, x = np.mgrid[:20, :20, :20] * 2.0
    level = np.rint(16 * (x - 20.0).clip(-4, 4)).astype(np.int8)
    flags = np.full(level.shape, KNOWN, dtype=np.uint8)
    mask = SharedMask(Grid(np.zeros(3), (20, 20, 20)), level, level, flags, None)
    there = brought(mask, Grid(np.array(shift), (20, 20, 20)))
    truth = (x + shift[0] - 20.0).clip(-4, 4)
    inner = there.known & (np.abs(truth) < 2)
    np.testing.assert_allclose(there.level[inner], truth[inner], atol=0.1)
    assert (there.level[~there.known] == 4).all()
    places = (z + shift[2], y + shift[1], x + shift[0])
    is_outside = np.any([(place < -0.01) | (place > 38.01) for place in places], axis=0)  # mm, more than rounding
    assert not there.known[is_outside].any()


def test_a_few_slices_below_the_brain_take_the_mask_of_a_thin_series_but_not_of_one_of_a_head_aside() -> None:
    head = phantom.make_head(LATTICES["four"], seed=6)
    mask = find_borrowed(head.volume, POLICY, [shared_of("thin")])
    assert mask.keep[head.intracranial].all()
    assert mask.keep[head.skin & head.face].mean() < 0.001
    for aside_mm in ((0.0, 4.0, 0.0), (4.0, 0.0, 0.0), (0.0, 0.0, 5.0), (0.0, 0.0, -5.0)):
        moved = replace(head.volume, positions=head.volume.positions + aside_mm)
        with pytest.raises(PixelError, match="the head lies elsewhere"):
            find_borrowed(moved, POLICY, [shared_of("thin")])
