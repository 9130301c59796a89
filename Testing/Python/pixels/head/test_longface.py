# SPDX-License-Identifier: Apache-2.0
"""Faces that reach farther down than the length of their braincase tells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from longfaces import SHORT_AND_WIDE, LongFace, make_long_face
from numpy.typing import NDArray
from scipy import ndimage
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.pixels.head.anatomy import Anatomy, find_anatomy
from SlicerDeidLib.pixels.head.face import Frame, frame_of
from SlicerDeidLib.pixels.head.finders import find_head
from SlicerDeidLib.pixels.head.lookagain import check_face, look_again
from SlicerDeidLib.pixels.head.plausible import fraction_kept

FACES = [(0.0, SHORT_AND_WIDE), (15.0, (1.0, 1.0, 1.0)), (30.0, (1.0, 1.0, 1.0)), (30.0, SHORT_AND_WIDE)]


@pytest.mark.parametrize(("longer_mm", "steps"), FACES)
def test_a_long_chin_goes_as_a_whole_and_no_piece_of_it_floats(
    longer_mm: float, steps: tuple[float, float, float]
) -> None:
    head = make_long_face(longer_mm, steps)
    mask = find_head(head.volume, DefacePolicy("face", 8.0))
    assert mask.keep[head.intracranial].all()
    assert (mask.keep & head.chin).sum() < 40, "more than 0.2 ml"
    pieces, _ = ndimage.label(mask.keep & head.body)
    sizes = np.sort(np.bincount(pieces.ravel())[1:])
    assert sizes[:-1].sum() < 40, "more than 0.2 ml"


def judge(head: LongFace, keep: NDArray[np.bool_], anatomy: Anatomy, frame: Frame) -> None:
    check_face(look_again(anatomy.body, fraction_kept(head.volume, keep, anatomy.body.sampled.grid), frame))


def test_a_part_of_a_long_chin_that_stays_is_noticed() -> None:
    head = make_long_face(30.0, SHORT_AND_WIDE)
    anatomy = find_anatomy(head.volume)
    frame = frame_of(anatomy)
    keep = find_head(head.volume, DefacePolicy("surface+face", 8.0), {"anatomy": anatomy, "frame": frame}).keep
    tip = head.chin & (head.heights_mm < frame.floor_mm - 135.0 * frame.scale)[:, None, None]
    judge(head, keep, anatomy, frame)
    with pytest.raises(PixelError, match="the face could not be removed"):
        judge(head, keep | tip, anatomy, frame)


def test_a_brow_that_stays_is_noticed_where_the_orbits_roof_was_taken_too_low() -> None:
    head = make_long_face(0.0)
    anatomy = find_anatomy(head.volume)
    frame = frame_of(anatomy)
    brow = head.body & (np.abs(head.heights_mm - frame.floor_mm - 3.0) < 6.0)[:, None, None]
    brow &= (head.volume.positions[0, 1] + head.volume.j_step[1] * np.arange(head.body.shape[1]) < -60.0)[:, None]
    frame = replace(frame, floor_mm=frame.floor_mm - 20.0)
    keep = find_head(head.volume, DefacePolicy("surface+face", 8.0), {"anatomy": anatomy, "frame": frame}).keep
    judge(head, keep, anatomy, frame)
    with pytest.raises(PixelError, match="the face could not be removed"):
        judge(head, keep | brow, anatomy, frame)
