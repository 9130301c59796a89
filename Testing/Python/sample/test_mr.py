# SPDX-License-Identifier: Apache-2.0
"""The made head MR: its contrasts, its lattices, its truth."""

from __future__ import annotations

import numpy as np
import pytest
from mrseries import painted
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.sample.mr import CONTRASTS, MRLattice, make_mr_head

THICK = MRLattice("axial", 30, 6.0, 5.0, 96, 96, 2.4)


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_fluid_is_dark_or_bright_as_the_contrast_asks(contrast: str) -> None:
    head = painted(contrast)
    inside = head.signal[head.masks[1]]
    fluid, brain = CONTRASTS[contrast].csf, CONTRASTS[contrast].grey
    assert (np.abs(inside - fluid) < 50).mean() > 0.05
    assert (fluid > brain) == (contrast == "T2")


@pytest.mark.parametrize("plane", ["axial", "sagittal", "coronal"])
def test_the_brain_is_as_large_in_every_plane(plane: str) -> None:
    lattice = MRLattice(plane, 52, 4.0, 4.0, 64, 64, 4.0)
    head = make_mr_head(painted("T1"), lattice)
    litres = head.intracranial.sum() * 4.0**3 / 1e6
    assert 1.4 < litres < 1.65
    assert (head.intracranial & ~head.body).sum() == 0


def test_a_small_head_is_smaller_by_the_cube_of_its_scale() -> None:
    sizes = [make_mr_head(painted("T1"), MRLattice(scale=scale)).intracranial.sum() for scale in (1.0, 0.8)]
    assert sizes[1] / sizes[0] == pytest.approx(0.8**3, rel=0.02)


def test_the_vertex_is_up_and_the_face_in_front_whatever_the_plane() -> None:
    for plane in ("axial", "sagittal", "coronal"):
        head = make_mr_head(painted("T1"), MRLattice(plane, 52, 4.0, 4.0, 64, 64, 4.0))
        volume = head.volume
        places = []
        for mask in (head.intracranial, head.face):
            k, j, i = np.nonzero(mask)
            places.append((volume.positions[k] + j[:, None] * volume.j_step + i[:, None] * volume.i_step).mean(axis=0))
        assert places[0][2] > places[1][2] + 30
        assert places[1][1] < places[0][1] - 30


def test_a_head_painted_farther_down_has_more_neck_and_is_the_same_above() -> None:
    low = MRLattice("axial", 30, 6.0, 5.0, 96, 96, 2.4, middle_mm=(0.0, 4.0, -85.0))
    short, long = (make_mr_head(painted("T1", lowest_mm), low) for lowest_mm in (-135.0, -195.0))
    is_neck = low.positions_lps_mm()[:, 2] < -140.0
    assert not short.body[is_neck].any()
    assert long.body[is_neck].mean() > 0.1
    np.testing.assert_array_equal(short.volume.stored[~is_neck][1:], long.volume.stored[~is_neck][1:])


def test_one_seed_gives_one_head_and_another_other_noise() -> None:
    first, again, other = (make_mr_head(painted("T1"), THICK, seed=seed).volume.stored for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.5


def test_a_lattice_without_slices_is_refused() -> None:
    with pytest.raises(PixelError, match="at least one slice"):
        make_mr_head(painted("T1"), MRLattice(slices=0))
