# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ballhead import EXTRAS, OUTER_MM, Lattice, make_ball_head, read_ct
from headthings import Laid, Parts, Thing, angiography, contrast, laid_over
from madeheads import NECK, THIN
from scipy import ndimage
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.pixels.air import padding_mask
from SlicerDeidLib.pixels.head.anatomy import find_anatomy
from SlicerDeidLib.pixels.head.skull import find_head, within_skull
from SlicerDeidLib.sample import phantom, tissues

STRIP = DefacePolicy("skullstrip")
COARSE = phantom.Lattice(slices=44, spacing_mm=5.0, rows=160, columns=160, pixel_spacing_mm=1.6)
LATTICES = {
    "plain": COARSE,
    "tilted": replace(COARSE, tilt_degrees=18.5),
    "descending, tilted backwards and padded": replace(
        COARSE, tilt_degrees=-15.0, is_descending=True, padding_value=-2000
    ),
    "thin": replace(COARSE, slices=110, spacing_mm=2.0),
    "fine pixels": replace(COARSE, rows=400, columns=400, pixel_spacing_mm=0.625),
    "from the nose up": replace(COARSE, slices=34, lowest_mm=-45.0),
    "of uneven steps": replace(COARSE, positions_mm=tuple(-60.0 + np.cumsum([2.5, 5.0, 6.0] * 13)), tilt_degrees=-18.0),
    "without the vertex": replace(COARSE, slices=30),
    "from below the chin": replace(COARSE, slices=50, lowest_mm=-135.0),
}
BALLS = {
    "plain": Lattice(),
    "tilted": Lattice(tilt_degrees=18.5, noise_hu=12),
    "descending and tilted": Lattice(is_descending=True, tilt_degrees=-15),
    "uneven": Lattice(heights_mm=tuple(-60 + np.cumsum([0.0] + [4.0] * 13 + [7.0] * 14 + [1.08])), tilt_degrees=18.5),
    "anisotropic": Lattice(spacing_mm=(1.0, 2.5), shape=(220, 90)),
    "thin": Lattice(heights_mm=tuple(np.arange(-70.0, 96.0, 1.5)), shape=(92, 92), spacing_mm=(2.2, 2.2)),
    "in company": Lattice(extras=EXTRAS, noise_hu=12),
}


@cache
def stripped(name: str) -> tuple[phantom.HeadCT, HeadMask]:
    head = phantom.make_head(LATTICES[name])
    return head, find_head(head.volume, STRIP)


def spacing_mm(volume: Volume) -> tuple[float, float, float]:
    """Between slices (mean), rows and columns."""
    between = float(np.ptp(volume.positions @ volume.normal)) / (len(volume.positions) - 1)
    return between, float(np.linalg.norm(volume.j_step)), float(np.linalg.norm(volume.i_step))


def above_the_ears(head: phantom.HeadCT) -> np.ndarray:
    """Slices above the ear canals, (k, 1, 1)."""
    return (head.lattice.heights_mm() > 10.0)[:, None, None]


def with_bulge(head: phantom.HeadCT) -> tuple[Volume, np.ndarray]:
    """The head with a hole of 6 cm in the side of its vault, through which brain swells to 7 mm below the skin."""
    volume = head.volume
    _, rows, columns = volume.shape
    j, i = np.mgrid[:rows, :columns]
    points = volume.positions[:, None, None] + j[..., None] * volume.j_step + i[..., None] * volume.i_step
    hole = (points[..., 0] > 30) & (np.hypot(points[..., 1] - 5, points[..., 2] - 75) < 30)
    depth = ndimage.distance_transform_edt(np.pad(head.body, 1), sampling=spacing_mm(volume))[1:-1, 1:-1, 1:-1]
    swollen = hole & (depth > 7.0) & head.body
    stored = volume.stored.copy()
    is_bone = ndimage.binary_dilation(head.bone, iterations=2)  # with the voxels that it shares with the brain
    stored[swollen & (is_bone | ~head.intracranial)] = tissues.CT.grey - volume.intercept[0]
    stored[hole & head.body & ~swollen & head.bone] = tissues.CT.muscle - volume.intercept[0]
    return replace(volume, stored=stored), head.intracranial | swollen


