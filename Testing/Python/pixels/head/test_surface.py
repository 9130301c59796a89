# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ballhead import EXTRAS, SKIN_MM, BallHead, Lattice, make_ball_head, read_ct
from headthings import halo, laid_over
from madeheads import THICK
from scipy import ndimage
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.pixels.air import fill_air, stored_air
from SlicerDeidLib.pixels.head.finders import find_head
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.lettering import draw_corners

DEPTH_MM = 8.0
UNEVEN = tuple(-60 + np.cumsum([0.0] + [4.0] * 13 + [7.0] * 14 + [1.08]))
LATTICES = {
    "plain": Lattice(),
    "tilted": Lattice(tilt_degrees=18.5, noise_hu=12),
    "descending and tilted": Lattice(is_descending=True, tilt_degrees=-15),
    "uneven": Lattice(heights_mm=UNEVEN, tilt_degrees=18.5),
    "anisotropic": Lattice(spacing_mm=(1.0, 2.5), shape=(220, 90)),
    "thin": Lattice(heights_mm=tuple(np.arange(-70.0, 96.0, 1.5)), shape=(92, 92), spacing_mm=(2.2, 2.2)),
    "unsigned": Lattice(intercept=-1024, dtype=np.uint16, stored_range=(0, 4095)),
    "padded": Lattice(padding_hu=-2000, declared=(-3000, -3000), noise_hu=12),
    "in company": Lattice(extras=EXTRAS, noise_hu=12),
}


@pytest.mark.parametrize("is_scaled_back", [False, True])
def test_ct_numbers_too_coarse_to_tell_brain_from_bones_rim_are_refused(is_scaled_back: bool) -> None:
    volume = make_ball_head(LATTICES["tilted"]).volume
    slope = 1 if is_scaled_back else 16
    coarse = replace(
        volume, stored=volume.stored // 16 * (16 // slope), slope=np.full(len(volume.stored), float(slope))
    )
    with pytest.raises(PixelError, match="steps of 16 HU, too coarse to tell where brain ends"):
        find_head(coarse, DefacePolicy("surface", DEPTH_MM))


@cache
def found(name: str, depth_mm: float = DEPTH_MM) -> tuple[BallHead, HeadMask]:
    head = make_ball_head(LATTICES[name])
    return head, find_head(head.volume, DefacePolicy("surface", depth_mm))


def upper_skin_depth(head: BallHead) -> np.ndarray:
    """Depth below the skin in mm where the head is a plain ball; NaN elsewhere."""
    x, y, z = np.moveaxis(head.points, -1, 0)
    is_ball = head.body & (z > 10) & (np.hypot(x, z) > 12) & (y > -60)
    return np.where(is_ball, SKIN_MM - head.radius, np.nan)


@pytest.mark.parametrize("name", LATTICES)
def test_no_brain_and_no_bone_is_changed(name: str) -> None:
    head, mask = found(name)
    assert head.brain.sum() > 5000
    assert (head.brain & ~mask.keep).sum() == 0
    assert (head.bone & ~mask.keep).sum() == 0


@pytest.mark.parametrize("name", LATTICES)
def test_all_skin_goes_and_nothing_outside_the_head_stays(name: str) -> None:
    head, mask = found(name)
    depth = upper_skin_depth(head)
    is_below_the_end = head.points[..., 2] < head.points[..., 2].max() - 12  # the cut end of the series is not skin
    kept = mask.keep & ~head.padding
    assert not (kept & (depth < 2.0) & is_below_the_end).any()
    assert not (kept & ~head.body).any()
    assert not (kept & head.extra).any()


@pytest.mark.parametrize("name", ["tilted", "anisotropic", "thin"])
@pytest.mark.parametrize("depth_mm", [5.0, 8.0])
def test_the_peel_is_as_deep_as_asked_in_three_dimensions(name: str, depth_mm: float) -> None:
    head, mask = found(name, depth_mm)
    depth = upper_skin_depth(head)
    soft = ~head.bone & ~head.brain
    kept, gone = depth[soft & mask.keep], depth[soft & ~mask.keep]
    assert np.nanmin(kept) > depth_mm - 1.0  # half a step of the grid
    assert np.nanmax(gone) < depth_mm + 3.0  # the grid's diagonal less that, and the partial volume of thick slices
    assert abs(np.nanmin(kept) + np.nanmax(gone[gone < depth_mm + 3]) - 2 * depth_mm) < 4.0


