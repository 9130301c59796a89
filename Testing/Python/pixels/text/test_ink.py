# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from SlicerDeidLib.pixels.prescreen import jumps
from SlicerDeidLib.pixels.text.ink import RIM_PX, boxes_of, inked
from SlicerDeidLib.sample.lettering import text_mask

NOWHERE = np.zeros((128, 128), dtype=bool)


def measured(noise: float = 12.0, level: float = 40.0, seed: int = 1) -> np.ndarray:
    """Return a slice as a scanner stores it: a disc of bone in soft tissue, with noise."""
    rows, columns = np.indices(NOWHERE.shape)
    bone = np.clip(50.0 - np.hypot(rows - 64, columns - 64), 0, 1) * 700
    grain = np.random.default_rng(seed).normal(0, noise, NOWHERE.shape)
    stored = np.rint(level + bone + grain).astype(np.int16)
    stored[5, 5] = 3000  # a seed of metal
    return stored


def ink_of(stored: np.ndarray) -> np.ndarray:
    values = stored.astype(np.float32)
    return inked(stored, values, jumps(values, NOWHERE))


def with_letters(stored: np.ndarray, contrast: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a slice with letters of one value, and where they are."""
    letters = np.zeros_like(NOWHERE)
    small = text_mask("DOE JOHN", 1)
    letters[41 : 41 + small.shape[0], 30 : 30 + small.shape[1]] = small
    return np.where(letters, int(np.median(stored[letters])) + contrast, stored).astype(np.int16), letters


@pytest.mark.parametrize("contrast", [300, -400, 1000])
def test_letters_of_one_value_are_ink_whatever_their_contrast(contrast: int) -> None:
    stored, letters = with_letters(measured(), contrast)
    ink = ink_of(stored)
    assert ink[letters].mean() > 0.9
    assert ink[~letters].sum() <= 2


@given(st.integers(0, 1000), st.sampled_from([3.0, 12.0, 60.0, 200.0]), st.sampled_from([1, 4, 16]))
def test_what_was_measured_has_no_ink_however_noisy_or_coarse(seed: int, noise: float, step: int) -> None:
    stored = measured(noise, seed=seed) // step * step
    assert not ink_of(stored.astype(np.int16)).any()


def test_a_slice_without_noise_has_no_ink_since_all_of_it_is_drawn() -> None:
    stored, _ = with_letters(measured(noise=0.0), 300)
    assert not ink_of(stored).any()


def padded(edge: int = -1500) -> np.ndarray:
    """Return a slice whose field of view is a disc, in padding; between them pixels of the value ``edge``."""
    rows, columns = np.indices(NOWHERE.shape)
    from_middle = np.hypot(rows - 64, columns - 64)
    stored = np.where(from_middle < 50, measured(), -1500)
    return np.where((from_middle >= 50) & (from_middle < 51.5), edge, stored).astype(np.int16)


def test_shaded_letters_in_the_padding_are_ink_however_faint() -> None:
    stored = padded()
    letters = text_mask("DOE", 1)
    place = np.s_[4 : 4 + letters.shape[0], 4 : 4 + letters.shape[1]]
    stored[place][letters] = np.random.default_rng(2).integers(-1480, -1200, letters.shape)[letters]
    ink = ink_of(stored)
    assert ink[place][letters].all()
    assert ink.sum() == letters.sum()


@pytest.mark.parametrize("edge", [-1500, -1300])
def test_padding_of_one_value_is_no_ink_even_where_it_was_interpolated_at_the_field_of_view(edge: int) -> None:
    assert not ink_of(padded(edge)).any()


def test_metal_of_the_largest_value_and_clipped_air_are_no_ink() -> None:
    stored = measured()
    stored[20:60:3, 20:22] = 3071
    assert not ink_of(stored).any()
    air = measured(noise=60.0, level=-1000.0)
    assert not ink_of(np.maximum(air, -1000).astype(np.int16)).any()


def test_an_area_that_another_program_filled_is_no_ink_and_letters_beside_it_are() -> None:
    stored, letters = with_letters(measured(), 300)
    filled = np.s_[70:100, 40:90]
    stored[filled] = 0
    ink = ink_of(stored)
    assert not ink[filled].any()
    assert ink[letters].mean() > 0.9


def test_a_line_has_one_box_that_holds_all_its_letters_and_little_else() -> None:
    stored, letters = with_letters(measured(), 300)
    (box,) = boxes_of(ink_of(stored), 7)
    hidden = np.zeros_like(letters)
    hidden[box.row : box.row + box.height, box.column : box.column + box.width] = True
    assert box.frame == 7
    assert hidden[letters].all()
    rows, columns = np.nonzero(letters)
    assert (box.height, box.width) == (np.ptp(rows) + 1 + 2 * RIM_PX, np.ptp(columns) + 1 + 2 * RIM_PX)


def test_a_frame_around_a_picture_is_no_letter() -> None:
    ink = np.zeros((300, 300), dtype=bool)
    ink[20, 20:280] = ink[280, 20:280] = ink[20:280, 20] = ink[20:280, 280] = True
    assert boxes_of(ink, 0) == []


def test_letters_along_a_curve_are_hidden_one_by_one() -> None:
    ink = np.zeros((200, 200), dtype=bool)
    for angle in np.linspace(0, 2 * np.pi, 40, endpoint=False):
        row, column = round(100 + 50 * np.sin(angle)), round(100 + 50 * np.cos(angle))
        ink[row : row + 4, column : column + 4] = True
    boxes = boxes_of(ink, 0)
    assert len(boxes) > 10
    assert not any(box.row < 100 < box.row + box.height and box.column < 100 < box.column + box.width for box in boxes)
