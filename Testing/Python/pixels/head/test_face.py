# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ballhead import read_ct
from headthings import (
    Thing,
    angiography,
    contrast,
    gas_at_base,
    gas_behind,
    gas_in_front,
    gas_of_fracture,
    laid_over,
)
from madeheads import NECK, THICK, THIN, plain
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.pixels.head.finders import find_head
from SlicerDeidLib.sample import phantom

COARSE = phantom.Lattice(slices=44, spacing_mm=5.0, rows=160, columns=160, pixel_spacing_mm=1.6)
LATTICES = {
    "plain": COARSE,
    "tilted": replace(COARSE, tilt_degrees=18.5),
    "tilted far": replace(COARSE, tilt_degrees=25.0),
    "descending, tilted backwards and padded": replace(
        COARSE, tilt_degrees=-15.0, is_descending=True, padding_value=-2000
    ),
    "thin": replace(COARSE, slices=110, spacing_mm=2.0),
    "from the nose up": replace(COARSE, slices=34, lowest_mm=-45.0),
    "without the vertex": replace(COARSE, slices=30),
    "from below the chin": replace(COARSE, slices=50, lowest_mm=-135.0),
}


@cache
def found(name: str, method: str) -> tuple[phantom.HeadCT, HeadMask]:
    head = phantom.make_head(LATTICES[name])
    return head, find_head(head.volume, DefacePolicy(method, 8.0))


def turned(volume: Volume, rotation: np.ndarray) -> Volume:
    """The same pixels under a header that says the head lies otherwise."""
    return replace(
        volume,
        positions=volume.positions @ rotation.T,
        i_step=rotation @ volume.i_step,
        j_step=rotation @ volume.j_step,
    )


def about(axis: int, degrees: float) -> np.ndarray:
    sine, cosine = np.sin(np.deg2rad(degrees)), np.cos(np.deg2rad(degrees))
    rotation = np.eye(3)
    first, second = [n for n in range(3) if n != axis]
    rotation[first, first] = rotation[second, second] = cosine
    rotation[first, second], rotation[second, first] = -sine, sine
    return rotation


@pytest.mark.parametrize("name", LATTICES)
def test_the_face_goes_and_no_voxel_of_the_brain_does(name: str) -> None:
    head, mask = found(name, "surface+face")
    assert head.intracranial.sum() > 20_000
    assert (head.intracranial & ~mask.keep).sum() == 0
    assert mask.measures["facial_skin_kept"] <= 0.02
    assert mask.measures["facial_relief"] <= 0.2
    padded = head.volume.stored == head.lattice.padding_value
    assert (head.skin & mask.keep & ~padded).sum() < 0.008 * head.skin.sum()  # nostrils and ear canals
    assert not (mask.keep & head.holder & ~padded).any()


@pytest.mark.parametrize("thing", [gas_in_front, gas_at_base, gas_of_fracture, gas_behind])
def test_gas_inside_the_skull_and_the_brain_beside_it_stay(thing: Thing) -> None:
    head = phantom.make_head(COARSE)
    volume = laid_over(head, thing)
    gas = head.intracranial & (volume.stored + volume.intercept[0] < -500.0)
    assert gas.sum() > 1000
    mask = find_head(volume, DefacePolicy("surface+face", 8.0))
    assert (head.intracranial & ~mask.keep).sum() == 0
    assert mask.measures["facial_skin_kept"] <= 0.02


@pytest.mark.parametrize(("value", "radius_mm"), [(115, 20), (130, 15), (-90, 12)])
def test_a_lesion_at_the_base_that_is_no_soft_tissue_stays_with_the_brain(value: int, radius_mm: float) -> None:
    lattice = replace(COARSE, slices=80, spacing_mm=3.0, rows=256, columns=256, pixel_spacing_mm=1.0)
    head = phantom.make_head(lattice)
    volume = head.volume
    j, i = np.mgrid[:256, :256]
    points = volume.positions[:, None, None] + j[..., None] * volume.j_step + i[..., None] * volume.i_step
    lesion = head.intracranial & (np.linalg.norm(points - np.array([0.0, -55.0, 32.0]), axis=-1) < radius_mm)
    assert lesion.sum() > 1000
    stored = volume.stored.copy()
    stored[lesion] = (value - volume.intercept[0]) / volume.slope[0]
    mask = find_head(replace(volume, stored=stored), DefacePolicy("surface+face", 8.0))
    assert (head.intracranial & ~mask.keep).sum() == 0


