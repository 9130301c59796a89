# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from skimage.draw import polygon2mask
from SlicerDeidLib.pixels.pictures import sharpness
from SlicerDeidLib.pixels.text.inkfit import ink_fitted
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.sample.lettering import text_mask

FAINTEST = 10.0
INK = 901
LETTERS = (50, 60, 144, 74)  # left, top, right, bottom of the line drawn below


def anatomy() -> np.ndarray:
    """Grain with edges as strong as letters, on which a line, 14 pixels high, is of one value."""
    values = np.random.default_rng(1).normal(300, 20, (140, 260)).round().astype(np.int32)
    for column in range(160, 230, 9):
        values[40:100, column : column + 3] += 500
    letters = text_mask("DOE JOHN", 2)
    values[60 : 60 + letters.shape[0], 50 : 50 + letters.shape[1]][letters] = INK
    return values


def box(left: float, top: float, right: float, bottom: float) -> Word:
    return Word(np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float), "DOE", 0.9)


def fit(word: Word, values: np.ndarray) -> Word | None:
    return ink_fitted(word, values, sharpness(values), FAINTEST)


def holds_letters_and_a_rim(word: Word | None) -> bool:
    assert word is not None
    left, top, right, bottom = (*word.corners.min(axis=0), *word.corners.max(axis=0))
    ends = left - LETTERS[0], top - LETTERS[1], LETTERS[2] - right, LETTERS[3] - bottom
    return all(-4 <= end <= 0 for end in ends)


@pytest.mark.parametrize(
    "corners",
    [(40, 52, 215, 84), (44, 56, 110, 78), (80, 58, 150, 76)],
    ids=["too long over anatomy", "without the last letters", "without the first letters"],
)
def test_a_box_ends_where_letters_of_its_value_end(corners: tuple[float, ...]) -> None:
    assert holds_letters_and_a_rim(fit(box(*corners), anatomy()))


@pytest.mark.parametrize("corners", [(44, 56, 106, 78), (40, 50, 154, 84)], ids=["cut", "wide"])
def test_on_a_ground_of_one_value_a_box_ends_where_letters_end(corners: tuple[float, ...]) -> None:
    values = np.zeros((140, 260), dtype=np.int32)
    letters = text_mask("DOE JOHN", 2)
    values[60 : 60 + letters.shape[0], 50 : 50 + letters.shape[1]][letters] = INK
    assert holds_letters_and_a_rim(fit(box(*corners), values))


def test_a_shape_of_the_letters_colour_through_a_line_does_not_make_it_higher() -> None:
    values = anatomy()
    values[48:88, 100:102] = INK
    assert holds_letters_and_a_rim(fit(box(44, 56, 148, 78), values))


def test_a_line_that_runs_upwards_is_followed_straight_up() -> None:
    turned = fit(box(52, 40, 84, 215), np.ascontiguousarray(anatomy().T))
    assert turned is not None
    assert holds_letters_and_a_rim(Word(turned.corners[:, ::-1], turned.text, turned.score))


def test_a_line_that_runs_upwards_gets_back_the_letters_that_its_box_leaves_out() -> None:
    turned = fit(box(54, 80, 80, 150), np.ascontiguousarray(anatomy().T))
    assert turned is not None
    assert holds_letters_and_a_rim(Word(turned.corners[:, ::-1], turned.text, turned.score))


def test_a_line_that_runs_upwards_is_followed_straight_up_when_its_box_is_askew() -> None:
    values = anatomy()
    values[:, 155:] = np.random.default_rng(2).normal(300, 20, (140, 105)).round()
    askew = np.array([[60, 40], [92, 40], [76, 215], [44, 215]], dtype=float)
    turned = fit(Word(askew, "DOE", 0.9), np.ascontiguousarray(values.T))
    assert turned is not None
    low, high = turned.corners.min(axis=0), turned.corners.max(axis=0)
    assert (low <= (LETTERS[1], LETTERS[0])).all()
    assert (high >= (LETTERS[3], LETTERS[2])).all()
    assert high[0] - low[0] <= LETTERS[3] - LETTERS[1] + 8


def test_a_line_that_slants_upwards_is_left_to_its_jumps() -> None:
    slanting = np.array([[112, 40], [144, 40], [64, 215], [32, 215]], dtype=float)
    assert fit(Word(slanting, "DOE", 0.9), np.ascontiguousarray(anatomy().T)) is None


