# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.pixels.air import AIR_HU
from SlicerDeidLib.pixels.grid import GRID_MM, Grid
from SlicerDeidLib.pixels.render import depth_map, shaded, view_from

RADIUS_MM = 60.0


def ball() -> tuple[np.ndarray, Grid]:
    """A ball of water with a bump to the front left: HU on a grid round (10, 20, 30) mm."""
    centre = np.array([10.0, 20.0, 30.0])
    origin = centre - 80.0
    axis = np.arange(81) * GRID_MM
    z, y, x = np.meshgrid(axis - 80, axis - 80, axis - 80, indexing="ij")
    distance = np.sqrt(x**2 + y**2 + z**2) - RADIUS_MM
    bump = np.sqrt((x - 40) ** 2 + (y + 40) ** 2 + z**2) - 15.0
    values = np.clip(-250.0 - 250.0 * np.minimum(distance, bump), AIR_HU, 0).astype(np.float32)
    return values, Grid(origin, values.shape)


@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (30, 0), (-70, 20), (180, -35)])
def test_a_balls_surface_lies_where_it_is_from_every_side(azimuth: float, elevation: float) -> None:
    values, grid = ball()
    surface = depth_map(values, grid, view_from(azimuth, elevation))
    points = surface.points() - np.array([10.0, 20.0, 30.0])
    from_middle = np.linalg.norm(points, axis=-1)
    away_from_bump = np.linalg.norm(points - [40, -40, 0], axis=-1) > 20
    facing = surface.facing()
    on_ball = np.isfinite(facing) & (facing > 0.5) & away_from_bump
    assert on_ball.sum() > 500
    np.testing.assert_allclose(from_middle[on_ball], RADIUS_MM, atol=1.0)
    cosine = (points @ surface.view.towards) / from_middle
    np.testing.assert_allclose(facing[on_ball], cosine[on_ball], atol=0.1)


def test_the_front_is_the_front_and_positive_azimuths_come_from_the_heads_left() -> None:
    np.testing.assert_allclose(view_from(0).towards, [0, -1, 0], atol=1e-12)
    np.testing.assert_allclose(view_from(90).towards, [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(view_from(0).right, [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(view_from(0).up, [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(view_from(0, 90).towards, [0, 0, 1], atol=1e-12)


@pytest.mark.parametrize("heights", [(5.0, 61.0), (-400.0, 20.0), (31.3, 31.4)])
def test_between_two_heights_the_same_surface_is_seen_as_in_the_whole_head(heights: tuple[float, float]) -> None:
    values, grid = ball()
    view = view_from(30.0, axes=np.array([[0.96, 0.28, 0.0], [-0.28, 0.96, 0.0], [0.0, 0.0, 1.0]]))
    whole, part = depth_map(values, grid, view), depth_map(values, grid, view, heights_mm=heights)
    rows = np.arange(len(whole.depth))
    height = whole.origin @ view.up - rows * whole.step_mm
    within = rows[(height >= heights[0]) & (height <= heights[1])]
    first = round(float((whole.origin - part.origin) @ view.up) / whole.step_mm)
    assert len(part.depth) <= len(within) + 5
    np.testing.assert_allclose(part.depth[within - first], whole.depth[within], atol=1e-3)
    np.testing.assert_allclose(part.facing()[within - first], whole.facing()[within], atol=1e-3)


def test_in_some_columns_down_to_a_depth_the_same_surface_is_seen_as_in_the_whole_head() -> None:
    values, grid = ball()
    view = view_from(30.0, axes=np.array([[0.96, 0.28, 0.0], [-0.28, 0.96, 0.0], [0.0, 0.0, 1.0]]))
    whole = depth_map(values, grid, view)
    towards = whole.points() @ view.towards
    deepest = float(np.nanpercentile(towards, 40))
    part = depth_map(values, grid, view, columns=slice(20, 45), deepest_mm=deepest)
    np.testing.assert_allclose(part.origin, whole.origin + 20 * whole.step_mm * view.right)
    is_near = (towards >= deepest)[:, 20:45]
    assert is_near.any()
    np.testing.assert_allclose(part.depth[is_near], whole.depth[:, 20:45][is_near], atol=1e-3)
    assert np.isnan(part.depth[(towards < deepest - 2 * whole.step_mm)[:, 20:45]]).all()


def test_a_bump_on_the_left_is_nearest_from_the_left_front() -> None:
    values, grid = ball()
    nearest = {azimuth: np.nanmin(depth_map(values, grid, view_from(azimuth)).depth) for azimuth in (-45, 45)}
    reach = {
        azimuth: depth_map(values, grid, view_from(azimuth)).points() @ view_from(azimuth).towards
        for azimuth in (-45, 45)
    }
    assert np.nanmax(reach[45]) - np.nanmax(reach[-45]) > 5
    assert min(nearest.values()) >= 0


def test_a_picture_is_bright_where_the_surface_faces_the_viewer_and_black_around_it() -> None:
    values, grid = ball()
    picture = shaded(depth_map(values, grid, view_from(0)))
    assert picture.dtype == np.uint8
    rows, columns = picture.shape
    assert picture[rows // 2, columns // 2] > 240
    assert picture[0, 0] == 0