@pytest.mark.parametrize("name", LATTICES)
def test_no_voxel_inside_the_skull_is_changed(name: str) -> None:
    head, mask = stripped(name)
    assert head.intracranial.sum() > 20_000
    assert (head.intracranial & ~mask.keep).sum() == 0
    assert mask.measures["cavity_kept"] > 0.9999


@pytest.mark.parametrize("name", LATTICES)
def test_skin_face_and_holder_go_and_little_is_left_of_the_skull(name: str) -> None:
    head, mask = stripped(name)
    kept = mask.keep & (head.volume.stored != head.lattice.padding_value)
    assert not (kept & head.holder).any()
    assert (kept & head.face).sum() < 0.002 * head.face.sum()  # half a slice step below the floor of the brain
    outside = head.skin | ~head.body
    assert not (kept & outside & above_the_ears(head)).any()
    assert (kept & outside).sum() < 0.006 * head.skin.sum()  # the ear canals end in the margin
    assert (kept & head.bone).sum() < 0.4 * head.bone.sum()  # 5 mm around the base, one voxel of the inner table


@pytest.mark.parametrize("name", ["tilted", "thin", "fine pixels"])
def test_above_the_base_nothing_is_kept_beyond_the_margin(name: str) -> None:
    head, mask = stripped(name)
    away_mm = ndimage.distance_transform_edt(~head.intracranial, sampling=spacing_mm(head.volume))
    above = head.lattice.heights_mm() > 50.0
    assert away_mm[above][mask.keep[above]].max() <= 7.0  # 5 mm, and the rounding of two lattices


@pytest.mark.parametrize("name", BALLS)
def test_a_ball_of_brain_stays_whole_and_loses_its_shell(name: str) -> None:
    head = make_ball_head(BALLS[name])
    anatomy = find_anatomy(head.volume)
    keep = within_skull(head.volume, anatomy, anatomy.body.sampled.grid.along(np.array([0.0, 0.0, 1.0])) < -40)
    assert (head.brain & ~keep).sum() == 0
    assert not (keep & (head.radius > OUTER_MM + 1.0) & (head.points[..., 2] > -30)).any()
    assert not (keep & head.extra).any()


@pytest.mark.parametrize(
    "positions_mm", [tuple(-60.0 + np.cumsum([7.0] * 25)), tuple(-60.0 + np.cumsum([3.0, 7.5] * 16))]
)
def test_slices_too_far_apart_for_the_grooves_of_the_base_are_refused(positions_mm: tuple[float, ...]) -> None:
    head = phantom.make_head(replace(COARSE, positions_mm=positions_mm))
    with pytest.raises(PixelError, match=r"7\.\d mm apart at the base of the skull"):
        find_head(head.volume, STRIP)


def test_a_series_that_ends_below_the_front_of_the_brain_is_refused() -> None:
    """Of what the end slice showed of its lowest grooves 23 voxels were lost."""
    head = phantom.make_head(replace(COARSE, slices=75, spacing_mm=2.0, lowest_mm=-120.0))
    with pytest.raises(PixelError, match="end below the front of the brain"):
        find_head(head.volume, DefacePolicy("skullstrip", 8.0))


def test_brain_that_contrast_fills_in_the_groove_over_the_nose_stays() -> None:
    """It is too bright for the cavity, and 13 voxels of it went with the skull."""

    def stained(parts: Parts) -> Laid:
        section, cavity = parts.section, parts.skull.cavity
        walls = np.maximum(np.abs(section.x) - 3.0, np.abs(section.y + 55.0) - 20.0)
        yield np.maximum(np.maximum(walls, section.z - 34.0), cavity), 180.0

    head = phantom.make_head(LATTICES["thin"])
    mask = find_head(laid_over(head, stained), DefacePolicy("skullstrip", 8.0))
    assert (head.intracranial & ~mask.keep).sum() == 0


@pytest.mark.parametrize(("lattice", "thing"), [(THIN, contrast), (NECK, angiography)])
def test_brain_and_sinus_between_bone_and_a_vessel_full_of_contrast_stay(
    lattice: phantom.Lattice, thing: Thing
) -> None:
    """The cavity ended at the vessel, 4 mm and more too early, and 1 and 5 voxels at its border went."""
    head = phantom.make_head(lattice)
    mask = find_head(laid_over(head, thing), STRIP)
    assert (head.intracranial & ~mask.keep).sum() == 0


