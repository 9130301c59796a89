# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from ballhead import BallHead, Lattice, make_ball_head
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.pixels.body import Body, find_body
from SlicerDeidLib.pixels.grid import grid_around, sample
from SlicerDeidLib.pixels.head.cavity import Cavity, find_cavity
from SlicerDeidLib.pixels.head.finders import find_head
from SlicerDeidLib.pixels.head.plausible import check_kept, check_peel, fraction_kept

DEPTH_MM = 8.0


@cache
def head() -> tuple[BallHead, Body, Cavity, np.ndarray]:
    made = make_ball_head(Lattice())
    body = find_body(sample(made.volume, grid_around(made.volume)))
    return made, body, find_cavity(body), find_head(made.volume, DefacePolicy("surface", DEPTH_MM)).keep


def check(keep: np.ndarray) -> dict[str, float]:
    made, body, cavity, _ = head()
    fraction = fraction_kept(made.volume, keep, body.sampled.grid)
    return check_kept(made.volume, keep, fraction, body, cavity) | check_peel(fraction, body, cavity, DEPTH_MM)


def test_a_right_mask_passes() -> None:
    measures = check(head()[3])
    assert measures["skin_left"] < 0.005
    assert measures["cavity_kept"] == 1.0


def test_a_mask_that_keeps_a_patch_of_skin_is_refused() -> None:
    made, _, _, keep = head()
    patch = made.body & (made.points[..., 1] < -50)
    with pytest.raises(PixelError, match="of the skin is left"):
        check(keep | patch)


def test_a_peel_that_is_too_thin_is_refused() -> None:
    with pytest.raises(PixelError, match="did not reach its depth"):
        check(find_head(head()[0].volume, DefacePolicy("surface", 4.0)).keep)


def test_a_mask_that_takes_brain_is_refused() -> None:
    made, _, _, keep = head()
    with pytest.raises(PixelError, match="the brain would be changed"):
        check(keep & ~(made.brain & (made.points[..., 2] > 52)))


def test_a_mask_turned_upside_down_is_refused() -> None:
    with pytest.raises(PixelError):
        check(head()[3][::-1])


def test_a_mask_that_keeps_a_table_is_refused() -> None:
    made, _, _, keep = head()
    with pytest.raises(PixelError, match="outside the head would be kept"):
        check(keep | (made.points[..., 1] > 96))
