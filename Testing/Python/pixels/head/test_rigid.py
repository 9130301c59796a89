# SPDX-License-Identifier: Apache-2.0
"""One CT of a head is laid upon another, to a millimetre; where that cannot be told safely it is refused."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from headseries import LATTICES
from scipy.spatial.transform import Rotation
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.grid import GRID_MM, Grid
from SlicerDeidLib.pixels.head.face import Frame
from SlicerDeidLib.pixels.head.rigid import Placed, find_place, laid_upon, moved_mask
from SlicerDeidLib.pixels.head.shared import KNOWN, SharedMask
from SlicerDeidLib.sample import phantom

MIDDLE = np.array([0.0, 0.0, 10.0])


@cache
def head(name: str, seed: int = 1) -> Volume:
    return phantom.make_head(LATTICES[name], seed=seed).volume


def placed(degrees: tuple[float, float, float], shift: tuple[float, float, float]) -> Placed:
    return Placed(Rotation.from_euler("xyz", degrees, degrees=True).as_matrix(), np.array(shift), 1.0)


def seen_from(volume: Volume, way: Placed) -> Volume:
    """Return a volume of which ``way`` leads back to where it lay."""
    back = way.turn.T
    positions = (volume.positions - way.shift) @ back.T
    return replace(volume, positions=positions, i_step=back @ volume.i_step, j_step=back @ volume.j_step)


@pytest.mark.parametrize(
    ("name", "degrees", "shift"),
    [("slab", (15.0, 0.0, 0.0), (0.0, 30.0, 0.0)), ("slab", (-5.0, 8.0, -12.0), (-20.0, 10.0, 25.0))],
)
def test_thick_slices_are_found_to_a_millimetre(
    name: str, degrees: tuple[float, float, float], shift: tuple[float, float, float]
) -> None:
    way = placed(degrees, shift)
    found = find_place(head("thick"), seen_from(head(name, 3), way))
    assert found.distance_mm(way, MIDDLE) < 1.0


def test_a_few_slices_of_a_smooth_head_are_not_believed() -> None:
    with pytest.raises(PixelError, match="cannot be told safely"):
        find_place(head("thick"), seen_from(head("four", 3), placed((15.0, 0.0, 0.0), (0.0, 30.0, 0.0))))


def test_noise_is_no_head_to_be_laid_upon() -> None:
    made = head("slab", 3)
    stored = np.where(made.stored > 524, np.random.default_rng(1).integers(824, 1324, made.shape), 24)
    with pytest.raises(PixelError):
        find_place(head("thick"), replace(made, stored=stored.astype(made.stored.dtype)))


def test_an_mr_takes_no_mask() -> None:
    with pytest.raises(PixelError, match="only a CT"):
        laid_upon(head("thick"), some_mask(), replace(head("slab", 3), unit=""))


def some_mask() -> SharedMask:
    grid = Grid(np.array([-40.0, -40.0, -40.0]), (41, 41, 41), GRID_MM)
    level = (grid.along(np.array([1.0, 0.0, 0.0])) / 10.0 * 16).clip(-64, 64).astype(np.int8)
    frame = Frame(np.eye(3, dtype=np.float32), 1.0, 2.0, 3.0, 1.0, np.array([0.0, 1.0, 0.0], np.float32), 4.0)
    return SharedMask(grid, level, level, np.full(grid.shape, KNOWN, np.uint8), frame)


def test_a_mask_follows_the_head() -> None:
    mask, way = some_mask(), placed((10.0, -20.0, 30.0), (3.0, -2.0, 5.0))
    grid = Grid(np.array([-10.0, -10.0, -10.0]), (11, 11, 11), GRID_MM)
    moved = moved_mask(mask, way, grid)
    here = np.stack([grid.along(axis) for axis in np.eye(3)], axis=-1)
    there = here @ way.turn.T + way.shift
    assert (moved.flags == KNOWN).all()
    assert np.abs(moved.level - there[..., 0] / 10.0 * 16).max() < 2.0
    assert moved.frame is not None
    assert mask.frame is not None
    for name in ("across", "behind", "below", "behind_level"):
        np.testing.assert_allclose(getattr(moved.frame, name)(grid), getattr(mask.frame, name)(there), atol=1e-3)


def test_where_a_mask_says_nothing_it_says_nothing_afterwards() -> None:
    far = Grid(np.array([200.0, 0.0, 0.0]), (3, 3, 3), GRID_MM)
    assert not moved_mask(some_mask(), placed((0.0, 0.0, 5.0), (0.0, 0.0, 0.0)), far).flags.any()