def test_thick_slices_of_the_vault_alone_are_no_reason_to_refuse() -> None:
    heights = -60.0 + np.cumsum([4.0] * 27 + [7.0] * 10)  # the floor of the brain lies below 0, the orbits' roof at 20
    head = phantom.make_head(replace(COARSE, positions_mm=tuple(heights)))
    mask = find_head(head.volume, STRIP)
    assert (head.intracranial & ~mask.keep).sum() == 0


def test_brain_that_swells_through_a_hole_in_the_skull_stays() -> None:
    head = phantom.make_head(LATTICES["thin"])
    volume, brain = with_bulge(head)
    assert (brain & ~head.intracranial).sum() > 3000
    mask = find_head(volume, STRIP)
    assert (brain & ~mask.keep).sum() == 0
    far = ndimage.distance_transform_edt(~brain | head.intracranial, sampling=spacing_mm(volume)) > 10.0
    assert not (mask.keep & head.skin & above_the_ears(head) & far).any()  # nearer, it may be brain


@pytest.mark.parametrize("value", [115, 350, 1500, -90])
def test_what_is_dense_or_fat_within_the_brain_stays(value: int) -> None:
    head = phantom.make_head(LATTICES["thin"])
    volume = head.volume
    j, i = np.mgrid[:160, :160]
    points = volume.positions[:, None, None] + j[..., None] * volume.j_step + i[..., None] * volume.i_step
    lesion = head.intracranial & (np.linalg.norm(points - np.array([20.0, 0.0, 70.0]), axis=-1) < 12)
    stored = volume.stored.copy()
    stored[lesion] = value - volume.intercept[0]
    mask = find_head(replace(volume, stored=stored), STRIP)
    assert (head.intracranial & ~mask.keep).sum() == 0


def test_padding_stays_padding_and_all_other_surroundings_go() -> None:
    head, mask = stripped("descending, tilted backwards and padded")
    padding = np.broadcast_to(padding_mask(head.volume), mask.keep.shape)
    assert padding.mean() > 0.15
    assert mask.keep[padding].all()
    assert not (mask.keep & ~padding & ~head.body & above_the_ears(head)).any()


def test_the_measures_say_what_was_done() -> None:
    _, mask = stripped("plain")
    assert mask.method == "skullstrip"
    assert mask.measures["skin_left"] == 0.0
    assert mask.measures["beyond_ml"] == 0.0
    assert mask.measures["bone_left"] < 0.4
    assert mask.measures["facial_skin_kept"] == 0.0
    assert abs(mask.measures["facial_relief"]) < 0.1
    assert mask.measures["face_cm2"] > 50


def test_a_head_on_its_head_and_one_that_the_picture_cuts_are_refused() -> None:
    volume = phantom.make_head(COARSE).volume
    flip = np.diag([1.0, -1.0, -1.0])
    upside_down = replace(
        volume, positions=volume.positions @ flip, i_step=flip @ volume.i_step, j_step=flip @ volume.j_step
    )
    with pytest.raises(PixelError, match="is not that of a head that lies as the header says"):
        find_head(upside_down, STRIP)
    cut = volume.part(list(range(len(volume.stored))), slice(0, 160), slice(50, 160))
    with pytest.raises(PixelError):
        find_head(cut, STRIP)


def test_mr_is_refused() -> None:
    volume = phantom.make_head(COARSE).volume
    with pytest.raises(PixelError, match="the skull is stripped in CT only"):
        find_head(replace(volume, unit=""), STRIP)


@pytest.mark.real_data
def test_a_real_head_in_slices_of_7_mm_is_refused(real_data: Path) -> None:
    with pytest.raises(PixelError, match="apart at the base of the skull"):
        find_head(read_ct(real_data / "neurolabusc_dcm_qa_ct/In/GE"), STRIP)


@pytest.mark.real_data
def test_a_real_head_loses_skin_and_face_and_keeps_its_cavity(real_data: Path) -> None:
    mask = find_head(read_ct(real_data / "cerr_pyCERR/head_and_neck/pt_1"), STRIP)
    assert mask.measures["cavity_kept"] > 0.9999
    assert mask.measures["skin_left"] < 0.001
    assert mask.measures["bone_left"] < 0.35
    assert mask.measures["facial_skin_kept"] == 0.0
    assert mask.measures["facial_relief"] <= 0.2
