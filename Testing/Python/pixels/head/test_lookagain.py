# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ballhead import read_ct
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.head.anatomy import Anatomy, find_anatomy
from SlicerDeidLib.pixels.head.face import Frame, frame_of
from SlicerDeidLib.pixels.head.finders import find_head
from SlicerDeidLib.pixels.head.lookagain import FaceLeft, check_face, look_again
from SlicerDeidLib.pixels.head.plausible import fraction_kept
from SlicerDeidLib.sample import phantom

LATTICE = phantom.Lattice(slices=110, spacing_mm=2.0, rows=160, columns=160, pixel_spacing_mm=1.6)
REAL = ("neurolabusc_dcm_qa_ct/In/GE", "cerr_pyCERR/head_and_neck/pt_1")


@cache
def made() -> tuple[phantom.HeadCT, Anatomy, Frame]:
    head = phantom.make_head(LATTICE, has_holder=False)
    anatomy = find_anatomy(head.volume)
    return head, anatomy, frame_of(anatomy)


def left_of(volume: Volume, keep: np.ndarray, anatomy: Anatomy, frame: Frame) -> FaceLeft:
    return look_again(anatomy.body, fraction_kept(volume, keep, anatomy.body.sampled.grid), frame)


def made_left(keep: np.ndarray) -> FaceLeft:
    head, anatomy, frame = made()
    return left_of(head.volume, keep, anatomy, frame)


def test_an_untouched_face_is_left_whole() -> None:
    left = made_left(made()[0].body)
    assert left.skin_kept > 0.95
    assert left.relief > 0.95
    assert left.face_cm2 > 80
    with pytest.raises(PixelError, match=r"the face could not be removed: .* are left$"):
        check_face(left)


def test_a_patch_of_facial_skin_that_stays_is_noticed() -> None:
    head, _, _ = made()
    keep = find_head(head.volume, DefacePolicy("surface+face", 8.0)).keep
    check_face(made_left(keep))
    cheek = head.face & (np.arange(keep.shape[2]) < keep.shape[2] // 2)
    with pytest.raises(PixelError, match="the face could not be removed"):
        check_face(made_left(keep | cheek))


def test_where_nothing_is_met_any_more_there_is_no_relief() -> None:
    left = made_left(np.zeros(made()[0].volume.shape, dtype=bool))
    assert (left.skin_kept, left.relief) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("skin_kept", "relief", "is_good"), [(0.02, 0.2, True), (0.021, 0.0, False), (0.0, 0.21, False), (0.0, -0.5, True)]
)
def test_the_limits_are_two_per_cent_of_skin_and_a_correlation_of_a_fifth(
    skin_kept: float, relief: float, is_good: bool
) -> None:
    left = FaceLeft(skin_kept, relief, 100.0)
    if is_good:
        check_face(left)
    else:
        with pytest.raises(PixelError):
            check_face(left)


@pytest.mark.real_data
@pytest.mark.parametrize("folder", REAL)
def test_real_heads_untouched_or_peeled_alone_are_told_from_defaced_ones(real_data: Path, folder: str) -> None:
    volume = read_ct(real_data / folder)
    anatomy = find_anatomy(volume)
    frame = frame_of(anatomy)
    whole = left_of(volume, np.ones(volume.shape, dtype=bool), anatomy, frame)
    assert whole.relief > 0.99
    peeled = left_of(volume, find_head(volume, DefacePolicy("surface", 8.0)).keep, anatomy, frame)
    assert peeled.relief > 0.3
    cut = left_of(volume, find_head(volume, DefacePolicy("surface+face", 8.0)).keep, anatomy, frame)
    assert cut.relief <= 0.2