def test_air_inside_the_head_stays_as_it_is() -> None:
    head, mask = found("tilted")
    deep = np.linalg.norm(head.points - np.array([30.0, 15.0, -85.0]), axis=-1) < 6
    assert deep.any()
    assert mask.keep[deep].all()


def test_kept_voxels_are_bit_identical_and_the_rest_is_one_value_or_padding() -> None:
    head, mask = found("padded")
    air = stored_air(head.volume, None)
    out = head.volume.stored.copy()
    fill_air(out, mask.keep, air)
    assert np.array_equal(out[mask.keep], head.volume.stored[mask.keep])
    outside = ~head.body
    assert set(np.unique(out[outside])) == {-2000, -1000}
    assert (out[outside & ~head.padding] == -1000).all()


def test_true_padding_stays_padding() -> None:
    head, mask = found("padded")
    assert mask.keep[:, 0, 0].all()
    assert mask.keep[head.padding].mean() > 0.8


def test_the_measures_say_what_was_done() -> None:
    _, mask = found("plain")
    assert mask.method == "surface"
    assert mask.measures["cavity_ml"] == pytest.approx(4 / 3 * np.pi * 6.5**3, rel=0.1)
    assert mask.measures["enclosed"] > 0.8
    assert mask.measures["cavity_kept"] == 1.0
    assert mask.measures["skin_left"] < 0.005
    assert mask.measures["outside_ml"] == 0.0
    assert mask.measures["depth_mm"] == DEPTH_MM
    assert mask.measures["removed_ml"] > 400


@pytest.mark.parametrize(("low", "high"), [(-20.0, 96.0), (-110.0, 30.0), (-40.0, 45.0)])
def test_heads_cut_by_the_ends_of_the_series_keep_their_brain(low: float, high: float) -> None:
    head = make_ball_head(Lattice(heights_mm=tuple(np.arange(low, high, 4.0))))
    mask = find_head(head.volume, DefacePolicy("surface", DEPTH_MM))
    assert (head.brain & ~mask.keep).sum() == 0
    assert (head.bone & ~mask.keep).sum() == 0
    ends = ~head.bone & ~head.brain & (upper_skin_depth(head) > DEPTH_MM + 3)
    for k in (0, -1):  # a cut end is not skin: what lies deep from the side stays
        assert mask.keep[k][ends[k]].all()
    assert not (mask.keep & (upper_skin_depth(head) < 2)).any()


def test_a_great_depth_stops_at_bone_and_brain() -> None:
    head, mask = found("tilted", 25.0)
    assert (head.brain & ~mask.keep).sum() == 0
    assert (head.bone & ~mask.keep).sum() == 0


def test_brain_under_a_hole_in_the_skull_stays_while_its_skin_goes() -> None:
    head = make_ball_head(LATTICES["plain"])
    x, y, z = np.moveaxis(head.points, -1, 0)
    hole = head.bone & (np.hypot(x, y) < 22) & (z > 0)
    stored = head.volume.stored.copy()
    stored[hole] = 30
    mask = find_head(replace(head.volume, stored=stored), DefacePolicy("surface", 20.0))
    assert (head.brain & ~mask.keep).sum() == 0
    assert not (mask.keep & (upper_skin_depth(head) < 1)).any()


def test_what_is_no_head_is_refused_in_one_sentence() -> None:
    lattice = Lattice(heights_mm=tuple(np.arange(-110.0, -75.0, 4.0)))
    with pytest.raises(PixelError, match=r"brain (was found|could not be told)"):
        find_head(make_ball_head(lattice).volume, DefacePolicy("surface", DEPTH_MM))


