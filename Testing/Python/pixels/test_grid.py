# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.grid import END_MM, NearestParts, grid_around, nearest, sample
from SlicerDeidLib.pixels.planes import slices_of

UNEVEN = np.cumsum([0.0] + [4.0] * 7 + [7.0] * 6 + [1.08])
ORIENTATIONS = {
    "axial": ([0.9, 0, 0], [0, 1.1, 0]),
    "tilted": ([0.9, 0, 0], [0, 1.1 * np.cos(0.32), -1.1 * np.sin(0.32)]),
    "descending": ([0.9, 0, 0], [0, -1.1, 0]),
    "sagittal": ([0, 0.9, 0], [0, 0, -1.1]),
    "oblique": ([0.9 * np.cos(0.4), 0.9 * np.sin(0.4), 0], [-1.1 * np.sin(0.4) * 0.8, 1.1 * np.cos(0.4) * 0.8, 0.66]),
}
GRADIENT = np.array([1.5, -2.0, 0.7])  # value per mm: linear, so that linear interpolation is exact


def linear_volume(orientation: str, places: np.ndarray = UNEVEN, stack: np.ndarray | None = None) -> Volume:
    i_step, j_step = (np.array(step, dtype=float) for step in ORIENTATIONS[orientation])
    normal = np.cross(i_step, j_step) / np.linalg.norm(np.cross(i_step, j_step))
    along = normal if stack is None else stack
    positions = np.array([-20.0, 13.0, 4.0]) + np.outer(places, along)
    j, i = np.mgrid[:40, :50]
    points = positions[:, None, None] + j[..., None] * j_step + i[..., None] * i_step
    values = points @ GRADIENT
    ones = np.ones(len(places))
    return Volume(np.rint(values * 100).astype(np.int32), 0.01 * ones, 0 * ones, positions, i_step, j_step, unit="")


def grid_points(grid) -> np.ndarray:
    z, y, x = np.meshgrid(
        *(grid.origin[2 - a] + grid.spacing_mm * np.arange(grid.shape[a]) for a in range(3)), indexing="ij"
    )
    return np.stack([x, y, z], axis=-1)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_linear_field_comes_to_the_grid_exactly_whatever_the_orientation(orientation: str) -> None:
    volume = linear_volume(orientation)
    sampled = sample(volume, grid_around(volume))
    points = grid_points(sampled.grid)
    expected = points @ GRADIENT
    axes = np.column_stack([volume.i_step, volume.j_step, volume.normal])
    i, j, s = np.moveaxis((points - volume.positions[0]) @ np.linalg.inv(axes).T, -1, 0)
    within = (i > 1) & (i < 48) & (j > 1) & (j < 38) & (s > 0) & (s < UNEVEN[-1] - 0.6)  # the last two are averaged
    assert within.sum() > 1000
    assert np.abs(sampled.values - expected)[within].max() < 0.02


def test_gantry_tilt_shears_the_stack_and_is_followed() -> None:
    volume = linear_volume("tilted", stack=np.array([0.0, 0.0, 1.0]))
    sampled = sample(volume, grid_around(volume))
    points = grid_points(sampled.grid)
    axes = np.column_stack([volume.i_step, volume.j_step, [0.0, 0.0, 1.0]])
    i, j, s = np.moveaxis((points - volume.positions[0]) @ np.linalg.inv(axes).T, -1, 0)
    within = (i > 1) & (i < 48) & (j > 1) & (j < 38) & (s > 0) & (s < UNEVEN[-1] - 0.6)  # the last two are averaged
    assert within.sum() > 1000
    assert np.abs(sampled.values - points @ GRADIENT)[within].max() < 0.02


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_field_on_the_grid_comes_back_to_every_slice_exactly(orientation: str) -> None:
    volume = linear_volume(orientation)
    grid = grid_around(volume)
    field = (grid_points(grid) @ GRADIENT).astype(np.float32)
    for k, plane in enumerate(slices_of(volume, grid, field, default=-999.0)):
        assert np.abs(plane - volume.slice_values(k)).max() < 0.02


def test_what_the_grid_does_not_reach_has_the_default() -> None:
    volume = linear_volume("axial")
    grid = grid_around(volume)
    part = (slice(2, 8), slice(3, 9), slice(4, 12))
    planes = list(slices_of(volume, grid.crop(part), np.ones((6, 6, 8), np.float32), default=-4.0))
    assert {float(v) for v in np.unique(planes)} == {-4.0, 1.0}
    size = np.prod([6, 6, 8]) * 8 / (0.9 * 1.1)  # mm3 over the area of a pixel; slices are 4 to 7 mm apart
    assert sum((plane == 1).sum() for plane in planes) < size


def test_only_the_ends_of_the_stack_are_unknown() -> None:
    volume = linear_volume("tilted", stack=np.array([0.0, 0.0, 1.0]))
    sampled = sample(volume, grid_around(volume))
    place = grid_points(sampled.grid) @ volume.normal - volume.positions[0] @ volume.normal
    last = (volume.positions[-1] - volume.positions[0]) @ volume.normal
    assert np.array_equal(sampled.is_scanned, (place >= -END_MM) & (place <= last + END_MM))


