# SPDX-License-Identifier: Apache-2.0
"""The inside of the skull in images that lost something before they came."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.head.finders import find_head
from SlicerDeidLib.sample.phantom import Lattice, make_head

STEP_HU = 16.0  # of one value of 8 bits
GROSS = Lattice(slices=50, spacing_mm=5.0, rows=128, columns=128, pixel_spacing_mm=2.0)
FINER = Lattice(slices=44, spacing_mm=5.0, rows=160, columns=160, pixel_spacing_mm=1.6)


def lossy(volume: Volume, quality: int) -> Volume:
    """Store a head in 8 bits, as lossy JPEG: 12 bits divided by 16."""
    planes = []
    for plane in volume.stored:
        file = io.BytesIO()
        Image.fromarray((plane.clip(0, 4095) >> 4).astype(np.uint8)).save(file, "JPEG", quality=quality)
        planes.append(np.asarray(Image.open(file)))
    ones = np.ones(len(planes))
    return replace(volume, stored=np.stack(planes), slope=STEP_HU * ones, intercept=volume.intercept)


@pytest.mark.parametrize(("lattice", "quality"), [(GROSS, 90), (FINER, 60)])
def test_the_rings_of_a_lossy_image_beside_bone_take_nothing_from_the_brain(lattice: Lattice, quality: int) -> None:
    head = make_head(lattice)
    keep = find_head(lossy(head.volume, quality), DefacePolicy("surface+face", 8.0)).keep
    assert head.intracranial.sum() > 20_000
    assert (head.intracranial & ~keep).sum() == 0
    assert (head.skin & head.face & keep).sum() == 0
