# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from SlicerDeidLib.pixels.text import ocr
from SlicerDeidLib.pixels.text.tiles import OVERLAP_PX, SIDE_PX, SMALL_SIDE_PX, joined, tiles


def rectangle(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)


def test_a_small_picture_is_one_tile() -> None:
    assert tiles((SIDE_PX, 300, 3)) == [(slice(0, SIDE_PX), slice(0, 300))]


def test_tiles_hold_a_large_picture_and_overlap_by_a_line() -> None:
    seen = np.zeros((1955, 1841), dtype=np.int8)
    for rows, columns in tiles(seen.shape):
        assert rows.stop - rows.start <= SIDE_PX
        assert columns.stop - columns.start <= SIDE_PX
        seen[rows, columns] += 1
    assert seen.min() == 1
    rows = sorted({(part.start, part.stop) for part, _ in tiles(seen.shape)})
    assert all(end - start >= OVERLAP_PX for (_, end), (start, _) in pairwise(rows))


def test_a_line_that_two_tiles_cut_is_one_line_again() -> None:
    ((corners, score),) = joined([(rectangle(700, 40, 1024, 60), 0.7), (rectangle(900, 41, 1300, 61), 0.9)])
    assert corners.min(axis=0).tolist() == [700, 40]
    assert corners.max(axis=0).tolist() == [1300, 61]
    assert score == 0.9


def test_lines_above_each_other_and_letters_beside_a_large_one_stay_apart() -> None:
    lines = [(rectangle(0, 0, 200, 20), 0.9), (rectangle(0, 17, 200, 37), 0.9), (rectangle(150, 0, 400, 60), 0.9)]
    assert len(joined(lines)) == 3


def test_small_letters_in_a_large_picture_are_read() -> None:
    rng = np.random.default_rng(5)
    picture = Image.fromarray(rng.normal(60, 8, (2000, 1900)).clip(0, 255).astype(np.uint8))
    ImageDraw.Draw(picture).text((870, 1400), "DOE JOHN 4711", fill=200, font=ImageFont.load_default(size=18))
    (word,) = ocr.engine("rapidocr")(np.asarray(picture))
    assert word.text.replace(" ", "") == "DOEJOHN4711"


def test_a_picture_larger_than_any_that_is_enlarged_is_looked_at_in_smaller_tiles() -> None:
    sides = [max(part.stop - part.start for part in place) for place in tiles((1955, 1841))]
    assert max(sides) <= SMALL_SIDE_PX < SIDE_PX
    assert max(part.stop - part.start for place in tiles((1500, 1200), 300) for part in place) <= 300
