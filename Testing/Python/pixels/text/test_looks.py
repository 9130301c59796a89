# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.pixels.text.looks import Look
from SlicerDeidLib.pixels.text.ocr import Word

PICTURE = np.zeros((60, 200), dtype=np.uint8)


def lines(text: str, width: float) -> list[str]:
    """What is text of one word, 20 pixels high, that an engine reads for certain in what a program drew."""
    corners = np.array([[10, 20], [10 + width, 20], [10 + width, 40], [10, 40]], dtype=float)
    look = Look(lambda _: (Word(corners, text, 0.99, 0.7),), [PICTURE], PICTURE, PICTURE)
    return [word.text for word in look.lines(PICTURE, 1)]


@pytest.mark.parametrize("text", ["O", "à", "白"])
def test_a_hole_in_a_map_that_is_read_as_one_letter_is_no_line(text: str) -> None:
    assert lines(text, 18) == []


def test_two_letters_that_a_program_drew_are_a_line() -> None:
    assert lines("O4", 30) == ["O4"]


@pytest.mark.parametrize("text", ["一", ""])
def test_a_line_of_which_one_letter_or_none_is_read_is_a_line(text: str) -> None:
    assert lines(text, 90) == [text]
