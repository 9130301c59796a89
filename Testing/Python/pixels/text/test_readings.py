# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.pixels.text.readings import adds, boxes_of, slenderness


def box(row: int, column: int, height: int, width: int, corners: tuple[tuple[float, float], ...] = ()) -> TextBox:
    return TextBox(0, row, column, height, width, "ocr", corners=corners)


LINE = box(20, 10, 16, 100)
TILTED = box(18, 8, 22, 104, ((8, 18), (112, 24), (111, 40), (8, 34)))


@pytest.mark.parametrize(
    "again",
    [box(12, 8, 32, 104), box(19, 30, 18, 40), box(4, 10, 50, 96), TILTED],
    ids=["wide", "part", "high", "tilted"],
)
def test_another_reading_of_a_hidden_line_adds_nothing(again: TextBox) -> None:
    assert not adds(again, [LINE])


@pytest.mark.parametrize(
    "other",
    [box(20, 60, 16, 100), box(38, 10, 16, 100), box(18, 10, 36, 100), box(10, 50, 80, 16)],
    ids=["goes on", "next line", "two lines", "across"],
)
def test_what_reaches_out_of_a_hidden_line_adds_to_it(other: TextBox) -> None:
    assert adds(other, [LINE])


def test_two_halves_hide_a_line() -> None:
    halves = [box(20, 10, 16, 48), box(21, 60, 15, 50)]
    assert not adds(LINE, halves)
    assert all(adds(LINE, [half]) for half in halves)


def test_upright_lines_are_measured_along_themselves() -> None:
    upright = box(10, 20, 100, 16)
    assert not adds(box(8, 10, 104, 40), [upright])
    assert adds(box(60, 20, 100, 16), [upright])


def test_of_boxes_of_one_line_the_narrow_one_is_the_most_slender() -> None:
    assert slenderness(LINE) == slenderness(box(10, 20, 100, 16)) == 6.25
    assert slenderness(LINE) > slenderness(box(12, 8, 32, 104)) > slenderness(box(20, 10, 16, 20)) > 1.0
    assert 5.0 < slenderness(TILTED) < slenderness(LINE) + 1.0


def word(left: int, top: int, right: int, bottom: int, text: str) -> Word:
    return Word(np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float), text, 0.9)


def count_of_boxes(*words: Word) -> int:
    """Of a frame without anything to fit them to."""
    return len(boxes_of(words, np.zeros((200, 300)), np.zeros((200, 300), dtype=np.float32), 10.0, (0, "ocr")))


@pytest.mark.parametrize(
    "again",
    [word(10, 0, 210, 110, "D0E JOHN"), word(10, 76, 80, 102, "DOE")],
    ids=["far wider", "half of it, lower"],
)
def test_the_same_letters_at_one_place_are_one_line(again: Word) -> None:
    assert count_of_boxes(word(10, 60, 210, 86, "DOE JOHN"), again) == 1


@pytest.mark.parametrize(
    "other",
    [word(10, 76, 80, 102, "MARY"), word(10, 90, 80, 116, "DOE"), word(100, 60, 280, 86, "DOE JOHN MARY")],
    ids=["other letters", "another place", "more letters"],
)
def test_other_letters_or_another_place_are_another_line(other: Word) -> None:
    assert count_of_boxes(word(10, 60, 210, 86, "DOE JOHN"), other) == 2