def test_values_that_are_no_ct_numbers_are_refused() -> None:
    volume = make_ball_head(LATTICES["plain"]).volume
    with pytest.raises(PixelError, match="this series has none"):
        find_head(replace(volume, unit="US"), DefacePolicy())
    shifted = replace(volume, intercept=volume.intercept + 1024)
    with pytest.raises(PixelError, match="no air around the body"):
        find_head(shifted, DefacePolicy())
    with pytest.raises(PixelError, match="nothing in the series is thicker than 20 mm"):
        find_head(replace(volume, stored=np.full_like(volume.stored, -1000)), DefacePolicy())


def test_a_depth_that_the_grid_cannot_measure_is_refused() -> None:
    with pytest.raises(PixelError, match="a depth of 2 mm is too little"):
        find_head(make_ball_head(LATTICES["plain"]).volume, DefacePolicy("surface", 2.0))


SMALL = phantom.Lattice(rows=256, columns=256, pixel_spacing_mm=1.0)


@pytest.mark.parametrize(("along", "across"), [(0.2, 1.0), (2.0, 1.0), (1.0, 1.4), (1.0, 0.5)])
def test_a_head_whose_spacing_is_wrong_is_refused(along: float, across: float) -> None:
    volume = phantom.make_head(SMALL).volume
    wrong = replace(
        volume, positions=volume.positions * [1, 1, along], i_step=volume.i_step * across, j_step=volume.j_step * across
    )
    with pytest.raises(PixelError):
        find_head(wrong, DefacePolicy("surface", DEPTH_MM))


@pytest.mark.parametrize("apart", [100, 92])
def test_two_heads_are_refused(apart: int) -> None:
    volume = phantom.make_head(replace(SMALL, columns=512), has_holder=False).volume
    stored = np.maximum(np.roll(volume.stored, -apart, 2), np.roll(volume.stored, apart, 2))
    with pytest.raises(PixelError, match="two heads"):
        find_head(replace(volume, stored=stored), DefacePolicy("surface", DEPTH_MM))


@cache
def with_membrane(deep_mm: float, thick_mm: float, lowest_mm: float) -> tuple[Volume, np.ndarray]:
    """Return a made head with a calcified membrane on one side of the brain, and where its brain is."""
    head = phantom.make_head(SMALL)
    volume, brain = head.volume, head.intracranial
    steps_mm = [float(abs(np.diff(volume.positions[:2, 2])[0])), *[float(np.linalg.norm(volume.j_step))] * 2]
    deep = ndimage.distance_transform_edt(brain, sampling=steps_mm)
    x = volume.positions[0, 0] + np.linalg.norm(volume.i_step) * np.arange(volume.shape[2])
    is_side = (volume.positions[:, 2] > lowest_mm)[:, None, None] & (x > 10)
    stored = volume.stored.copy()
    stored[brain & (deep > deep_mm) & (deep < deep_mm + thick_mm) & is_side] = 700 + 1024
    return replace(volume, stored=stored), brain


@pytest.mark.parametrize("method", ["surface+face", "skullstrip"])
@pytest.mark.parametrize(("deep_mm", "lowest_mm"), [(8.0, 40.0), (16.0, 20.0), (10.0, 0.0)])
def test_what_lies_between_a_calcified_membrane_and_the_skull_stays(
    deep_mm: float, lowest_mm: float, method: str
) -> None:
    volume, brain = with_membrane(deep_mm, 4.0, lowest_mm)
    keep = find_head(volume, DefacePolicy(method, DEPTH_MM)).keep
    is_soft = volume.stored < 200 + 1024  # the membrane's own rim is as dense as the skull and lies beside it
    assert not (brain & is_soft & ~keep).any()


def test_a_head_that_a_calcified_tentorium_parts_in_two_is_refused() -> None:
    head = phantom.make_head(SMALL)
    stored = head.volume.stored.copy()
    level = abs(head.volume.positions[:, 2] - 8) < 6
    stored[head.intracranial & level[:, None, None]] = 500 + 1024
    with pytest.raises(PixelError, match="one that bone parts in two"):
        find_head(replace(head.volume, stored=stored), DefacePolicy("face"))


