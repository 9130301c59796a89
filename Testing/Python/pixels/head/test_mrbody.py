# SPDX-License-Identifier: Apache-2.0
"""The head in an MR: air told from tissue, shading taken out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mrseries import painted
from SlicerDeidLib.errors import NoHead
from SlicerDeidLib.pixels.head.mrbody import find_mr_body, swept
from SlicerDeidLib.sample.mr import CONTRASTS, MRLattice, make_mr_head

LATTICE = MRLattice("axial", 70, 4.0, 4.0, 64, 64, 4.0)


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_the_body_is_found_in_every_contrast(contrast: str) -> None:
    head = make_mr_head(painted(contrast), MRLattice())
    body = find_mr_body(head.volume).body
    found_ml = body.inside.sum() * body.sampled.grid.voxel_ml
    assert found_ml == pytest.approx(head.body.sum() * 2.0**3 / 1000, rel=0.08)


def test_shading_is_taken_out() -> None:
    even, shaded = (
        find_mr_body(make_mr_head(painted("PD"), MRLattice(), shading=shading).volume) for shading in (0.0, 0.5)
    )
    middle = tuple(slice(size // 2 - 10, size // 2 + 10) for size in even.signal.shape)
    assert np.median(shaded.signal[middle]) == pytest.approx(np.median(even.signal[middle]), rel=0.2)


def test_the_surface_stands_where_a_ct_has_it() -> None:
    body = find_mr_body(make_mr_head(painted("T1"), MRLattice()).volume).body
    outside = body.depth < -6.0
    assert np.median(body.sampled.values[outside]) < -800
    assert np.median(body.sampled.values[body.depth > 20.0]) == 0.0
    assert body.sampled.values.min() >= -1000.0


def test_a_series_without_signal_is_no_head() -> None:
    volume = make_mr_head(painted("T1"), LATTICE).volume
    with pytest.raises(NoHead, match="no signal"):
        find_mr_body(replace(volume, stored=np.zeros_like(volume.stored)))


def test_what_lies_beside_a_mask_across_the_slices_is_told() -> None:
    mask = np.zeros((9, 9, 9), dtype=bool)
    mask[4, 4, 7] = True
    across = np.array([6.0, 0.0, 0.0])
    assert np.argwhere(swept(mask, across, 6.0)).tolist() == [[4, 4, x] for x in (4, 5, 6, 7, 8)]
    np.testing.assert_array_equal(swept(mask, 0.0 * across, 6.0), mask)
