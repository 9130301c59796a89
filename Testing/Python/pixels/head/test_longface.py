# SPDX-License-Identifier: Apache-2.0
"""Faces that reach farther down than the length of their braincase tells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.pixels.head.finders import find_head
from SlicerDeidLib.sample import phantom

SHORT_AND_WIDE = np.array([1.15, 0.9, 1.0])


def test_no_piece_of_a_chin_floats_below_the_cut_of_a_short_and_wide_head() -> None:
    lattice = phantom.Lattice(slices=125, spacing_mm=2.0, rows=160, columns=160, pixel_spacing_mm=1.6, lowest_mm=-150.0)
    head = phantom.make_head(lattice)
    steps = {name: getattr(head.volume, name) * SHORT_AND_WIDE for name in ("positions", "i_step", "j_step")}
    mask = find_head(replace(head.volume, **steps), DefacePolicy("face", 8.0))
    assert mask.keep[head.intracranial].all()
    pieces, _ = ndimage.label(mask.keep & head.body)
    sizes = np.sort(np.bincount(pieces.ravel())[1:])
    assert sizes[:-1].sum() < 40, "more than 0.2 ml"
