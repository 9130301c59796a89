# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from craniectomy import Defect, make_craniectomy
from scipy import ndimage
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.head.anatomy import find_anatomy
from SlicerDeidLib.pixels.head.defect import open_to_skin, skin_mm
from SlicerDeidLib.pixels.registry import head_finder
from SlicerDeidLib.sample import phantom

THICK = phantom.Lattice(slices=44, spacing_mm=5.0, rows=160, columns=160, pixel_spacing_mm=1.6)
THIN = replace(THICK, slices=110, spacing_mm=2.0)
KEPT = {  # that are deidentified with every method named
    "level with the skull": (THIN, Defect(bulge_mm=0.0), ("surface+face", "skullstrip")),
    "under a thick scalp": (THIN, Defect(bulge_mm=8.0, scalp_mm=8.0), ("surface+face", "skullstrip")),
    "over a remnant of bone under a thick scalp": (THIN, Defect(scalp_mm=7.0, remnant_mm=20.0), ("surface+face",)),
    "over a remnant of bone": (THIN, Defect(bulge_mm=8.0, remnant_mm=20.0), ("surface+face", "face")),
    "sunken": (THICK, Defect(bulge_mm=-10.0), ("surface+face", "skullstrip")),
    "bulging in thick slices": (THICK, Defect(bulge_mm=25.0, scalp_mm=4.0), ("face",)),
    "bulging from a thin rim": (THICK, Defect(bulge_mm=25.0, scalp_mm=7.0, rim_mm=3.0), ("face",)),
}
REFUSED = {
    "under a thin scalp": (THIN, Defect(bulge_mm=8.0, scalp_mm=3.0)),
    "bulging": (THICK, Defect(bulge_mm=8.0)),
}
"""Of which the methods that peel or strip lost brain when two and four millimetres were always called skin."""

UNCOVERED = (
    Defect(width_mm=90.0, bulge_mm=8.0, scalp_mm=3.0, gas_mm=4.0, gas_hu=-400.0),
    Defect(width_mm=90.0, bulge_mm=0.0, scalp_mm=2.5, gas_mm=5.0),
)
"""Whose scalp is too thin to be a part of the body."""


@cache
def made(lattice: phantom.Lattice, defect: Defect) -> tuple[Volume, np.ndarray]:
    return make_craniectomy(lattice, defect)


@pytest.mark.parametrize("name", KEPT)
def test_no_brain_below_a_bone_defect_is_changed(name: str) -> None:
    lattice, defect, methods = KEPT[name]
    volume, brain = made(lattice, defect)
    known: dict[str, object] = {}
    for method in methods:
        mask = head_finder(method)(volume, DefacePolicy(method, 8.0), known)
        assert (brain & ~mask.keep).sum() == 0


@pytest.mark.parametrize("name", REFUSED)
def test_where_brain_cannot_be_told_from_scalp_the_refusal_names_the_defect_and_the_face_goes_without_brain(
    name: str,
) -> None:
    volume, brain = made(*REFUSED[name])
    known: dict[str, object] = {}
    for method in ("surface", "skullstrip"):
        with pytest.raises(PixelError, match="bone is missing over the brain"):
            head_finder(method)(volume, DefacePolicy(method, 8.0), known)
    mask = head_finder("face")(volume, DefacePolicy("face", 8.0), known)
    assert (brain & ~mask.keep).sum() == 0


@pytest.mark.parametrize("defect", UNCOVERED)
def test_no_brain_is_taken_for_skin_where_gas_or_foam_parts_a_thin_scalp_from_it(defect: Defect) -> None:
    volume, brain = made(THIN, defect)
    known: dict[str, object] = {}
    face = head_finder("face")(volume, DefacePolicy("face", 8.0), known)
    assert (brain & ~face.keep).sum() == 0
    for method in ("surface+face", "skullstrip"):
        with pytest.raises(PixelError, match="bone is missing over the brain"):
            head_finder(method)(volume, DefacePolicy(method, 8.0), known)


def lost_brain(volume: Volume, brain: np.ndarray) -> list[int]:
    """Count what each method that peels or strips loses of the brain; none where it refuses the head."""
    known: dict[str, object] = {}
    lost = []
    for method in ("surface+face", "surface", "skullstrip"):
        try:
            mask = head_finder(method)(volume, DefacePolicy(method, 8.0 if "+" in method else 4.0), known)
        except PixelError:
            continue
        lost.append(int((brain & ~mask.keep).sum()))
    return lost


def with_values(volume: Volume, values: np.ndarray) -> Volume:
    stored = (values - volume.intercept[0]).clip(0, 4095)
    return replace(volume, stored=np.rint(stored).astype(volume.stored.dtype))


