# SPDX-License-Identifier: Apache-2.0
"""What is looked at once: the same picture gives the same lines as a fresh look, and any other is looked at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from SlicerDeidLib.pixels.text import lookedat, ocr
from SlicerDeidLib.pixels.text.lookedat import looked_at_once
from SlicerDeidLib.pixels.text.tiles import Line


class Counting:
    """A detector that says one line by the mean of a picture, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, picture: np.ndarray) -> list[Line]:
        self.asked += 1
        return [(np.full((4, 2), picture.mean()), 0.5)] if picture.any() else []


def picture(value: int = 7, shape: tuple[int, int, int] = (8, 6, 3)) -> np.ndarray:
    return np.full(shape, value, np.uint8)


def test_the_same_picture_is_looked_at_once_and_any_other_by_itself() -> None:
    detector = Counting()
    look = looked_at_once(detector)
    changed = picture()
    changed[-1, -1, -1] += 1  # one sample by one
    for one in (picture(), picture(), changed, picture(7, (6, 8, 3)), picture()[::-1], changed):
        ((corners, score),) = look(one)
        assert (corners == one.mean()).all()
        assert score == 0.5
    assert detector.asked == 3
    assert look(picture(0)) == look(picture(0)) == []
    assert detector.asked == 4, "a picture without text is remembered as well"


def test_what_a_caller_does_with_lines_changes_nothing_that_is_remembered() -> None:
    look = looked_at_once(Counting())
    found = look(picture())
    found[0][0][:] = -1.0
    found.clear()
    ((corners, _score),) = look(picture())
    assert (corners == 7.0).all()


def test_no_more_are_remembered_than_there_is_room_for_also_from_several_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lookedat, "MOST", 3)
    detector = Counting()
    look = looked_at_once(detector)
    values = list(range(1, 9)) * 20
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda value: look(picture(value))[0][0][0, 0], values))
    assert found == values
    before = detector.asked
    for value in (11, 12, 13, 11, 12, 13):  # none that the threads left, in an order that is theirs
        look(picture(value))
    assert detector.asked == before + 3
    look(picture(100))  # which takes the place of the first
    asked = detector.asked
    look(picture(11))
    assert detector.asked == asked + 1


def written(texts: list[tuple[int, int, str]], ground: np.ndarray) -> np.ndarray:
    drawn = Image.fromarray(ground)
    for column, row, text in texts:
        ImageDraw.Draw(drawn).text((column, row), text, fill=220, font=ImageFont.load_default(size=20))
    return np.asarray(drawn)


@pytest.mark.parametrize("size", [(240, 320), (1300, 1100)])
def test_a_second_reading_by_the_engine_says_to_the_last_digit_what_a_fresh_one_says(size: tuple[int, int]) -> None:
    random = np.random.default_rng(5)
    ground = random.normal(60, 12, size).clip(0, 255).astype(np.uint8)
    first = written([(30, 40, "DOE JOHN 4711"), (40, size[0] - 60, "12.03.1961")], ground)
    second = first.copy()
    second[size[0] // 2 - 20 : size[0] // 2 + 20] = 60  # as another depth changes a part of a picture
    read = ocr.engine("rapidocr")
    again = [read(one) for one in (first, second, first, second)]
    for one, words in zip((first, second), again[2:], strict=True):
        ocr._rapidocr.cache_clear()
        fresh = ocr.engine("rapidocr")(one)
        assert fresh
        assert [(w.text, w.score, w.seen) for w in fresh] == [(w.text, w.score, w.seen) for w in words]
        assert all(np.array_equal(a.corners, b.corners) for a, b in zip(fresh, words, strict=True))
