# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ballhead import EXTRAS, Lattice, make_ball_head, read_ct
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.head.view import head_in_view
from SlicerDeidLib.sample import phantom


def trunk(width_mm: float, depth_mm: float, *, hole: float = 0.0, tissue_hu: float = 20.0, slices: int = 4) -> Volume:
    """Ellipses of tissue with two holes of air ("lungs"), 4 mm pixels."""
    y, x = (np.mgrid[:125, :125] - 62.0) * 4.0
    plane = np.where((2 * x / width_mm) ** 2 + (2 * y / depth_mm) ** 2 < 1, tissue_hu, -1000.0)
    if hole:
        plane[(np.abs(x) < hole * width_mm / 2) & (np.abs(y) < hole * depth_mm / 2)] = -1000.0
    stored = np.repeat(plane[None].astype(np.int16), slices, axis=0)
    ones = np.ones(slices)
    positions = np.outer(5.0 * np.arange(slices), [0.0, 0.0, 1.0])
    return Volume(stored, ones, 0 * ones, positions, np.array([4.0, 0, 0]), np.array([0, 4.0, 0]))


def test_a_trunk_on_every_slice_excludes_a_face() -> None:
    view = head_in_view(trunk(360, 260))
    assert view.is_excluded
    assert view.measures["smallest_cm2"] == pytest.approx(np.pi * 18 * 13, rel=0.05)
    assert head_in_view(trunk(400, 290, hole=0.45)).is_excluded  # lungs


@pytest.mark.parametrize("extras", [frozenset[str](), EXTRAS])
def test_a_head_is_never_excluded(extras: frozenset[str]) -> None:
    view = head_in_view(make_ball_head(Lattice(extras=extras)).volume)
    assert not view.is_excluded


def test_one_slice_that_could_be_a_head_or_neck_is_enough() -> None:
    volume = trunk(360, 260)
    volume.stored[2] = trunk(180, 200).stored[0]
    view = head_in_view(volume)
    assert not view.is_excluded
    assert "can be a head or a neck" in view.reason


@pytest.mark.parametrize(
    ("volume", "why"),
    [
        (trunk(480, 200), "shoulders"),
        (trunk(240, 200), "can be a head"),
        (trunk(400, 300, hole=0.9), ""),  # a ring, as of a helmet or a couch
        (trunk(360, 260, tissue_hu=1040.0), "no body"),  # rescale missing
        (trunk(360, 260, tissue_hu=-1000.0), "no body"),
    ],
)
def test_what_is_unsure_is_not_excluded(volume: Volume, why: str) -> None:
    view = head_in_view(volume)
    assert not view.is_excluded
    assert why in view.reason


def test_a_coronal_picture_of_trunk_and_head_is_not_excluded() -> None:
    volume = trunk(360, 260)
    coronal = replace(volume, j_step=np.array([0, 0, -4.0]), positions=volume.positions[:, [0, 2, 1]])
    assert "not axial" in head_in_view(coronal).reason
    assert not head_in_view(coronal).is_excluded
    assert not head_in_view(replace(volume, unit="")).is_excluded


FACE = phantom.Lattice(slices=8, spacing_mm=10.0, lowest_mm=-70.0, rows=256, columns=256, pixel_spacing_mm=1.5)
BRAIN = replace(FACE, lowest_mm=20.0)


def face(lattice: phantom.Lattice = FACE, *, has_teeth: bool = True) -> tuple[Volume, np.ndarray]:
    """A made head and where it is, with or without its teeth and everything as dense."""
    head = phantom.make_head(lattice, has_holder=False)
    if not has_teeth:
        np.minimum(head.volume.stored, 1400 + 1024, out=head.volume.stored)
    return head.volume, head.body


@pytest.mark.parametrize("lattice", [FACE, BRAIN])
def test_a_head_whose_rescale_or_background_is_wrong_is_not_excluded(lattice: phantom.Lattice) -> None:
    volume, body = face(lattice, has_teeth=False)
    assert "no air" in head_in_view(replace(volume, intercept=volume.intercept + 1024)).reason
    masked = np.where(body, volume.stored, 1024)
    assert not head_in_view(replace(volume, stored=masked)).is_excluded


@pytest.mark.parametrize("has_teeth", [True, False])
@pytest.mark.parametrize("factor", [1.7, 2.0, 3.0])
def test_a_head_whose_spacing_is_too_large_is_not_excluded(factor: float, has_teeth: bool) -> None:
    for lattice in (FACE, BRAIN):
        volume, _ = face(replace(lattice, pixel_spacing_mm=0.9), has_teeth=has_teeth)
        assert not head_in_view(
            replace(volume, i_step=volume.i_step * factor, j_step=volume.j_step * factor)
        ).is_excluded


@pytest.mark.parametrize("has_teeth", [True, False])
@pytest.mark.parametrize("lattice", [FACE, BRAIN])
@pytest.mark.parametrize("radius_mm", [145, 165])
def test_a_head_on_a_water_cushion_or_in_a_ring_is_not_excluded(
    radius_mm: float, lattice: phantom.Lattice, has_teeth: bool
) -> None:
    volume, body = face(lattice, has_teeth=has_teeth)
    y, x = (np.mgrid[:256, :256] - 127.5) * 1.5
    for within in (np.hypot(x, y) < radius_mm, (np.hypot(x, y) < radius_mm) & (y > -40)):
        stored = np.where(within & ~body, 1024, volume.stored).astype(np.int16)
        assert not head_in_view(replace(volume, stored=stored)).is_excluded


def test_a_head_beside_a_larger_body_is_not_excluded() -> None:
    volume, _ = face(replace(FACE, pixel_spacing_mm=2.2), has_teeth=False)
    stored = np.roll(volume.stored, -75, axis=2)
    y, x = np.mgrid[:256, :256]
    stored[:, ((x - 170) * 2.2 / 170) ** 2 + ((y - 127) * 2.2 / 130) ** 2 < 1] = 1054
    assert "second body" in head_in_view(replace(volume, stored=stored)).reason


def test_a_trunk_cut_by_the_picture_or_by_its_field_of_view_is_not_excluded() -> None:
    volume = trunk(360, 260)
    cut = replace(volume, stored=volume.stored[:, :, 20:])
    assert "border" in head_in_view(cut).reason
    y, x = np.mgrid[:125, :125] - 62.0
    stored = volume.stored.copy()
    stored[:, np.hypot(x, y) > 40] = -2000
    assert "field of view" in head_in_view(replace(volume, stored=stored)).reason


@pytest.mark.real_data
def test_real_abdomens_are_excluded_and_real_heads_are_not(real_data: Path) -> None:
    assert head_in_view(read_ct(real_data / "QIICR_dcmqi" / "ct-3slice")).is_excluded
    assert not head_in_view(read_ct(real_data / "neurolabusc_dcm_qa_ct" / "In" / "GE")).is_excluded
    assert not head_in_view(read_ct(real_data / "cerr_pyCERR")).is_excluded


@pytest.mark.parametrize("value", [-2000, -1000, 0, 40])
def test_a_picture_of_one_value_is_not_excluded(value: int) -> None:
    empty = replace(trunk(400, 260), stored=np.full((4, 125, 125), value, np.int16))
    assert not head_in_view(empty).is_excluded
