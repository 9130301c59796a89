# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.draw import polygon2mask
from SlicerDeidLib.pixels.pictures import sharpness
from SlicerDeidLib.pixels.text.fitting import fitted
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.sample.lettering import text_mask

FAINTEST = 10.0


def page(text: str = "DOE JOHN", noise: float = 1.0) -> np.ndarray:
    """A grey page with one line, 14 pixels high, from row 60 and column 50."""
    values = np.random.default_rng(1).normal(60, noise, (140, 220))
    letters = text_mask(text, 2)
    values[60 : 60 + letters.shape[0], 50 : 50 + letters.shape[1]][letters] = 200
    return values.clip(0, 255).astype(np.uint8)


def box(left: float, top: float, right: float, bottom: float) -> Word:
    return Word(np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float), "DOE", 0.9)


def fit(word: Word, picture: np.ndarray) -> Word:
    return fitted(word, picture, sharpness(picture), FAINTEST)


def extent(word: Word) -> tuple[float, ...]:
    return (*word.corners.min(axis=0), *word.corners.max(axis=0))


def test_a_wide_rim_goes_and_all_letters_stay() -> None:
    found = extent(fit(box(40, 48, 160, 86), page()))
    assert 45 <= found[0] <= 50
    assert 55 <= found[1] <= 60
    assert 144 <= found[2] <= 152
    assert 74 <= found[3] <= 79


def test_letters_that_the_engine_cut_come_in() -> None:
    left, _, right, _ = extent(fit(box(75, 58, 120, 76), page()))
    assert left <= 50
    assert right >= 144


def test_a_line_that_runs_upwards_is_fitted_along_itself() -> None:
    found = extent(fit(box(58, 72, 76, 145), np.rot90(page(), 3).copy()))
    assert found[1] <= 50
    assert found[3] >= 144


def test_among_grain_as_strong_as_letters_a_box_stays_as_it_is() -> None:
    word = box(40, 48, 160, 86)
    assert fit(word, page(noise=60.0)) is word


@pytest.mark.parametrize("corners", [(0.0, 0.0, 2.0, 2.0), (-30.0, -30.0, 20.0, -10.0), (210.0, 130.0, 400.0, 300.0)])
def test_boxes_at_and_beyond_the_edge_of_a_picture_do_no_harm(corners: tuple[float, ...]) -> None:
    assert np.isfinite(fit(box(*corners), page()).corners).all()


def test_letters_whose_upper_half_is_faint_keep_most_of_their_height() -> None:
    picture = page()
    faint = picture[60:68] > 150
    picture[60:68][faint] = 75
    word = box(44, 56, 152, 80)
    _, top, _, bottom = extent(fit(word, picture))
    assert top <= 62
    assert bottom >= 74


def slanting() -> tuple[np.ndarray, np.ndarray]:
    """A grey page with one line that climbs by 4 degrees; its letters."""
    letters = np.zeros((140, 420), dtype=bool)
    row = text_mask("DOE^JOHN 1987-03-12", 3)
    letters[60 : 60 + row.shape[0], 30 : 30 + row.shape[1]] = row
    letters = ndimage.rotate(letters.astype(float), 4, reshape=False, order=1) > 0.5
    values = np.random.default_rng(1).normal(60, 1.0, letters.shape)
    values[letters] = 200
    return values.clip(0, 255).astype(np.uint8), letters


def test_an_upright_box_round_a_slanting_line_is_turned_and_holds_all_its_letters() -> None:
    picture, letters = slanting()
    rows, columns = np.nonzero(letters)
    upright = box(columns.min() - 6, rows.min() - 6, columns.max() + 7, rows.max() + 7)
    hidden = polygon2mask(letters.shape, fit(upright, picture).corners[:, ::-1])
    assert hidden[letters].all()
    assert hidden.sum() < 0.75 * np.ptp(upright.corners, axis=0).prod()


def test_letters_in_a_picture_without_any_noise_keep_their_shaded_rims() -> None:
    picture = np.zeros((140, 220), dtype=np.uint8)
    letters = ndimage.zoom(text_mask("DOE JOHN").astype(float), 2.6, order=1)
    picture[60 : 60 + letters.shape[0], 50 : 50 + letters.shape[1]] = np.rint(120 * letters.clip(0, 1))
    rows, columns = np.nonzero(picture)
    left, top, right, bottom = extent(fit(box(38, 46, 200, 96), picture))
    assert left <= columns.min()
    assert top <= rows.min()
    assert right > columns.max()
    assert bottom > rows.max()


def test_of_a_large_line_shades_that_go_on_beside_it_are_no_letters() -> None:
    values = np.random.default_rng(1).normal(60, 1.0, (140, 500))
    letters = text_mask("DOE", 5)
    values[60 : 60 + letters.shape[0], 50 : 50 + letters.shape[1]][letters] = 200
    end = 50 + letters.shape[1]
    values[70:85, end + 8 :: 4] = 200
    _, _, right, _ = extent(fit(box(46, 56, end + 4, 99), values.clip(0, 255).astype(np.uint8)))
    assert right < end + 8


def test_letters_that_fade_over_ground_nearly_as_bright_come_in() -> None:
    picture = page()
    letters = picture > 150
    picture[:, 120:][~letters[:, 120:]] = 180
    _, _, right, _ = extent(fit(box(46, 57, 120, 77), picture))
    assert right >= 144


def test_white_letters_are_followed_among_coloured_grain() -> None:
    letters = page() > 150
    grain = np.random.default_rng(2).random(letters.shape) < 0.3
    picture = np.zeros((*letters.shape, 3), dtype=np.uint8)
    picture[ndimage.binary_dilation(grain) & ~grain] = (200, 40, 0)
    picture[letters] = 255
    word = box(46, 58, 120, 76)
    assert extent(fit(word, picture))[2] >= 144
    picture[letters] = (200, 40, 0)
    assert fit(word, picture) is word
