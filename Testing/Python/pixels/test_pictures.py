# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.pixels.pictures import drawn, even, foreign_colours, larger, sharpness, spread, strokes, thin
from SlicerDeidLib.sample.lettering import text_mask

LETTERS = np.zeros((100, 200), dtype=bool)
LETTERS[40:54, 30 : 30 + 96] = text_mask("DOE JOHN", 2)


def speckle(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 120, shape, dtype=np.uint8)


@pytest.mark.parametrize("colour", [(255, 255, 0), (120, 120, 200)])
def test_what_a_program_drew_in_one_colour_is_told_from_speckle(colour: tuple[int, int, int]) -> None:
    seen = np.repeat(speckle((100, 200))[..., None], 3, axis=-1)
    seen[LETTERS] = colour
    found = drawn(seen) > 0
    assert found[LETTERS].mean() > 0.9
    assert found[~LETTERS].mean() < 0.01


def test_grey_letters_on_sixteen_bits_are_found_and_a_wide_band_of_their_value_is_not() -> None:
    seen = np.random.default_rng(3).normal(900, 20, (100, 200)).astype(np.uint16)
    seen[LETTERS] = 1500
    seen[70:] = 1500
    found = drawn(seen) > 0
    assert found[LETTERS].mean() > 0.9
    assert not found[72:].any()


def test_a_black_ground_is_nothing_that_was_drawn() -> None:
    seen = np.zeros((100, 200), dtype=np.uint8)
    seen[LETTERS] = 90
    assert (drawn(seen) > 0)[LETTERS].all()
    assert not drawn(seen)[~LETTERS].any()


def test_letters_in_a_colour_as_bright_as_their_ground_are_sharp() -> None:
    seen = np.full((100, 200, 3), 255, dtype=np.uint8)
    seen[LETTERS] = (255, 255, 0)
    jump = sharpness(seen)
    assert jump[LETTERS].max() == 255
    assert strokes(jump).max() == 255
    assert not jump[:30].any()


def test_even_contrast_shows_faint_letters_beside_strong_ones() -> None:
    seen = np.full((100, 400), 30, dtype=np.uint8)
    seen[:, :200][LETTERS] = 40
    seen[:, 200:][LETTERS] = 255
    level = even(seen).astype(int)
    assert level[:, :200][LETTERS].mean() > 1.2 * level[:, :200][~LETTERS].mean()


def test_black_to_white_is_the_whole_range_of_eight_bits_and_the_usual_one_of_more() -> None:
    assert spread(speckle((10, 10))) == 255
    assert spread(np.linspace(0, 1000, 1001)) == pytest.approx(990, abs=1)
    assert spread(np.zeros((4, 4))) == 1.0


def test_an_enlarged_picture_has_as_many_times_the_rows() -> None:
    assert larger(speckle((10, 20)), 3).shape == (30, 60)
    assert larger(speckle((10, 20, 3)), 2).shape == (20, 40, 3)
    one = speckle((10, 20))
    assert larger(one, 1) is one


@pytest.mark.parametrize("colour", [(-24.0, 9.0, 6.0), (24.0, -9.0, -6.0), (0.0, -20.0, 16.0)])
def test_letters_as_bright_as_a_stain_show_by_their_colour_and_its_shades_do_not(
    colour: tuple[float, float, float],
) -> None:
    shade = speckle((100, 200)).astype(float)[..., None] / 120
    seen = 255 - 30 - shade * np.array([40.0, 120.0, 160.0])  # shades of one strong colour
    seen[LETTERS] += np.array(colour)
    pictures = [picture.astype(float) for picture in foreign_colours(seen.clip(0, 255).astype(np.uint8))]
    shown = max(pictures, key=lambda picture: float(np.abs(picture[LETTERS] - picture[~LETTERS].mean()).mean()))
    ground = float(np.median(shown[~LETTERS]))
    assert np.abs(shown[LETTERS] - ground).min() > 60
    assert np.percentile(np.abs(shown[~LETTERS] - ground), 99) < 30


def test_a_grey_picture_has_no_foreign_colours() -> None:
    grey_only = np.repeat(speckle((100, 200))[..., None], 3, axis=-1)
    assert all(np.ptp(picture) <= 1 for picture in foreign_colours(grey_only))


@pytest.mark.parametrize("step", [-40, 40])
def test_letters_beside_a_border_are_thin_and_the_border_is_not(step: int) -> None:
    seen = np.zeros((100, 200), dtype=np.uint8)
    seen[37:] = 200
    seen[LETTERS] += np.int8(step).astype(np.uint8)
    light, dark = thin(seen)
    shown, other = (light, dark) if step > 0 else (dark, light)
    assert shown[LETTERS].min() > 200
    assert not other[LETTERS].any()
    assert not shown[30:38, 140:].any()
