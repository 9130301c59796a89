# SPDX-License-Identifier: Apache-2.0
"""The made head: its anatomy, its lattices, its truth."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.sample.phantom import Lattice, make_head

COARSE = Lattice(slices=30, spacing_mm=8.0, rows=128, columns=128, pixel_spacing_mm=2.0)


@pytest.fixture(scope="module")
def head():
    return make_head(COARSE)


@pytest.fixture(scope="module")
def quiet():
    """Without noise, table and holder, 2 mm in all directions."""
    return make_head(replace(COARSE, slices=120, spacing_mm=2.0), noise_hu=0, has_holder=False)


def hounsfield(made):
    return made.volume.stored.astype(float) + made.lattice.intercept


def litres(made, mask):
    volume = made.volume
    voxel = abs(np.linalg.det(np.stack([volume.i_step, volume.j_step, volume.positions[1] - volume.positions[0]])))
    return mask.sum() * voxel / 1e6


def test_one_seed_gives_one_head(head):
    again = make_head(COARSE)
    assert again.volume.stored.dtype == np.int16
    np.testing.assert_array_equal(head.volume.stored, again.volume.stored)


def test_another_seed_changes_the_noise_only(head):
    other = make_head(COARSE, seed=2)
    assert (head.volume.stored != other.volume.stored).mean() > 0.3
    np.testing.assert_array_equal(head.bone, other.bone)


def test_sizes_are_an_adults(quiet):
    assert 1.35 < litres(quiet, quiet.intracranial) < 1.65
    inside = np.argwhere(quiet.intracranial) * 2  # mm
    assert 115 < np.ptp(inside[:, 2]) < 140
    assert 150 < np.ptp(inside[:, 1]) < 180


def test_tissues_have_their_hounsfield_units(quiet):
    hu = hounsfield(quiet)
    brain = hu[ndimage.binary_erosion(quiet.intracranial, iterations=3)]
    assert 20 < brain.mean() < 40
    assert np.percentile(brain, 1) < 15  # fluid
    assert np.median(hu[quiet.bone]) > 300
    assert hu[~quiet.body].max() < -300  # the skin's half-filled border
    assert np.median(hu[~quiet.body]) == -1000
    fat = hu[quiet.body & (hu < -60) & (hu > -130)]
    assert fat.size > 0.1 * quiet.body.sum()


def test_air_lies_inside_the_head(quiet):
    """Sinuses, nose and airway: more than 30 ml, and not reached from outside within a slice."""
    hu = hounsfield(quiet)
    assert litres(quiet, quiet.body & (hu < -800)) > 0.03


def test_masks_say_one_thing_each(quiet):
    assert not (quiet.intracranial & quiet.bone).any()
    assert not (quiet.intracranial & quiet.face).any()
    assert not quiet.holder.any()
    for mask in (quiet.intracranial, quiet.bone, quiet.skin, quiet.face):
        assert mask.any()
        assert not (mask & ~quiet.body).any()


def test_bone_closes_the_cavity_but_for_the_foramen_magnum(quiet):
    """What a ball of 5 mm reaches from the brain without passing bone is the brain and the spinal canal."""
    free = quiet.body & ~quiet.bone
    core = ndimage.binary_erosion(free, ndimage.generate_binary_structure(3, 1), iterations=3)
    labels, _ = ndimage.label(core)
    middle = labels[tuple(np.argwhere(quiet.intracranial).mean(axis=0).astype(int))]
    assert middle > 0
    reached = labels == middle
    heights = quiet.volume.positions[:, 2]
    above_foramen = heights > -25
    leaked = reached & ~quiet.intracranial
    assert leaked[above_foramen].sum() < 0.001 * reached.sum()


def test_a_face_stands_out(quiet):
    """Tip of the nose, lips and chin stand in front of their surroundings in the midline, the eyes lie back."""
    volume = quiet.volume
    y = volume.positions[0, 1] + 2.0 * np.arange(volume.shape[1])

    def front(z, x):
        k = int(np.argmin(np.abs(volume.positions[:, 2] - z)))
        i = round((x - volume.positions[0, 0]) / 2)
        return y[np.nonzero(quiet.body[k, :, i])[0].min()]

    assert front(-10, 0) < front(28, 0) - 15  # tip of the nose before its root
    assert front(-10, 0) < front(-10, 24) - 20  # and before the cheek
    assert front(-36, 0) < front(-60, 0) - 2  # lip before the fold above the chin
    assert front(-84, 0) < front(-60, 0) - 1  # chin before that fold
    assert front(18, 20) > front(36, 20) + 2  # eye behind the brow
    assert front(60, 0) < -75  # forehead


def test_ears_stand_off_on_both_sides(quiet):
    volume = quiet.volume
    x = volume.positions[0, 0] + 2.0 * np.arange(volume.shape[2])
    k = int(np.argmin(np.abs(volume.positions[:, 2] - 4)))
    columns = x[quiet.body[k].any(axis=0)]
    assert columns.min() < -78
    assert columns.max() > 78


def test_the_body_is_one_piece(quiet):
    labels, count = ndimage.label(quiet.body)
    assert count == 1, np.bincount(labels.ravel())


def test_the_face_lies_in_front_of_the_brain(quiet):
    face, brain = np.argwhere(quiet.face).mean(axis=0), np.argwhere(quiet.intracranial).mean(axis=0)
    assert face[0] < brain[0]
    assert face[1] < brain[1]
    assert 0.4 < litres(quiet, quiet.face) < 1.2


def test_table_and_holder_are_seen_unless_unwanted(head):
    hu = hounsfield(head)
    shell = head.holder & (hu > -300)
    assert shell.sum() > 1000
    assert not (head.holder & head.body).any()
    bare = make_head(COARSE, has_holder=False)
    assert hounsfield(bare)[head.holder & ~bare.skin].mean() < -950


def test_a_tilted_slice_shows_the_same_head():
    """A voxel of a tilted slice has the value of the straight slice through the same point."""
    tilted = make_head(replace(COARSE, tilt_degrees=18.5, slices=12, lowest_mm=-40), noise_hu=0)
    volume = tilted.volume
    for k, j in ((3, 40), (6, 64), (10, 90)):
        point = volume.positions[k] + volume.j_step * j
        straight = Lattice(
            slices=1, lowest_mm=float(point[2]), rows=1, columns=128, pixel_spacing_mm=2.0, centre_y_mm=float(point[1])
        )
        row = make_head(straight, noise_hu=0).volume.stored[0, 0]
        np.testing.assert_allclose(volume.stored[k, j], row, atol=3)


def test_tilted_slices_stay_stacked_along_the_table():
    volume = make_head(replace(COARSE, tilt_degrees=-12.0, slices=3)).volume
    steps = np.diff(volume.positions, axis=0)
    np.testing.assert_allclose(steps, [[0, 0, 8.0]] * 2, atol=1e-9)
    assert volume.normal[2] == pytest.approx(np.cos(np.deg2rad(12)))
    assert volume.normal[1] == pytest.approx(np.sin(np.deg2rad(-12)))


def test_descending_slices_are_the_same_slices():
    up = make_head(replace(COARSE, slices=5), noise_hu=0)
    down = make_head(replace(COARSE, slices=5, is_descending=True), noise_hu=0)
    np.testing.assert_array_equal(up.volume.stored, down.volume.stored[::-1])
    np.testing.assert_array_equal(up.volume.positions, down.volume.positions[::-1])


def test_slices_may_be_unevenly_spaced():
    heights = (-20.0, -17.5, -10.0, 40.0)
    volume = make_head(replace(COARSE, positions_mm=heights)).volume
    assert tuple(volume.positions[:, 2]) == heights


def test_padding_fills_what_lies_outside_the_circle():
    made = make_head(replace(COARSE, slices=4, padding_value=-2000))
    stored = made.volume.stored
    assert made.volume.padding == (-2000, -2000)
    assert (stored[:, 0, 0] == -2000).all()
    assert (stored == -2000).mean() == pytest.approx(1 - np.pi / 4, abs=0.01)
    assert stored[stored != -2000].min() >= 0


def test_noise_has_the_asked_strength():
    empty = make_head(replace(COARSE, slices=6, lowest_mm=300), noise_hu=8, has_holder=False)
    half = hounsfield(empty)
    assert half.min() >= -1024
    soft = make_head(COARSE, noise_hu=8).volume.stored - make_head(COARSE, noise_hu=0).volume.stored
    inside = soft[15, 50:80, 50:80]
    assert 6 < inside.std() < 10


@pytest.mark.parametrize(
    "lattice",
    [
        Lattice(slices=0),
        Lattice(rows=0),
        Lattice(positions_mm=(3.0, 2.0)),
        Lattice(positions_mm=()),
        Lattice(spacing_mm=0.0),
        Lattice(tilt_degrees=60.0),
    ],
)
def test_impossible_lattices_are_refused(lattice):
    with pytest.raises(PixelError):
        make_head(lattice)


def test_a_full_slice_takes_a_fraction_of_a_second():
    start = time.process_time()
    make_head(Lattice(slices=2, lowest_mm=0))
    assert time.process_time() - start < 3
