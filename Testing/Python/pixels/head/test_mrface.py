# SPDX-License-Identifier: Apache-2.0
"""Heads in MR lose their face, and no voxel within the skull: truth by construction."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from headcases import real_heads
from madeheads import MadeHead, mr
from mrseries import painted, wrapped
from scipy import ndimage
from SlicerDeidLib.errors import NoHead, PixelError
from SlicerDeidLib.formats.dicom.file import read
from SlicerDeidLib.formats.dicom.pixels import assemble
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.pixels.head.anatomy import Anatomy
from SlicerDeidLib.pixels.head.face import Frame
from SlicerDeidLib.pixels.head.finders import find_head
from SlicerDeidLib.pixels.head.lookagain import look_again, look_again_in_mr
from SlicerDeidLib.pixels.head.plausible import fraction_kept
from SlicerDeidLib.sample.mr import CONTRASTS, MIDDLE_MM, HeadMR, MRLattice, make_mr_head, paint

FACE = DefacePolicy("face", 8.0)
SAGITTAL = MRLattice()
CASES = {
    "T1, sagittal 3-D": ("T1", SAGITTAL),
    "T1, axial 3-D": ("T1", MRLattice("axial", 150, 1.5, 1.5, 150, 150, 1.7)),
    "T1, of a child": ("T1", replace(SAGITTAL, scale=0.8)),
    "T1, axial 5 mm": ("T1", MRLattice("axial", 40, 6.0, 5.0, 160, 160, 1.5)),
    "T2, of a child": ("T2", replace(SAGITTAL, scale=0.8)),
    "T2, axial 3-D": ("T2", MRLattice("axial", 150, 1.5, 1.5, 150, 150, 1.7)),
    "T2, sagittal 5 mm": ("T2", MRLattice("sagittal", 32, 6.0, 5.0, 160, 160, 1.5)),
    "FLAIR, oblique axial 5 mm": ("FLAIR", MRLattice("axial", 42, 6.0, 5.0, 160, 160, 1.5, oblique_degrees=20.0)),
    "PD, sagittal 3-D": ("PD", SAGITTAL),
}


@cache
def made(name: str) -> HeadMR:
    contrast, lattice = CASES[name]
    return make_mr_head(painted(contrast), lattice)


@cache
def known(name: str) -> tuple[HeadMR, HeadMask, Anatomy]:
    head, known = made(name), {}
    mask = find_head(head.volume, FACE, known)
    return head, mask, known["anatomy"]


def found(name: str) -> tuple[HeadMR, HeadMask]:
    return known(name)[:2]


def true_frame(head: HeadMR) -> Frame:
    scale = head.lattice.scale
    return MadeHead([head.volume], head.intracranial, shift=np.array(MIDDLE_MM) * (1.0 - scale), scale=scale).frame()


@pytest.mark.parametrize("name", CASES)
def test_the_face_goes_and_no_voxel_within_the_skull_does(name: str) -> None:
    head, mask, anatomy = known(name)
    assert head.intracranial.sum() > 50_000
    assert (head.intracranial & ~mask.keep).sum() == 0
    assert mask.measures["facial_skin_kept"] <= 0.02
    assert mask.measures["facial_relief"] <= 0.2
    assert mask.measures["face_cm2"] > 50
    assert look_again_in_mr(head.volume, mask.keep, anatomy, true_frame(head)).skin_kept <= 0.02
    assert not (mask.keep & ~head.body & ~_near(head.body)).any()


def _near(mask: np.ndarray) -> np.ndarray:
    return ndimage.binary_dilation(mask, iterations=4)


def test_what_shows_between_thick_slices_is_seen() -> None:
    """Peeled 4.5 mm deep, a sixth of a face still shows where it was: bright slices shine into those that went."""
    head, mask, anatomy = known("T2, sagittal 5 mm")
    steps = (head.lattice.spacing_mm, head.lattice.pixel_spacing_mm, head.lattice.pixel_spacing_mm)
    keep = mask.keep | (ndimage.distance_transform_edt(head.body, steps) > 4.5)
    by_mask = fraction_kept(head.volume, keep, anatomy.body.sampled.grid)
    assert look_again(anatomy.body, by_mask, true_frame(head)).skin_kept < 0.01
    assert look_again_in_mr(head.volume, keep, anatomy, true_frame(head)).skin_kept > 0.1


def test_the_back_of_the_head_stays_as_it_is() -> None:
    head, mask = found("T1, axial 3-D")
    behind = np.arange(head.body.shape[1]) > head.body.shape[1] * 0.6
    assert mask.keep[head.body & ~head.skin & behind[:, None]].mean() > 0.99


@pytest.mark.parametrize("contrast", ["T1", "T2"])
def test_the_vessels_of_a_childs_neck_stay_down_to_where_the_picture_ends(contrast: str) -> None:
    child = mr(contrast, replace(SAGITTAL, scale=0.8))
    volume, vessels = child.volumes[0], child.vessels()
    lowest = np.nonzero(vessels)[1].max()
    assert np.median(volume.stored[:, lowest][vessels[:, lowest]]) > 100  # tissue: noise of the air has 15
    assert (vessels & ~find_head(volume, FACE).keep).sum() == 0


@pytest.mark.parametrize("lattice", [SAGITTAL, MRLattice("coronal", 150, 1.6, 1.6, 150, 150, 1.6)])
def test_a_head_whose_brain_is_found_in_part_is_refused(lattice: MRLattice) -> None:
    """Without the limit these two lost 4553 and 2784 voxels within the skull."""
    with pytest.raises(PixelError, match="the brain cannot be told safely"):
        find_head(make_mr_head(paint(CONTRASTS["FLAIR"]), lattice).volume, FACE)


def test_the_same_series_gives_the_same_mask() -> None:
    head, mask = found("T1, of a child")
    np.testing.assert_array_equal(find_head(head.volume, FACE).keep, mask.keep)


def turned(volume: Volume, rotation: np.ndarray) -> Volume:
    """The same pixels under a header that says the head lies otherwise."""
    return replace(
        volume,
        positions=volume.positions @ rotation.T,
        i_step=rotation @ volume.i_step,
        j_step=rotation @ volume.j_step,
    )


@pytest.mark.parametrize("signs", [(-1, -1, 1), (1, -1, -1), (-1, 1, -1)])
def test_a_head_that_lies_otherwise_than_its_header_says_is_refused(signs: tuple[int, int, int]) -> None:
    volume = made("T1, sagittal 3-D").volume
    with pytest.raises(PixelError, match="is not that of a head that lies as the header says"):
        find_head(turned(volume, np.diag(signs).astype(float)), FACE)


def test_a_face_that_the_picture_wraps_around_to_the_back_of_the_head_is_not_kept_there() -> None:
    head = made("T1, sagittal 3-D")
    with pytest.raises(PixelError, match=r"the picture is wrapped around: \d+ cm2 of the face"):
        find_head(wrapped(head.volume, 2, 17, 105), FACE)


def test_a_nose_that_is_wrapped_around_to_the_air_behind_the_head_goes() -> None:
    head = made("T1, sagittal 3-D")
    mask = find_head(wrapped(head.volume, 2, 10, 112), FACE)
    assert (head.intracranial[:, :, 10:122] & ~mask.keep).sum() == 0
    assert not mask.keep[:, :, -2:].any()


def test_what_is_no_head_is_no_head() -> None:
    volume = made("T1, sagittal 3-D").volume
    k, _, i = np.indices(volume.shape, sparse=True)
    leg = (np.hypot(k - 52, i - 64) < 35) & (np.hypot(k - 52, i - 64) > 12)
    stored = np.where(leg, 700, 10) + np.random.default_rng(2).integers(0, 30, volume.shape)
    with pytest.raises(PixelError):
        find_head(replace(volume, stored=stored.astype(np.uint16)), FACE)


@pytest.mark.parametrize("method", ["surface", "surface+face"])
def test_skin_is_not_peeled_in_mr(method: str) -> None:
    volume = made("T1, sagittal 3-D").volume
    with pytest.raises(PixelError, match="peeled in CT only"):
        find_head(volume, DefacePolicy(method, 8.0))


def test_noise_alone_is_no_head() -> None:
    volume = made("T1, sagittal 3-D").volume
    noise = np.random.default_rng(1).rayleigh(100.0, volume.shape).astype(np.uint16)
    with pytest.raises(PixelError):
        find_head(replace(volume, stored=noise), FACE)


@pytest.mark.real_data
def test_a_real_head_whose_skull_cannot_be_seen_is_refused(real_data: Path) -> None:
    files = [read(path.read_bytes()) for path in sorted((real_data / "FNNDSC_SAG-anon").glob("*.dcm"))]
    volume, _ = assemble(files)
    with pytest.raises(NoHead, match="no plausible brain"):
        find_head(volume, FACE)


@pytest.mark.real_data
def test_a_real_head_loses_its_face(real_data: Path) -> None:
    mask = find_head(real_heads(real_data)["XA30"](), FACE)
    assert mask.measures["facial_skin_kept"] <= 0.02
    assert mask.measures["facial_relief"] <= 0.2
    assert mask.measures["face_cm2"] > 50
