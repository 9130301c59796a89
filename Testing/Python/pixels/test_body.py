# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from ballhead import EXTRAS, SKIN_MM, BallHead, Lattice, make_ball_head
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.pixels.body import Body, find_body
from SlicerDeidLib.pixels.grid import grid_around, sample
from SlicerDeidLib.pixels.head.cavity import Cavity, find_cavity

COMPANY = {
    "alone": frozenset[str](),
    "table, tube and earring": frozenset({"table", "tube", "earring"}),
    "strap": frozenset({"strap"}),
    "holder": frozenset({"holder"}),
}


@cache
def found(company: str, noise_hu: float = 0.0) -> tuple[BallHead, Body, np.ndarray]:
    head = make_ball_head(Lattice(extras=COMPANY[company], noise_hu=noise_hu))
    body = find_body(sample(head.volume, grid_around(head.volume)))
    grid = body.sampled.grid
    axes = [grid.origin[2 - a] + grid.spacing_mm * np.arange(grid.shape[a]) for a in range(3)]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    return head, body, np.stack([x, y, z], axis=-1)


@cache
def cavity_of(company: str) -> tuple[Cavity, np.ndarray, Body]:
    _, body, points = found(company)
    return find_cavity(body), points, body


def upper(points: np.ndarray) -> np.ndarray:
    return (points[..., 2] > 10) & (np.hypot(points[..., 0], points[..., 2]) > 12)


@pytest.mark.parametrize("company", COMPANY)
def test_the_depth_is_the_distance_from_the_skin(company: str) -> None:
    _, body, points = found(company)
    radius = np.linalg.norm(points, axis=-1)
    free = upper(points) & (points[..., 1] > -60)
    if company == "holder":
        free &= points[..., 1] < 30
    if company == "strap":
        free &= points[..., 1] > 20
    error = (SKIN_MM - radius - body.depth)[free & (radius > 70) & (radius < 90)]
    assert abs(float(np.median(error))) < 1.2  # half a grid step, and the threshold next to fat
    assert np.abs(error).max() < 3.5  # the diagonal of the grid


def test_table_tube_and_earring_are_no_body() -> None:
    _, body, points = found("table, tube and earring", noise_hu=20.0)
    radius = np.linalg.norm(points, axis=-1)
    assert not (body.inside & upper(points) & (radius > SKIN_MM + 2)).any()
    assert not (body.bone & upper(points) & (radius > SKIN_MM)).any()


def test_noise_of_the_air_is_no_body() -> None:
    head = make_ball_head(Lattice(heights_mm=tuple(np.arange(-90.0, 96.0, 6.0)), noise_hu=60.0))
    stored = head.volume.stored
    stored[~head.body] += 262  # as in a planning CT whose air is at -738 HU in the corners
    body = find_body(sample(head.volume, grid_around(head.volume)))
    size_ml = body.inside.sum() * body.sampled.grid.voxel_ml
    assert size_ml == pytest.approx(head.body.sum() * 2 * 2 * 6 / 1000, rel=0.06)


def test_air_inside_belongs_to_the_body() -> None:
    _, body, points = found("alone")
    airway = np.linalg.norm(points - np.array([30.0, 15.0, -85.0]), axis=-1) < 6
    assert (body.sampled.values[airway] < -500).any()
    assert body.inside[airway].all()


def test_the_cut_end_of_the_neck_is_no_skin() -> None:
    _, body, points = found("alone")
    end = (np.abs(points[..., 2] + 108) < 3) & (np.hypot(points[..., 0], points[..., 1] - 15) < 10)
    assert body.depth[end].min() > 35


@pytest.mark.parametrize("company", COMPANY)
def test_the_cavity_is_the_inside_of_the_skull(company: str) -> None:
    cavity, points, _ = cavity_of(company)
    radius = np.linalg.norm(points, axis=-1)
    assert cavity.volume_ml == pytest.approx(4 / 3 * np.pi * 6.5**3, rel=0.1)
    assert cavity.inside[radius < 60].all()
    assert not (cavity.inside & upper(points) & (radius > 68)).any()


def test_protection_reaches_into_the_bone_and_not_through_it() -> None:
    cavity, points, _ = cavity_of("alone")
    radius = np.linalg.norm(points, axis=-1)
    assert cavity.protected[upper(points) & (radius < 65)].all()
    assert not (cavity.protected & upper(points) & (radius > 74)).any()


def test_protection_reaches_through_a_hole_in_the_bone() -> None:
    head = make_ball_head(Lattice())
    x, y, z = np.moveaxis(head.points, -1, 0)
    head.volume.stored[head.bone & (np.hypot(x, y) < 20) & (z > 0)] = 30
    body = find_body(sample(head.volume, grid_around(head.volume)))
    cavity = find_cavity(body)
    _, _, points = found("alone")
    top = (np.hypot(points[..., 0], points[..., 1]) < 8) & (points[..., 2] > 0)
    radius = np.linalg.norm(points, axis=-1)
    assert cavity.protected[top & (radius < 67)].all()


@pytest.mark.parametrize(("low", "high"), [(-20.0, 96.0), (-110.0, 30.0), (-40.0, 45.0)])
def test_cut_ends_do_not_count_as_open(low: float, high: float) -> None:
    head = make_ball_head(Lattice(heights_mm=tuple(np.arange(low, high, 4.0))))
    cavity = find_cavity(find_body(sample(head.volume, grid_around(head.volume))))
    assert cavity.enclosed > 0.7
    expected_ml = head.brain.sum() * 2 * 2 * 4 / 1000
    assert cavity.volume_ml == pytest.approx(expected_ml, rel=0.2)  # the grid goes 4 mm beyond the ends


def test_a_ball_without_a_skull_has_no_cavity() -> None:
    head = make_ball_head(Lattice(heights_mm=tuple(np.arange(-80.0, 90.0, 6.0))))
    head.volume.stored[head.bone] = 40
    body = find_body(sample(head.volume, grid_around(head.volume)))
    with pytest.raises(PixelError, match=r"brain (was found|could not be told)"):
        find_cavity(body)


def test_a_vertex_alone_has_too_small_a_cavity_and_the_sentence_says_so() -> None:
    head = make_ball_head(Lattice(heights_mm=tuple(np.arange(46.0, 96.0, 3.0))))
    body = find_body(sample(head.volume, grid_around(head.volume)))
    with pytest.raises(PixelError, match=r"safely: \d+ ml that .* skull, \d+% of it enclosed by bone; at least"):
        find_cavity(body)


def test_everything_at_once_is_still_one_body() -> None:
    head = make_ball_head(Lattice(extras=EXTRAS, noise_hu=15.0))
    body = find_body(sample(head.volume, grid_around(head.volume)))
    volume_ml = body.inside.sum() * body.sampled.grid.voxel_ml
    assert volume_ml < 1.1 * head.body.sum() * 2 * 2 * 5 / 1000