@pytest.mark.parametrize("radius", [105, 97, 92, 85])
def test_a_field_of_view_narrower_than_the_head_loses_no_brain_or_is_refused(radius: int) -> None:
    head = phantom.make_head(SMALL)
    y, x = np.mgrid[:256, :256] - 127.5
    stored = head.volume.stored.copy()
    stored[:, np.hypot(x, y) > radius] = -1000
    try:
        mask = find_head(replace(head.volume, stored=stored), DefacePolicy("surface", DEPTH_MM))
    except PixelError as error:
        is_safe = radius < 100 and "field of view" in error.reason
    else:
        is_safe = not (head.intracranial & (np.hypot(x, y) <= radius) & ~mask.keep).any()
    assert is_safe


@pytest.mark.parametrize("part", [np.s_[:, :150], np.s_[:, :, :150]], ids=["back", "side"])
def test_a_picture_whose_border_cuts_the_brain_is_refused(part: tuple[slice, ...]) -> None:
    volume = phantom.make_head(SMALL).volume
    cut = replace(volume, stored=np.ascontiguousarray(volume.stored[part]))
    with pytest.raises(PixelError, match=r"the brain reaches the border|the inside of the skull would have"):
        find_head(cut, DefacePolicy("surface", DEPTH_MM))


@pytest.mark.parametrize("scale", [2, 3])
def test_letters_that_touch_the_head_do_not_stay(scale: int) -> None:
    head = phantom.make_head(SMALL)
    text = np.zeros(head.volume.shape, dtype=bool)
    words = (("DOE^JOHN", "ID 1234567"), ("1999-01-02",), ("ACC0012345",), ("KV 120",))
    for plane, written in zip(head.volume.stored, text, strict=True):
        written[:] = draw_corners(plane, words, 4095, scale)
    try:
        mask = find_head(head.volume, DefacePolicy("surface", DEPTH_MM))
    except PixelError as error:
        is_safe = "burned-in text" in error.reason or "skin is left" in error.reason
    else:
        is_safe = not (mask.keep & text & ~head.body).any()
    assert is_safe


def test_metal_that_stands_out_of_the_head_is_not_called_text_alone() -> None:
    volume = laid_over(phantom.make_head(THICK), halo)
    with pytest.raises(PixelError, match="metal"):
        find_head(volume, DefacePolicy("surface+face", DEPTH_MM))


@pytest.mark.parametrize("tilt_degrees", [0.0, 18.5])
def test_on_the_sample_head_no_brain_no_bone_is_lost_and_no_skin_is_left(tilt_degrees: float) -> None:
    lattice = phantom.Lattice(
        slices=44, spacing_mm=5.0, rows=200, columns=200, pixel_spacing_mm=1.2, tilt_degrees=tilt_degrees,
        is_descending=bool(tilt_degrees), padding_value=-2000,
    )  # fmt: skip
    head = phantom.make_head(lattice, seed=1, has_holder=True)
    mask = find_head(head.volume, DefacePolicy("surface", DEPTH_MM))
    assert (head.intracranial & ~mask.keep).sum() == 0
    assert (head.bone & ~mask.keep).sum() == 0
    assert (head.skin & mask.keep).sum() < 0.005 * head.skin.sum()
    padded = head.volume.stored == -2000
    assert not (mask.keep & head.holder & ~padded).any()
    assert (mask.keep & ~padded & ~head.body).sum() < 100  # pixels: nostrils and ear canals are inside


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("folder", "cavity_ml"), [("neurolabusc_dcm_qa_ct/In/GE", 1440), ("cerr_pyCERR/head_and_neck/pt_1", 1200)]
)
def test_real_heads_are_peeled_and_their_cavity_is_kept(real_data: Path, folder: str, cavity_ml: float) -> None:
    volume = read_ct(real_data / folder)
    mask = find_head(volume, DefacePolicy("surface", DEPTH_MM))
    assert mask.measures["cavity_ml"] == pytest.approx(cavity_ml, rel=0.05)  # looked at: the brain, no orbit, no neck
    assert mask.measures["cavity_kept"] == 1.0
    assert mask.measures["skin_left"] < 0.002
    assert mask.measures["outside_ml"] < 0.05