def test_thin_slices_and_fine_pixels_are_averaged_not_picked() -> None:
    ones = np.ones(40)
    stored = np.zeros((40, 80, 80), np.int16)
    stored[::2, ::2, ::2] = 800  # one voxel in eight
    positions = np.outer(0.5 * np.arange(40), [0.0, 0.0, 1.0])
    volume = Volume(stored, ones, 0 * ones, positions, np.array([0.5, 0, 0]), np.array([0, 0.5, 0]), unit="")
    values = sample(volume, grid_around(volume)).values
    assert np.abs(values[2:-3, 2:-2, 2:-2] - 100).max() < 1e-3


def test_padding_counts_as_air_before_it_is_interpolated() -> None:
    volume = linear_volume("axial")
    stored = np.full(volume.shape, -3024, np.int16)
    stored[:, :, 25:] = 0
    ones = np.ones(len(stored))
    ct = Volume(stored, ones, 0 * ones, volume.positions, volume.i_step, volume.j_step, unit="HU")
    values = sample(ct, grid_around(ct)).values
    assert values.min() == -1000


def test_each_slice_has_its_own_rescale() -> None:
    volume = linear_volume("axial")
    slope = np.linspace(0.5, 2.0, len(UNEVEN))
    stored = np.rint((100.0 - np.arange(len(UNEVEN))[:, None, None] * np.ones((1, 40, 50))) / slope[:, None, None])
    intercept = np.arange(len(UNEVEN), dtype=float)
    ct = Volume(stored.astype(np.int16), slope, intercept, volume.positions, volume.i_step, volume.j_step)
    values = sample(ct, grid_around(ct)).values[3:-3, 2:-3, 2:-3]
    assert np.abs(values - 100).max() <= 1.0


def test_two_slices_at_one_place_are_refused() -> None:
    volume = linear_volume("axial", places=np.array([0.0, 4.0, 4.0, 8.0]))
    with pytest.raises(PixelError, match="same position"):
        sample(volume, grid_around(volume))


@pytest.mark.parametrize(
    ("places", "times"), [((0.0, 4.0, 1e6), 1.0), ((0.0, 4.0, 8.0), 100.0), ((0.0, 4.0, 8.0), 1e-4)]
)
def test_a_geometry_that_no_scanner_makes_is_refused_before_memory_is_asked_for(
    places: tuple[float, ...], times: float
) -> None:
    volume = linear_volume("axial", places=np.array(places))
    volume = replace(volume, i_step=times * volume.i_step, j_step=times * volume.j_step)
    with pytest.raises(PixelError, match="no scanner"):
        grid_around(volume)


def test_a_single_slice_has_a_grid_on_both_sides() -> None:
    volume = linear_volume("axial", places=np.array([0.0]))
    sampled = sample(volume, grid_around(volume))
    assert sampled.grid.origin[2] == pytest.approx(volume.positions[0, 2] - END_MM)
    assert sampled.is_scanned.all(axis=(1, 2)).sum() >= 4


def test_single_voxels_are_looked_up_where_they_lie() -> None:
    volume = linear_volume("tilted")
    grid = grid_around(volume)
    mask = grid_points(grid) @ GRADIENT > 0
    rows, columns = np.array([0, 12, 39]), np.array([49, 20, 3])
    (found,) = nearest(volume, grid, [mask], 5, rows, columns)
    far = np.abs(volume.slice_values(5)[rows, columns]) > 8  # a grid step away from the border of the mask
    assert far.any()
    assert np.array_equal(found[far], (volume.slice_values(5)[rows, columns] > 0)[far])
    (beyond,) = nearest(volume, grid.crop((slice(0, 1),) * 3), [mask[:1, :1, :1]], 9, rows, columns)
    assert not beyond.any()


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_part_of_a_slice_is_looked_up_as_its_voxels_are_one_by_one(orientation: str) -> None:
    volume = linear_volume(orientation)
    whole = grid_around(volume)
    depth, height, width = (slice(2, size - 3) for size in whole.shape)
    grid = whole.crop((depth, height, width))
    field = np.random.default_rng(3).integers(0, 2, grid.shape).astype(np.uint8)
    part = slice(3, 40), slice(0, 47)
    rows, columns = (places.ravel() for places in np.mgrid[part])
    parts = NearestParts(volume, grid, field)
    for k in range(len(volume.stored)):
        (wanted,) = nearest(volume, grid, [field > 0], k, rows, columns)
        assert np.array_equal(parts.at(k, part).ravel(), wanted)


def test_where_strokes_stand_the_grid_holds_air() -> None:
    plain = linear_volume("axial")
    strokes = np.zeros(plain.shape[1:], dtype=np.bool_)
    strokes[5:9, 10:30] = True
    hu = replace(
        plain, stored=np.rint(plain.stored / 100).astype(np.int16), slope=np.ones(len(plain.stored)), unit="HU"
    )
    drawn, bare = hu.stored.copy(), hu.stored.copy()
    drawn[:, strokes], bare[:, strokes] = 3000, -1000
    grid = grid_around(hu)
    found = sample(replace(hu, stored=drawn), grid, strokes).values
    assert np.array_equal(found, sample(replace(hu, stored=bare), grid).values)
    assert drawn.max() == 3000
