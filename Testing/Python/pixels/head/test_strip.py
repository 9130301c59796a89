# SPDX-License-Identifier: Apache-2.0
"""An engine's brain stays with its margin, where it agrees with what was found without it; no face does."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pytest
from madebrain import ENGINE, eroded, use_made_engine
from mrseries import painted
from scipy import ndimage
from SlicerDeidLib.errors import EngineMissing, PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import HeadMask
from SlicerDeidLib.pixels.head import strip
from SlicerDeidLib.pixels.head.skull import find_head as find_by_itself
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.mr import HeadMR, MRLattice, make_mr_head

BY_ENGINE = DefacePolicy("skullstrip", engine="synthstrip")
WITHOUT_FLUID = DefacePolicy("skullstrip", engine="synthstrip", no_csf=True)
GREY = 440  # signal half way between fluid and grey matter in T1
CASES = {
    "T1, sagittal": ("T1", MRLattice("sagittal", 104, 2.0, 2.0, 128, 128, 2.0)),
    "T2, sagittal": ("T2", MRLattice("sagittal", 104, 2.0, 2.0, 128, 128, 2.0)),
    "T1, axial 5 mm": ("T1", MRLattice("axial", 40, 6.0, 5.0, 160, 160, 1.5)),
}


@cache
def made(name: str) -> tuple[HeadMR, dict[str, object]]:
    """A made head, and what was found of it without an engine."""
    contrast, lattice = CASES[name]
    return make_mr_head(painted(contrast), lattice), {}


@cache
def made_ct() -> phantom.HeadCT:
    return phantom.make_head(phantom.Lattice(slices=44, rows=160, columns=160, pixel_spacing_mm=1.6))


def stripped(name: str, policy: DefacePolicy = BY_ENGINE) -> tuple[HeadMR, HeadMask]:
    head, known = made(name)
    for key in [key for key in known if key.startswith("brain")]:
        del known[key]
    return head, strip.find_head(head.volume, policy, known)


@pytest.mark.parametrize("name", CASES)
def test_no_voxel_within_the_skull_goes_and_no_face_stays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    head, _ = made(name)
    use_made_engine(monkeypatch, head.volume, head.intracranial)
    _, mask = stripped(name)
    assert (head.intracranial & ~mask.keep).sum() == 0
    assert not (mask.keep & head.face).any()
    assert (mask.keep & head.skin).sum() < 0.005 * head.skin.sum()
    assert mask.keep.sum() < 1.5 * head.intracranial.sum()
    assert (mask.method, mask.engine) == ("skullstrip", ENGINE)
    assert mask.measures["brain_agreement"] > 0.85


def test_a_brain_that_is_drawn_tightly_stays_whole_by_its_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    head, _ = made("T1, sagittal")
    use_made_engine(monkeypatch, head.volume, head.intracranial, partial(eroded, by_mm=2.0))
    _, mask = stripped("T1, sagittal")
    assert (head.intracranial & ~mask.keep).sum() == 0


def by_half(inside: np.ndarray) -> np.ndarray:
    """Drawn 6 mm too tightly on the left."""
    half = inside.copy()
    middle = int(np.nonzero(inside)[2].mean())
    half[:, :, middle:] = eroded(inside, 6.0)[:, :, middle:]
    return half


def without_cerebellum(inside: np.ndarray) -> np.ndarray:
    z, y, _ = np.nonzero(inside)
    cut = inside.copy()
    cut[: int(z.min() + 0.35 * np.ptp(z)), int(y.mean()) :] = False
    return cut


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("T1, sagittal", partial(eroded, by_mm=6.0)),
        ("T1, sagittal", by_half),
        ("T1, axial 5 mm", partial(eroded, by_mm=4.0)),
        ("T1, axial 5 mm", without_cerebellum),
    ],
)
def test_a_brain_that_is_drawn_far_too_tightly_costs_no_voxel_or_is_refused(
    name: str, change: Callable[[np.ndarray], np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    head, _ = made(name)
    use_made_engine(monkeypatch, head.volume, head.intracranial, change)
    try:
        _, mask = stripped(name)
    except PixelError:
        return
    assert (head.intracranial & ~mask.keep).sum() == 0
    assert not (mask.keep & head.face).any()


def test_without_fluid_the_border_follows_the_brain(monkeypatch: pytest.MonkeyPatch) -> None:
    head, _ = made("T1, sagittal")
    use_made_engine(monkeypatch, head.volume, head.intracranial, partial(eroded, by_mm=5.0))
    _, mask = stripped("T1, sagittal", WITHOUT_FLUID)
    brain = eroded(head.intracranial, 5.0 / 2.0)
    assert not (brain & ~mask.keep).any()
    assert (head.intracranial & ~mask.keep).sum() > 0.1 * head.intracranial.sum()


def test_without_fluid_a_brain_that_is_drawn_too_tightly_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    head, _ = made("T1, sagittal")
    grey = make_mr_head(painted("T1"), head.lattice, noise=0.0, shading=0.0).volume.stored > GREY
    brain = ndimage.binary_closing(head.intracranial & grey, iterations=3) & head.intracranial
    use_made_engine(monkeypatch, head.volume, brain)
    _, mask = stripped("T1, sagittal", WITHOUT_FLUID)
    assert (brain & ~mask.keep).sum() < 0.001 * brain.sum()
    use_made_engine(monkeypatch, head.volume, brain, partial(eroded, by_mm=4.0))
    with pytest.raises(PixelError, match="of what lies right beyond it looks like brain"):
        stripped("T1, sagittal", WITHOUT_FLUID)


def halved(inside: np.ndarray) -> np.ndarray:
    half = inside.copy()
    half[:, :, int(np.nonzero(inside)[2].mean()) :] = False
    return half


def without_its_pole(inside: np.ndarray) -> np.ndarray:
    cut = inside.copy()
    cut[:, : int(np.percentile(np.nonzero(inside)[1], 10))] = False
    return cut


def with_a_face(inside: np.ndarray) -> np.ndarray:
    z, y, _ = (places.min() for places in np.nonzero(inside))
    middle = int(np.nonzero(inside)[2].mean())
    changed = inside.copy()
    changed[z : z + 60, max(0, y - 15) : y + 40, middle - 30 : middle + 30] = True
    return changed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (halved, "is not plausible: it "),
        (without_its_pole, "of its middle"),
        (with_a_face, "far from it"),
        (np.ones_like, "is not plausible: it has .* ml"),
        (np.zeros_like, "found no brain"),
    ],
)
def test_a_brain_that_contradicts_the_head_is_refused(change, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    head, _ = made("T1, sagittal")
    use_made_engine(monkeypatch, head.volume, head.intracranial, change)
    with pytest.raises(PixelError, match=reason):
        stripped("T1, sagittal")


def test_the_face_is_judged_whatever_the_engine_says(monkeypatch: pytest.MonkeyPatch) -> None:
    head, _ = made("T1, sagittal")
    joint = ndimage.binary_closing(head.intracranial | head.face, iterations=4)
    use_made_engine(monkeypatch, head.volume, joint, partial(eroded, by_mm=4.0))  # the margin stays within the skin
    monkeypatch.setattr(strip, "check_brain", lambda *_, **__: {})
    with pytest.raises(PixelError, match=r"the (face|skull) could not be (removed|stripped)"):
        stripped("T1, sagittal")


def test_in_ct_an_engine_takes_nothing_away_from_what_lies_inside_the_skull(monkeypatch: pytest.MonkeyPatch) -> None:
    head = made_ct()
    use_made_engine(monkeypatch, head.volume, head.intracranial, partial(eroded, by_mm=4.0))
    known: dict[str, object] = {}
    mask = strip.find_head(head.volume, BY_ENGINE, known)
    alone = find_by_itself(head.volume, DefacePolicy("skullstrip"), known)
    assert not (alone.keep & ~mask.keep).any()
    assert (head.intracranial & ~mask.keep).sum() == 0
    assert mask.engine == ENGINE


def test_an_engine_for_mr_is_refused_in_ct() -> None:
    head = made_ct()
    with pytest.raises(PixelError, match="HD-BET knows no CT"):
        strip.find_head(head.volume, DefacePolicy("skullstrip", engine="hd-bet"))


def test_in_ct_the_fluid_cannot_be_left_out() -> None:
    head = made_ct()
    with pytest.raises(PixelError, match="do without --no-csf"):
        strip.find_head(head.volume, WITHOUT_FLUID)


def test_a_missing_engine_is_said_before_the_head_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strip, "known_anatomy", lambda *_: pytest.fail("the head was looked for"))
    monkeypatch.delenv("FREESURFER_HOME", raising=False)
    monkeypatch.delenv("SLICERDEID_SYNTHSTRIP", raising=False)
    with pytest.raises(EngineMissing):
        strip.find_head(made("T1, sagittal")[0].volume, BY_ENGINE)


def test_the_own_engine_is_for_ct() -> None:
    with pytest.raises(PixelError, match="the skull-strip engine synthstrip or hd-bet"):
        strip.find_head(made("T1, sagittal")[0].volume, DefacePolicy("skullstrip"))
