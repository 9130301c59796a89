# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from SlicerDeidLib.pixels.text.agreement import MOST, UPRIGHT_PX, agreed, upright
from SlicerDeidLib.pixels.text.ocr import Word

PICTURE = np.zeros((200, 300), dtype=np.uint8)
LINE = (60, 50, 160, 70)  # left, top, right, bottom: a crowd and the line in it
SHOWN = LINE[0] - 14, LINE[1] - 14  # left and top of what an engine is shown


def crowds(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    found = np.zeros(PICTURE.shape, dtype=np.bool_)
    for left, top, right, bottom in boxes:
        found[top:bottom, left:right] = True
    return found


def engine(
    sees: Callable[[int], bool], certainty: float = 0.8, box: tuple[int, int, int, int] = LINE, text: str = ""
) -> tuple[Callable[[np.ndarray], tuple[Word, ...]], list[int]]:
    """An engine that sees one line in those of its looks that it is told; and the looks that it had."""
    looks: list[int] = []

    def read(picture: np.ndarray) -> tuple[Word, ...]:
        looks.append(picture.shape[0])
        if not sees(len(looks) - 1):
            return ()
        times = picture.shape[0] // (LINE[3] - LINE[1] + 28)
        left, right = ((x - SHOWN[0]) * times for x in box[::2])
        top, bottom = ((y - SHOWN[1]) * times for y in box[1::2])
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
        return (Word(corners, text, 0.7, certainty),)

    return read, looks


def seen(sees: Callable[[int], bool], **told: object) -> list[Word]:
    read, _ = engine(sees, **told)  # type: ignore[arg-type]
    return agreed(read, (PICTURE, PICTURE), crowds(LINE))


def test_a_line_seen_in_every_look_is_returned_where_it_stands() -> None:
    (word,) = seen(lambda _: True)
    assert (*word.corners.min(axis=0), *word.corners.max(axis=0)) == LINE


@pytest.mark.parametrize("missed", [0, 3])
def test_a_line_that_one_look_misses_is_returned(missed: int) -> None:
    assert len(seen(lambda look: look != missed)) == 1


def test_a_line_in_a_crowd_that_goes_on_into_anatomy_is_returned_alone() -> None:
    (word,) = seen(lambda _: True, box=(60, 50, 110, 70))
    assert (*word.corners.min(axis=0), *word.corners.max(axis=0)) == (60, 50, 110, 70)


def test_a_line_that_two_looks_miss_is_none() -> None:
    assert seen(lambda look: look not in (3, 4)) == []


def test_a_line_that_is_seen_without_certainty_is_none() -> None:
    assert seen(lambda _: True, certainty=0.5) == []


def test_what_is_guessed_at_an_unreadable_line_is_not_kept() -> None:
    (word,) = seen(lambda _: True, text="guess")
    assert word.text == ""


@pytest.mark.parametrize(
    "box",
    [(60, 50, 90, 70), (60, 45, 220, 105), (130, 50, 230, 70)],
    ids=["no longer than high", "much larger than the crowd", "beside the crowd"],
)
def test_what_is_not_in_the_crowd_as_a_line_is_none(box: tuple[int, int, int, int]) -> None:
    assert seen(lambda _: True, box=box) == []


def test_a_place_without_a_line_costs_two_looks() -> None:
    read, looks = engine(lambda _: False)
    agreed(read, (PICTURE, PICTURE), crowds(LINE))
    assert len(looks) == 2


def test_of_many_crowds_the_largest_are_looked_at_and_no_huge_one() -> None:
    many = [(4 + 30 * (n % 9), 4 + 30 * (n // 9), 24 + 30 * (n % 9), 12 + 30 * (n // 9)) for n in range(36)]
    read, looks = engine(lambda _: False)
    agreed(read, (PICTURE, PICTURE), crowds(*many))
    assert len(looks) == 2 * MOST
    huge, huge_looks = engine(lambda _: False)
    agreed(huge, (PICTURE, PICTURE), crowds((0, 0, 300, 200)))
    assert huge_looks == []


@pytest.mark.parametrize("turns", [1, -1])
def test_an_upright_line_that_is_read_when_the_picture_is_turned_is_returned_where_it_stands(turns: int) -> None:
    place = np.s_[70:170, 60:74]
    picture = PICTURE.copy()
    picture[place] = 200
    picture[70:90, 60:74] = 250  # where it begins, or ends

    def read(shown: np.ndarray) -> tuple[Word, ...]:
        rows, columns = np.nonzero(shown)
        left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
        begins_left = shown[(top + bottom) // 2, left + 3] == 250
        if right - left < bottom - top or begins_left != (turns > 0):
            return ()
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
        return (Word(corners, "DOE JOHN", 0.95, 0.9),)

    (word,) = upright(read, picture, crowds((60, 70, 74, 170)))
    assert word.text == "DOE JOHN"
    assert np.abs(np.array([*word.corners.min(axis=0), *word.corners.max(axis=0)]) - (60, 70, 74, 170)).max() <= 1
    assert UPRIGHT_PX[0] < 70


def test_level_crowds_are_not_turned() -> None:
    def read(shown: np.ndarray) -> tuple[Word, ...]:
        raise AssertionError("turned")

    assert upright(read, PICTURE, crowds(LINE)) == []