@pytest.mark.parametrize("method", ["face", "surface+face"])
@pytest.mark.parametrize(("slices", "spacing_mm", "lowest_mm"), [(21, 10.0, -103.0), (30, 7.0, -98.38)])
def test_a_face_is_not_cut_beside_brain_that_slices_are_too_far_apart_to_show(
    slices: int, spacing_mm: float, lowest_mm: float, method: str
) -> None:
    """Cut all the same, these two lost 38 and 2 voxels of the groove over the nose."""
    lattice = replace(COARSE, slices=slices, spacing_mm=spacing_mm, lowest_mm=lowest_mm)
    head, known = phantom.make_head(lattice), {}
    with pytest.raises(PixelError, match=f"its slices are {spacing_mm:.1f} mm apart at the base of the skull"):
        find_head(head.volume, DefacePolicy(method, 8.0), known)
    assert find_head(head.volume, DefacePolicy("surface", 8.0), known).keep[head.intracranial].all()


def test_brain_in_the_groove_over_the_nose_stays_where_contrast_lies_in_it() -> None:
    head = phantom.make_head(COARSE)
    mask = find_head(laid_over(head, contrast), DefacePolicy("face", 8.0))
    assert (head.intracranial & ~mask.keep).sum() == 0
    assert mask.measures["facial_relief"] <= 0.12


def test_the_face_alone_leaves_the_back_of_the_head_as_it_is() -> None:
    head, mask = found("from below the chin", "face")
    behind = np.arange(head.body.shape[1]) > head.body.shape[1] * 0.6
    kept = mask.keep[head.body & ~head.skin & behind[:, None]]  # the skin itself is half air at its border
    assert kept.mean() > 0.99
    assert (head.intracranial & ~mask.keep).sum() == 0
    assert mask.method == "face"


def test_a_series_that_ends_below_the_frontal_lobes_keeps_no_brow() -> None:
    head = phantom.make_head(replace(COARSE, slices=75, spacing_mm=2.0, lowest_mm=-120.0))
    mask = find_head(head.volume, DefacePolicy("face", 8.0))
    facial = head.skin & head.face
    assert (facial & mask.keep).sum() < 0.02 * facial.sum()
    assert (head.intracranial & ~mask.keep).sum() == 0


@pytest.mark.parametrize("top_mm", [20.0, 28.0, 36.0])
def test_a_series_that_ends_at_the_brows_keeps_the_carotids_below_the_skull_and_what_it_shows_of_the_brain(
    top_mm: float,
) -> None:
    """The front of the temporal lobes was taken for that of the brain, and the cut ran 30 mm too far back."""
    made = plain(replace(THIN, lowest_mm=-120.0, slices=int((top_mm + 120.0) / 2) + 1))
    mask = find_head(made.volumes[0], DefacePolicy("face", 8.0))
    assert (made.intracranial & ~mask.keep).sum() == 0
    assert (made.vessels() & ~mask.keep).sum() == 0


def test_the_cut_has_no_ridge_at_the_height_of_the_cheeks() -> None:
    """Upright behind the eyes, down to the plane, it had one there, and three times the correlation."""
    _, mask = found("plain", "face")
    assert mask.measures["facial_relief"] < 0.12