def test_a_box_round_letters_of_two_values_keeps_both() -> None:
    values = anatomy()
    values[60:74, 165:260] = 300
    other = text_mask("MARY", 2)
    values[60 : 60 + other.shape[0], 175 : 175 + other.shape[1]][other] = INK + 50
    assert fit(box(44, 56, 230, 78), values) is None


def test_letters_keep_heads_and_feet_of_shades_where_their_ink_alone_leans() -> None:
    row = text_mask("DOE JOHN", 2)
    row = row[:, : np.flatnonzero(row.any(axis=0))[-1] + 1]  # from border to border
    letters = np.zeros((140, row.shape[1]), dtype=bool)
    letters[60 : 60 + row.shape[0]] = row
    values = np.random.default_rng(1).normal(300, 5, letters.shape).round().astype(np.int32)
    values[letters] = INK
    rows, columns = np.indices(values.shape)
    shaded = letters & (abs(rows - 67 + (columns - 47) / 10) > 3)  # all but a band that climbs from left to right
    values[shaded] = INK - 5 - np.arange(shaded.sum()) * 7 % 400
    found = fit(box(0, 56, row.shape[1], 78), values)
    assert found is not None
    assert polygon2mask(values.shape, found.corners[:, ::-1])[letters].all()


def test_what_has_no_value_of_its_own_is_not_fitted() -> None:
    grain = np.random.default_rng(1).normal(300, 20, (140, 260)).round().astype(np.int32)
    assert fit(box(40, 52, 200, 84), grain) is None


def test_a_letter_of_shades_at_the_end_of_a_line_stays_in_it() -> None:
    values = anatomy()
    values[:, 146:] = 300
    values[60:74, 148:150] = INK - 1 - np.arange(28).reshape(14, 2)  # a thin one, of many values
    fitted = fit(box(44, 56, 160, 78), values)
    assert fitted is not None
    assert fitted.corners.max(axis=0)[0] >= 150


@pytest.mark.parametrize("corners", [(0.0, 0.0, 2.0, 2.0), (-30.0, -30.0, 20.0, -10.0), (240.0, 120.0, 400.0, 300.0)])
def test_boxes_at_and_beyond_the_edge_of_a_picture_do_no_harm(corners: tuple[float, ...]) -> None:
    fitted = fit(box(*corners), anatomy())
    assert fitted is None or np.isfinite(fitted.corners).all()


def test_small_letters_of_which_only_some_are_of_the_value_keep_their_box() -> None:
    values = np.random.default_rng(1).normal(300, 5, (140, 260)).round().astype(np.int32)
    letters = text_mask("ST ANNA HOSPITAL", 1)
    height, width = letters.shape
    values[60 : 60 + height, 50 : 50 + width][letters] = INK
    shaded = letters[:, : width - 40]
    values[60 : 60 + height, 50 : 10 + width][shaded] = 340 + np.arange(shaded.sum()) % 40  # faint, of many values
    assert fit(box(46, 57, 54 + width, 63 + height), values) is None


def over_its_own_brightness() -> np.ndarray:
    """The line over grain that is as bright as its letters to the right of the first ones, as bone or contrast is."""
    values = anatomy()
    values[:, 104:] = np.random.default_rng(3).normal(INK - 6, 1, (140, 156)).round()
    letters = text_mask("DOE JOHN", 2)
    values[60 : 60 + letters.shape[0], 50 : 50 + letters.shape[1]][letters] = INK
    return values


def test_letters_that_hardly_show_over_ground_of_their_brightness_are_of_the_line() -> None:
    assert holds_letters_and_a_rim(fit(box(44, 56, 104, 78), over_its_own_brightness()))


def test_a_spot_of_the_lines_value_in_flat_anatomy_is_no_letter() -> None:
    values = anatomy()
    values[:, 104:] = INK - 6
    values[58:68, 110:118] = INK
    found = fit(box(44, 56, 104, 78), values)
    assert found is not None
    assert found.corners.max(axis=0)[0] <= 108


def test_specks_of_the_value_above_large_letters_are_none_of_their_marks() -> None:
    values = np.random.default_rng(1).normal(300, 20, (140, 420)).round().astype(np.int32)
    letters = text_mask("DOE JOHN", 5)
    values[60 : 60 + letters.shape[0], 50 : 50 + letters.shape[1]][letters] = INK
    values[52, 80], values[51, 150] = INK, INK
    fitted = fit(box(40, 50, 60 + letters.shape[1], 105), values)
    assert fitted is not None
    assert fitted.corners.min(axis=0)[1] >= 57
