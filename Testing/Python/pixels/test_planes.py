# SPDX-License-Identifier: Apache-2.0
"""A field on the grid is brought to slices as scipy interpolates it, however they lie."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.grid import Grid, grid_around
from SlicerDeidLib.pixels.planes import slices_of

ORIENTATIONS = {  # degrees about x, y, z
    "axial": (0, 0, 0),
    "tilted": (15, 0, 0),
    "turned": (0, 13, 0),
    "coronal": (90, 0, 0),
    "sagittal": (0, 90, 90),
    "oblique": (10, 7, 5),
    "almost axial": (0.0, 0.0, 1e-4),
}
DEFAULT = -4.0


def volume_of(orientation: str) -> Volume:
    axes = Rotation.from_euler("xyz", ORIENTATIONS[orientation], degrees=True).as_matrix()
    places = np.array([0.0, 2.5, 5.2, 9.9, 10.4, 18.0])
    positions = np.outer(places, axes[:, 2]) + np.array([-15.0, -11.0, 4.0])
    ones = np.ones(len(places))
    stored = np.zeros((len(places), 48, 60), dtype=np.int16)
    return Volume(stored, ones, 0 * ones, positions, 0.7 * axes[:, 0], 0.9 * axes[:, 1])


def expected(volume: Volume, grid: Grid, field: np.ndarray) -> np.ndarray:
    _, rows, columns = volume.shape
    j, i = np.mgrid[:rows, :columns]
    points = volume.positions[:, None, None] + j[..., None] * volume.j_step + i[..., None] * volume.i_step
    places = np.moveaxis((points - grid.origin) / grid.spacing_mm, -1, 0)[::-1]
    return ndimage.map_coordinates(field, places, order=1, mode="constant", cval=DEFAULT)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_slices_are_interpolated_as_scipy_does(orientation: str) -> None:
    volume = volume_of(orientation)
    grid = grid_around(volume)
    field = np.random.default_rng(7).normal(size=grid.shape).astype(np.float32)
    found = np.stack(list(slices_of(volume, grid, field, DEFAULT)))
    assert np.abs(found - expected(volume, grid, field)).max() < 2e-3  # 1e-4 degrees are 1e-4 grid steps at the end


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_half_a_step_beyond_a_smaller_grid_its_border_goes_on_and_then_the_default_stands(orientation: str) -> None:
    volume = volume_of(orientation)
    grid = grid_around(volume)
    box = tuple(slice(2, size - 3) for size in grid.shape)
    grid = grid.crop((box[0], box[1], box[2]))
    field = np.random.default_rng(7).normal(size=grid.shape).astype(np.float32)
    found, wanted = np.stack(list(slices_of(volume, grid, field, DEFAULT))), expected(volume, grid, field)
    known = wanted != DEFAULT
    assert known.sum() > 300
    assert np.abs(found - wanted)[known].max() < 2e-3
    assert found.max() <= field.max()
    assert (found == DEFAULT).any()
