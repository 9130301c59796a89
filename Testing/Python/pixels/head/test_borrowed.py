# SPDX-License-Identifier: Apache-2.0
"""The mask of other series of one frame of reference: only where the head lies as it lay in them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from headseries import LATTICES
from scipy.spatial.transform import Rotation
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.head.finders import find_borrowed, find_head, find_shared
from SlicerDeidLib.pixels.head.shared import SharedMask
from SlicerDeidLib.sample import phantom

MIDDLE = np.array([0.0, 10.0, 40.0])  # mm: of the made head


@cache
def made(name: str) -> phantom.HeadCT:
    return phantom.make_head(LATTICES[name])


@cache
def shared_of(name: str, method: str) -> SharedMask:
    return find_shared(made(name).volume, DefacePolicy(method, 8.0))


def turned(volume: Volume, **degrees: float) -> Volume:
    """Return a series in which the head nodded, or turned to a side, around its middle."""
    turn = Rotation.from_euler("xz", [degrees.get("nod", 0.0), degrees.get("yaw", 0.0)], degrees=True).as_matrix()
    positions = (volume.positions - MIDDLE) @ turn.T + MIDDLE
    return replace(volume, positions=positions, i_step=turn @ volume.i_step, j_step=turn @ volume.j_step)


@pytest.mark.parametrize("method", ["face", "surface+face"])
@pytest.mark.parametrize("degrees", [{"nod": 3.0}, {"nod": -12.0}, {"yaw": 6.0}])
def test_a_head_that_nodded_or_turned_between_two_series_borrows_no_mask(
    method: str, degrees: dict[str, float]
) -> None:
    with pytest.raises(PixelError, match="lies elsewhere than in the series of the same head"):
        find_borrowed(turned(made("ten").volume, **degrees), DefacePolicy(method, 8.0), [shared_of("thick", method)])


@pytest.mark.parametrize(("lattice", "lender"), [("slab", "tilted"), ("four", "tilted")])
def test_slices_of_a_head_in_the_same_place_borrow_its_mask_and_lose_no_brain(lattice: str, lender: str) -> None:
    head = made(lattice)
    mask = find_borrowed(head.volume, DefacePolicy("surface+face", 8.0), [shared_of(lender, "surface+face")])
    assert mask.keep[head.intracranial].all()
    assert mask.measures["facial_skin_kept"] <= 0.02


def test_only_the_masks_of_series_in_which_the_head_lies_alike_are_taken() -> None:
    head, policy = made("ten"), DefacePolicy("surface+face", 8.0)
    here = shared_of("thick", "surface+face")
    aside = replace(here, grid=replace(here.grid, origin=here.grid.origin + np.array([0.0, 6.0, 4.0])))
    alone = find_borrowed(head.volume, policy, [here])
    np.testing.assert_array_equal(find_borrowed(head.volume, policy, [aside, here]).keep, alone.keep)


@pytest.mark.parametrize(("degrees", "elsewhere"), [({"yaw": 10.0}, 1.0), ({}, 0.0)])
def test_series_are_joined_only_where_the_head_did_not_turn_between_them(
    degrees: dict[str, float], elsewhere: float
) -> None:
    volume = turned(made("thick").volume, **degrees)
    mask = find_head(volume, DefacePolicy("face", 8.0), masks=[shared_of("tilted", "face")])
    assert mask.measures["elsewhere_series"] == elsewhere
