# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from SlicerDeidLib.pixels.pictures import sharpness
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.pixels.text.rules import is_rule
from SlicerDeidLib.sample.lettering import text_mask

FAINTEST = 10.0


def page(text: str = "", turn: int = 0) -> np.ndarray:
    """A picture of grain right of a shutter's border, at column 60, with letters over that border or beside it."""
    values = np.random.default_rng(1).normal(120, 2, (140, 220))
    values[:, :60] = 0
    letters = text_mask(text, 2) if text else np.zeros((0, 0), dtype=bool)
    values[62 : 62 + letters.shape[0], 50 : 50 + letters.shape[1]][letters] = 250
    return ndimage.rotate(values.clip(0, 255), turn, reshape=False, order=1, mode="nearest").astype(np.uint8)


def box(left: float, top: float, right: float, bottom: float, text: str = "") -> Word:
    return Word(np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float), text, 0.7)


@pytest.mark.parametrize("word", [box(54, 30, 66, 100), box(55, 30, 65, 44, "1"), box(56, 30, 65, 38, "II")])
def test_a_border_of_a_shutter_is_no_line(word: Word) -> None:
    assert is_rule(word, sharpness(page()), FAINTEST)


def test_a_border_that_slants_is_no_line() -> None:
    picture = page(turn=2)
    edge = int(np.argmax(picture[70] > 60))
    assert is_rule(box(edge - 6, 42, edge + 8, 98), sharpness(picture), FAINTEST)


@pytest.mark.parametrize("text", ["DOE JOHN", "EEEE", "1111", "L"])
def test_letters_are_no_rule_even_across_a_border(text: str) -> None:
    width = text_mask(text, 2).shape[1]
    assert not is_rule(box(47, 58, 53 + width, 80), sharpness(page(text)), FAINTEST)


def test_a_long_line_whose_letters_fill_a_row_is_no_rule() -> None:
    values = np.full((140, 220), 90, dtype=np.uint8)
    values[60:68, 40:160:2] = 200
    values[63, 40:160] = 200
    assert not is_rule(box(36, 56, 164, 72), sharpness(values), FAINTEST)


def test_an_empty_place_is_no_rule() -> None:
    assert not is_rule(box(100, 30, 150, 50), sharpness(np.full((140, 220), 7, dtype=np.uint8)), FAINTEST)


@pytest.mark.parametrize("text", ["DOE JOHN", "L"])
def test_letters_in_grain_are_no_rule(text: str) -> None:
    grain = np.random.default_rng(2).integers(0, 200, (140, 220), dtype=np.uint8)
    letters = text_mask(text, 2)
    grain[62 : 62 + letters.shape[0], 50 : 50 + letters.shape[1]][letters] = 250
    assert not is_rule(box(47, 58, 53 + letters.shape[1], 80), sharpness(grain), FAINTEST)
