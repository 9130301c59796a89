# SPDX-License-Identifier: Apache-2.0
"""A volume without a header: its axes as an independent program names them, its values, and what is returned of it."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
import SlicerDeidLib as deid
from craniectomy import make_infant
from mrseries import painted
from scipy.spatial.transform import Rotation
from SlicerDeidLib.errors import FormatError, PixelError
from SlicerDeidLib.model.axes import upright_axes
from SlicerDeidLib.pipeline import plainvolume
from SlicerDeidLib.sample.mr import MRLattice, make_mr_head
from SlicerDeidLib.sample.phantom import Lattice, make_head

SPACING_MM = np.array([0.5, 0.7, 4.0])


def volume_of(stored: np.ndarray, steps: np.ndarray) -> deid.Volume:
    """A volume whose steps along (k, j, i) are the columns of ``steps``."""
    count = len(stored)
    places = np.outer(np.arange(count), steps[:, 0])
    return deid.Volume(stored, np.ones(count), np.zeros(count), places, steps[:, 2], steps[:, 1])


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("signs", list(product((1.0, -1.0), repeat=3)))
def test_axes_are_those_that_nibabel_names(order: tuple[int, ...], signs: tuple[float, ...]) -> None:
    nibabel = pytest.importorskip("nibabel")
    turned = Rotation.from_euler("xyz", (17.0, -9.0, 12.0), degrees=True).as_matrix()
    steps = (turned * SPACING_MM * np.array(signs))[:, list(order)]
    affine = np.eye(4)
    affine[:3, :3] = steps
    nearest = [int(axis) for axis in nibabel.io_orientation(affine)[:, 0]]
    assert upright_axes(steps) == tuple(nearest.index(axis) for axis in (2, 1, 0))


def test_sheared_directions_are_refused_and_a_tilted_gantry_is_not() -> None:
    steps = np.diag(SPACING_MM)
    steps[1, 2] = 1.5
    assert upright_axes(steps) == (2, 1, 0)
    steps[1, 0] = 0.1
    with pytest.raises(FormatError, match="sheared"):
        upright_axes(steps)


def test_a_result_lies_as_the_volume_does_whatever_its_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
    seen = []

    def cut(volume: deid.Volume, *_how: object) -> plainvolume.Cut:
        seen.append(volume)
        keep = np.ones(volume.shape, bool)
        keep[1, 2, 3] = False
        return plainvolume.Cut(deid.HeadMask(keep, "face"), keep, np.full(len(keep), -7, np.int16))

    monkeypatch.setattr(plainvolume, "cut_of", cut)
    steps = np.column_stack([(0.9, 0, 0), (0, 0, 0.8), (0, 0.7, 0)])  # sagittal: k to the left, j up, i to the back
    done = deid.deface(volume_of(stored, steps))
    assert seen[0].shape == (5, 6, 4)
    np.testing.assert_allclose(seen[0].positions[1] - seen[0].positions[0], (0, 0, 0.8))
    np.testing.assert_allclose(seen[0].j_step, (0, 0.7, 0))
    assert np.argwhere(done.after != stored).tolist() == np.argwhere(~done.head).tolist() == [[3, 1, 2]]
    assert done.after[3, 1, 2] == -7


def test_unevenly_spaced_slices_stay_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def cut(volume: deid.Volume, *_how: object) -> plainvolume.Cut:
        seen.append(volume)
        return plainvolume.Cut(None, np.ones(volume.shape, bool), np.zeros(len(volume.stored)))

    monkeypatch.setattr(plainvolume, "cut_of", cut)
    even = volume_of(np.zeros((3, 4, 5), np.int16), np.column_stack([(2.0, 0, 0), (0, 0, 1.0), (0, 1.0, 0)]))
    uneven = deid.Volume(even.stored, even.slope, even.intercept, even.positions**1.5, even.i_step, even.j_step)
    done = deid.deface(uneven)
    assert seen[0].shape == (3, 4, 5)
    assert done.mask is None
    assert done.head.all()
    assert done.after is uneven.stored


def test_values_say_what_an_image_is_and_in_doubt_it_is_refused() -> None:
    lattice = Lattice(slices=12, rows=64, columns=64, pixel_spacing_mm=4.0, spacing_mm=15.0)
    ct = make_head(lattice).volume
    assert deid.tell_unit(ct).unit == "HU"
    positive = volume_of(np.random.default_rng(1).integers(0, 300, (4, 20, 20)), np.eye(3))
    assert deid.tell_unit(positive).unit == ""
    with pytest.raises(PixelError, match="cannot be told"):
        deid.tell_unit(volume_of(positive.stored - 150, np.eye(3)))


def test_what_is_no_number_counts_as_air() -> None:
    stored = np.array([[[np.nan, np.inf], [5.0, 6.0]]] * 2)
    volume = volume_of(stored, np.eye(3))
    np.testing.assert_array_equal(plainvolume.numbers(volume).stored[0], [[-1000.0, -1000.0], [5.0, 6.0]])
    assert np.isnan(volume.stored[0, 0, 0])


@pytest.mark.parametrize(("method", "advice"), [("face", "do not share this volume"), ("skullstrip", "")])
def test_a_refused_volume_is_told_only_what_can_be_done_about_a_volume(method: str, advice: str) -> None:
    infant = make_infant(Lattice(slices=44, rows=160, columns=160, pixel_spacing_mm=1.6))
    mr = make_mr_head(painted("T1"), MRLattice()).volume
    with pytest.raises(PixelError) as refused:
        deid.deface(infant if advice else mr, method=method)
    assert refused.value.reason.endswith(advice or "; choose the method face")
    assert "hd-bet" not in refused.value.reason, "which cannot be chosen for a volume in memory"
    assert "leave" not in refused.value.reason
