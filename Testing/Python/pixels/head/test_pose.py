# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import build_endocranium
import numpy as np
import pytest
from ballhead import read_ct
from scipy.spatial.transform import Rotation
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.head.anatomy import find_anatomy
from SlicerDeidLib.pixels.head.pose import MODEL_FILE, Pose, Wall, find_pose, is_air_in_front, right_angles
from SlicerDeidLib.sample import phantom

COARSE = phantom.Lattice(slices=44, spacing_mm=5.0, rows=160, columns=160, pixel_spacing_mm=1.6)
PARTS = {
    "whole": (0.0, 1.0),
    "without the vertex": (0.0, 0.7),
    "from the nose up": (0.3, 1.0),
    "a slab from the nose to the forehead": (0.3, 0.8),
}
REAL = ("neurolabusc_dcm_qa_ct/In/GE", "cerr_pyCERR/head_and_neck/pt_1")


@cache
def made() -> Volume:
    return phantom.make_head(COARSE).volume


def lying(volume: Volume, turn: Rotation) -> Volume:
    """The same head, held otherwise."""
    return replace(
        volume,
        positions=turn.apply(volume.positions),
        i_step=turn.apply(volume.i_step),
        j_step=turn.apply(volume.j_step),
    )


def part(volume: Volume, first: float, last: float) -> Volume:
    kept = slice(int(first * len(volume.stored)), int(last * len(volume.stored)))
    return replace(
        volume,
        stored=volume.stored[kept],
        slope=volume.slope[kept],
        intercept=volume.intercept[kept],
        positions=volume.positions[kept],
    )


def pose_of(volume: Volume) -> Pose:
    anatomy = find_anatomy(volume)
    return find_pose(anatomy.body, anatomy.cavity)


def degrees_between(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.degrees(Rotation.from_matrix(one @ other.T).magnitude()))


def test_the_model_is_the_cavity_of_the_sample_head() -> None:
    assert np.abs(np.load(MODEL_FILE).astype(int) - build_endocranium.endocranium()).max() <= 1


@pytest.mark.parametrize("name", PARTS)
def test_the_axes_of_a_head_that_lies_straight_are_those_of_lps(name: str) -> None:
    assert degrees_between(pose_of(part(made(), *PARTS[name])).axes, np.eye(3)) < 3.0


@pytest.mark.parametrize(
    ("turned", "nodding", "leaning"), [(35, 0, 0), (0, 30, 0), (0, -30, 0), (0, 0, 20), (-25, 15, -10)]
)
def test_the_axes_follow_a_head_that_turns_nods_or_leans(turned: float, nodding: float, leaning: float) -> None:
    turn = Rotation.from_euler("zxy", [turned, nodding, leaning], degrees=True)
    assert degrees_between(pose_of(lying(made(), turn)).axes, turn.as_matrix().T) < 4.0


@pytest.mark.parametrize("name", ["whole", "from the nose up"])
@pytest.mark.parametrize(("axis", "degrees"), [("x", 180), ("y", 180), ("z", 180), ("z", 90), ("x", 90), ("y", -90)])
def test_a_head_that_lies_otherwise_than_its_header_says_is_refused(name: str, axis: str, degrees: float) -> None:
    volume = lying(part(made(), *PARTS[name]), Rotation.from_euler(axis, degrees, degrees=True))
    with pytest.raises(PixelError, match="is not that of a head that lies as the header says"):
        pose_of(volume)


def test_the_air_of_nose_and_throat_says_where_the_face_is() -> None:
    anatomy = find_anatomy(made())
    pose = find_pose(anatomy.body, anatomy.cavity)
    for axis, degrees, is_front in (("z", 15, True), ("z", 90, False), ("z", 180, False), ("x", 180, False)):
        turned = replace(pose, axes=pose.axes @ Rotation.from_euler(axis, degrees, degrees=True).as_matrix())
        assert is_air_in_front(anatomy.body, anatomy.cavity, turned) is is_front


def test_a_head_without_air_inside_is_not_refused_for_it() -> None:
    anatomy = find_anatomy(made())
    pose = find_pose(anatomy.body, anatomy.cavity)
    sampled = anatomy.body.sampled
    filled = replace(sampled, values=np.where(anatomy.body.inside, 40.0, sampled.values))
    backwards = replace(pose, axes=pose.axes * [[-1.0], [-1.0], [1.0]])
    assert is_air_in_front(replace(anatomy.body, sampled=filled), anatomy.cavity, backwards)


@pytest.mark.real_data
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_real_head_whose_pictures_are_turned_is_refused(real_data: Path, quarters: int) -> None:
    volume = read_ct(real_data / REAL[0])
    turned = replace(volume, stored=np.ascontiguousarray(np.rot90(volume.stored, quarters, axes=(1, 2))))
    with pytest.raises(PixelError, match="is not that of a head that lies as the header says"):
        pose_of(turned)


def test_the_braincase_is_the_cavity_without_its_canal_to_the_spine() -> None:
    pose = pose_of(phantom.make_head(replace(COARSE, slices=50, lowest_mm=-135.0)).volume)
    assert pose.braincase[:, 2].min() > -65.0  # the foramen magnum lies at -48
    assert len(pose.braincase) * 0.008 > 1300  # ml


@pytest.mark.real_data
@pytest.mark.parametrize("folder", REAL)
@pytest.mark.parametrize(("axis", "degrees"), [("x", 15), ("x", -15), ("z", 30)])
def test_the_axes_of_real_heads_follow_them(real_data: Path, folder: str, axis: str, degrees: float) -> None:
    volume, turn = read_ct(real_data / folder), Rotation.from_euler(axis, degrees, degrees=True)
    as_it_was, turned = pose_of(volume).axes, pose_of(lying(volume, turn)).axes
    assert degrees_between(turned, as_it_was @ turn.as_matrix().T) < 5.0


def test_a_fit_goes_the_way_that_its_misfit_falls() -> None:
    anatomy = find_anatomy(made())
    wall = Wall(anatomy.body, anatomy.cavity)
    points, chance = wall.braincase[::997], np.random.default_rng(2)
    turns, at = np.stack([np.eye(3), *right_angles()[:2]]), chance.normal(scale=0.1, size=(3, 9))
    for parameter, step in enumerate(1e-6 * np.eye(9)):
        before, after = (wall.misfits(points, turns, at + way * step)[0] for way in (-1.0, 1.0))
        slope = wall.misfits(points, turns, at)[1][:, parameter]
        assert np.quantile(np.abs((after - before) / 2e-6 - slope), 0.99) < 1e-3 * np.abs(slope).max()