@pytest.mark.parametrize("method", ["face", "surface+face"])
def test_a_sinus_full_of_arterial_contrast_stays_behind_the_forehead(method: str) -> None:
    """As dense as bone, it ended the cavity, and 3 voxels of its front went."""
    head = phantom.make_head(NECK)
    mask = find_head(laid_over(head, angiography), DefacePolicy(method, 8.0))
    assert (head.intracranial & ~mask.keep).sum() == 0


@pytest.mark.parametrize(("lattice", "turn"), [(NECK, {"nod": 12.0}), (THICK, {"nod": 10.0, "roll": 10.0})])
def test_a_bowed_head_loses_the_skin_under_its_chin_and_keeps_the_vessels_behind_it(
    lattice: phantom.Lattice, turn: dict[str, float]
) -> None:
    """The cut spares a bowed neck for its vessels, and spared its skin too: 2 to 3.5 % of the facial skin."""
    made = plain(lattice).turned(**turn)
    mask = find_head(made.volumes[0], DefacePolicy("face", 8.0))
    assert mask.measures["facial_skin_kept"] < 0.005
    assert made.vessels().sum() > 200
    assert (made.vessels() & ~mask.keep).sum() == 0
    assert (made.intracranial & ~mask.keep).sum() == 0


def test_the_vessels_of_the_neck_stay() -> None:
    head, mask = found("from below the chin", "face")
    places = np.moveaxis(_positions(head.volume), -1, 0)
    x, y, z = places
    vessels = head.body & (z < -40) & (np.abs(np.abs(x) - 30) < 8) & (np.abs(y - 5) < 10)
    assert vessels.sum() > 100
    assert mask.keep[vessels].all()


def test_the_measures_say_what_was_done() -> None:
    _, mask = found("plain", "surface+face")
    assert 25 <= mask.measures["plane_degrees"] <= 65
    assert mask.measures["face_ml"] > 300
    assert mask.measures["face_cm2"] > 50
    assert mask.measures["cavity_kept"] == 1.0
    assert mask.measures["skin_left"] < 0.005
    assert mask.measures["depth_mm"] == 8.0


@pytest.mark.parametrize(("axis", "degrees"), [(0, 180), (1, 180), (2, 180), (2, 90), (0, 90), (1, 90)])
def test_a_head_that_lies_otherwise_than_its_header_says_is_refused(axis: int, degrees: float) -> None:
    volume = turned(phantom.make_head(COARSE).volume, about(axis, degrees))
    for method in ("face", "surface+face"):
        with pytest.raises(PixelError, match="is not that of a head that lies as the header says"):
            find_head(volume, DefacePolicy(method, 8.0))


@pytest.mark.parametrize(("axis", "degrees"), [(2, 20), (2, -40), (1, 15), (0, 25), (0, -25)])
def test_a_head_that_is_turned_is_defaced_where_its_face_is(axis: int, degrees: float) -> None:
    head = phantom.make_head(COARSE)
    mask = find_head(turned(head.volume, about(axis, degrees)), DefacePolicy("surface+face", 8.0))
    assert (head.intracranial & ~mask.keep).sum() == 0
    assert mask.measures["facial_skin_kept"] <= 0.02


@pytest.mark.real_data
@pytest.mark.parametrize("folder", ["neurolabusc_dcm_qa_ct/In/GE", "cerr_pyCERR/head_and_neck/pt_1"])
def test_real_heads_lose_their_face_and_keep_their_cavity(real_data: Path, folder: str) -> None:
    mask = find_head(read_ct(real_data / folder), DefacePolicy("surface+face", 8.0))
    assert mask.measures["cavity_kept"] == 1.0
    assert mask.measures["facial_skin_kept"] <= 0.005
    assert mask.measures["facial_relief"] <= 0.2
    assert mask.measures["face_cm2"] > 50


def _positions(volume: Volume) -> np.ndarray:
    """LPS positions of all voxels, (k, j, i, 3), mm."""
    _, rows, columns = volume.shape
    plane = np.arange(rows)[:, None, None] * volume.j_step + np.arange(columns)[None, :, None] * volume.i_step
    return volume.positions[:, None, None, :] + plane
