# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.pixels.fitting import fitted
from SlicerDeidLib.pixels.ocr import Word
from SlicerDeidLib.pixels.pictures import sharpness
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


def extent(word: Word) -> tuple[float, ...]:
    return (*word.corners.min(axis=0), *word.corners.max(axis=0))


def test_a_wide_rim_goes_and_all_letters_stay() -> None:
    found = extent(fitted(box(40, 48, 160, 86), sharpness(page()), FAINTEST))
    assert 45 <= found[0] <= 50
    assert 55 <= found[1] <= 60
    assert 144 <= found[2] <= 152
    assert 74 <= found[3] <= 79


def test_letters_that_the_engine_cut_come_in() -> None:
    left, _, right, _ = extent(fitted(box(75, 58, 120, 76), sharpness(page()), FAINTEST))
    assert left <= 50
    assert right >= 144


def test_a_line_that_runs_upwards_is_fitted_along_itself() -> None:
    found = extent(fitted(box(58, 72, 76, 145), sharpness(np.rot90(page(), 3).copy()), FAINTEST))
    assert found[1] <= 50
    assert found[3] >= 144


def test_among_grain_as_strong_as_letters_a_box_stays_as_it_is() -> None:
    word = box(40, 48, 160, 86)
    assert fitted(word, sharpness(page(noise=60.0)), FAINTEST) is word


@pytest.mark.parametrize("corners", [(0.0, 0.0, 2.0, 2.0), (-30.0, -30.0, 20.0, -10.0), (210.0, 130.0, 400.0, 300.0)])
def test_boxes_at_and_beyond_the_edge_of_a_picture_do_no_harm(corners: tuple[float, ...]) -> None:
    assert np.isfinite(fitted(box(*corners), sharpness(page()), FAINTEST).corners).all()


def test_letters_whose_upper_half_is_faint_keep_most_of_their_height() -> None:
    picture = page()
    faint = picture[60:68] > 150
    picture[60:68][faint] = 75
    word = box(44, 56, 152, 80)
    _, top, _, bottom = extent(fitted(word, sharpness(picture), FAINTEST))
    assert top <= 62
    assert bottom >= 74
