# SPDX-License-Identifier: Apache-2.0
"""Time points of one head: one mask serves them only while it lies still."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from ballhead import Lattice, make_ball_head
from mrseries import painted
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.head.motion import check_still
from SlicerDeidLib.sample.mr import MRLattice, make_mr_head


@cache
def first_in_mr() -> Volume:
    return make_mr_head(painted("T1"), MRLattice()).volume


def test_noise_and_contrast_agent_are_no_motion() -> None:
    first = make_ball_head(Lattice(noise_hu=12)).volume
    again = np.random.default_rng(1).normal(0, 15, first.shape)
    bright = first.stored + np.where(first.stored == 35, 60, 0)
    check_still(first, [replace(first, stored=(first.stored + again).astype(np.int16)), replace(first, stored=bright)])


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_head_that_moves_is_refused(axis: int) -> None:
    first = make_ball_head(Lattice()).volume
    moved = replace(first, stored=np.roll(first.stored, 1, axis=axis))  # by 5 or by 2 mm
    with pytest.raises(PixelError, match="the head moves, or its contrast changes"):
        check_still(first, [first, moved])


def test_in_mr_too() -> None:
    first = first_in_mr()
    brighter = replace(first, stored=(first.stored * 1.2).astype(first.stored.dtype))
    check_still(first, [brighter])
    with pytest.raises(PixelError, match="the head moves"):
        check_still(first, [replace(first, stored=np.roll(first.stored, 2, axis=1))])


@pytest.mark.parametrize("contrast", ["T2", "FLAIR", "PD"])
def test_another_contrast_is_no_motion_and_hides_none(contrast: str) -> None:
    lattice, first = MRLattice(), first_in_mr()
    check_still(first, [make_mr_head(painted(contrast), lattice, seed=2).volume])
    turned = replace(lattice, oblique_degrees=2.0)
    later = replace(make_mr_head(painted(contrast), turned, seed=2).volume, positions=first.positions)
    with pytest.raises(PixelError, match="the head moves"):
        check_still(first, [replace(later, i_step=first.i_step, j_step=first.j_step)])


def test_a_series_that_fades_to_the_brain_alone_is_no_motion() -> None:
    head = make_mr_head(painted("T2"), MRLattice())
    faded = np.where(head.intracranial, head.volume.stored // 2, head.volume.stored // 8)  # as at a high b-value
    later = replace(head.volume, stored=faded.astype(np.uint16))
    check_still(head.volume, [later])
    with pytest.raises(PixelError, match="the head moves"):
        check_still(head.volume, [replace(later, stored=np.roll(later.stored, 2, axis=1))])