def places(volume: Volume) -> np.ndarray:
    """Return where the voxels lie, (k, j, i, 3) in LPS."""
    _, rows, columns = volume.shape
    j, i = np.mgrid[:rows, :columns]
    return volume.positions[:, None, None] + j[..., None] * volume.j_step + i[..., None] * volume.i_step


def test_brain_that_swells_over_the_rim_of_a_narrow_hole_is_no_rim_of_bone() -> None:
    volume, brain = made(THIN, Defect(width_mm=30.0, bulge_mm=20.0, scalp_mm=2.0))
    assert lost_brain(volume, brain) == [0, 0, 0]


def test_noise_in_the_brain_is_not_taken_for_the_fat_of_a_scalp() -> None:
    volume, brain = made(THIN, Defect(width_mm=60.0, bulge_mm=0.0, scalp_mm=3.0))
    noise = np.random.default_rng(3).normal(0.0, 40.0, volume.shape)
    assert not any(lost_brain(with_values(volume, volume.stored + volume.intercept[0] + noise), brain))


@pytest.mark.parametrize(("scalp_mm", "width_mm", "bulge_mm"), [(3.0, 70.0, 5.0), (4.0, 60.0, 10.0)])
def test_what_staples_darken_is_not_taken_for_the_fat_of_a_scalp(
    scalp_mm: float, width_mm: float, bulge_mm: float
) -> None:
    volume, brain = made(THIN, Defect(width_mm=width_mm, bulge_mm=bulge_mm, scalp_mm=scalp_mm))
    x, y, z = np.moveaxis(places(volume), -1, 0)
    values = volume.stored + volume.intercept[0]
    spacing_mm = THIN.spacing_mm, THIN.pixel_spacing_mm, THIN.pixel_spacing_mm
    body = values > -300
    depth = ndimage.distance_transform_edt(body, sampling=spacing_mm)
    is_near = body & (x > 0) & (np.abs(z - 75.0) < 20.0)
    streaks = np.where(is_near, -130.0 * np.maximum(0.0, np.sin(0.26 * y)) * np.exp(-depth / 25.0), 0.0)
    from_row = np.hypot((y + 20.0) % 12.0 - 6.0, np.abs(z - 76.0) - 6.0)
    staples = (x > 0) & (y > -26) & (y < 52) & (from_row < 2.5) & (depth > 0) & (depth <= 2.5)
    assert 30 < staples.sum() < 2000
    assert not any(lost_brain(with_values(volume, np.where(staples, 2800.0, values + streaks)), brain))


def test_a_tumour_of_fat_at_the_surface_of_the_brain_is_not_taken_for_a_scalp() -> None:
    volume, brain = made(THIN, Defect(width_mm=60.0, bulge_mm=5.0, scalp_mm=3.0))
    lipoma = np.linalg.norm(places(volume) - np.array([62.0, 8.0, 72.0]), axis=-1) < 12.0
    values = volume.stored + volume.intercept[0]
    assert not any(lost_brain(with_values(volume, np.where(lipoma, -100.0, values)), brain))


@pytest.mark.parametrize("stained_hu", [115.0, 120.0])
def test_brain_that_contrast_stains_is_protected_below_a_bone_defect(stained_hu: float) -> None:
    volume, brain = made(THIN, Defect(width_mm=60.0, bulge_mm=5.0, scalp_mm=4.0))
    from_hole = places(volume) - np.array([63.0, 8.0, 70.0])
    values = volume.stored + volume.intercept[0]
    stained = brain & (from_hole[..., 0] > -6.0) & (np.linalg.norm(from_hole, axis=-1) < 28.0) & (values < 110)
    assert stained.sum() > 2000
    assert not any(lost_brain(with_values(volume, np.where(stained, values - 36.0 + stained_hu, values)), brain))


def test_more_of_a_scalp_is_surely_skin_where_its_fat_is_seen_deeper() -> None:
    gone = []
    for scalp_mm in (3.0, 5.0, 8.0):
        volume, _ = made(THIN, Defect(bulge_mm=0.0, scalp_mm=scalp_mm))
        anatomy = find_anatomy(volume)
        protected = anatomy.cavity.protected
        open_ = open_to_skin(anatomy.body, protected)
        assert open_.sum() > 3000
        gone.append(float(skin_mm(anatomy.body, protected, 0.0)[open_].mean()))
    assert gone[0] < 1.0 < gone[1] < 2.5 < gone[2] <= 3.0


def test_below_a_whole_skull_nothing_is_open_to_the_skin() -> None:
    anatomy = find_anatomy(phantom.make_head(THICK).volume)
    protected = anatomy.cavity.protected
    assert not open_to_skin(anatomy.body, protected).any()
    assert (skin_mm(anatomy.body, protected, 4.0) == 4.0).all()
