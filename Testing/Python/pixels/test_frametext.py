# SPDX-License-Identifier: Apache-2.0
"""Single frames, with an engine that reads what the test says."""

from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.pixels import frametext
from SlicerDeidLib.pixels.frametext import MARGIN, Look, find_text
from SlicerDeidLib.pixels.ocr import Word
from SlicerDeidLib.sample.lettering import text_mask

PICTURE = np.zeros((200, 300), dtype=np.uint8)


def word(left: float, top: float, right: float, bottom: float, text: str = "") -> Word:
    return Word(np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float), text, 0.95)


def looked(seen: Word, *read: Word) -> list[tuple[str, float]]:
    """Return text and top of what a closer look at ``seen`` says, where an engine reads these words in the frame."""
    margin, times = MARGIN * 20, 2
    offset = seen.corners.min(axis=0) - margin

    def engine(_picture: np.ndarray) -> tuple[Word, ...]:
        return tuple(Word((r.corners - offset) * times, r.text, r.score) for r in read)

    look = Look(engine, [PICTURE], PICTURE)
    return [(found.text, float(found.corners[0, 1])) for found in look.nearer(seen)]


def test_a_line_that_a_closer_look_reads_is_text() -> None:
    assert looked(word(60, 60, 160, 80), word(62, 61, 158, 79, "DOE JOHN")) == [("DOE JOHN", 60), ("DOE JOHN", 61)]


def test_the_next_line_in_the_margin_of_a_closer_look_makes_no_text_of_what_is_none() -> None:
    assert looked(word(60, 60, 160, 80), word(62, 86, 158, 104, "DOE JOHN")) == [("DOE JOHN", 86)]


def test_what_no_closer_look_reads_is_no_text() -> None:
    assert looked(word(60, 60, 160, 80), word(62, 61, 158, 79, "I1")) == []


def test_of_a_picture_in_which_letters_come_about_by_chance_only_longer_words_are_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grain = np.random.default_rng(1).integers(0, 200, PICTURE.shape, dtype=np.uint8)
    answer = tuple(
        Word(r.corners * 2, r.text, r.score) for r in (word(60, 20, 72, 40, "X"), word(60, 60, 160, 80, "DOE JOHN"))
    )
    monkeypatch.setattr(frametext, "engine", lambda: lambda _picture: answer)
    assert {box.row > 45 for box in find_text(grain, 0)} == {False, True}
    assert {box.row > 45 for box in find_text(grain, 0, least_characters=3)} == {True}


def test_of_several_readings_of_a_line_the_narrow_one_that_says_something_is_filled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = np.full(PICTURE.shape, 90, dtype=np.uint8)
    letters = text_mask("DOE JOHN", 2)
    picture[60 : 60 + letters.shape[0], 60 : 60 + letters.shape[1]][letters] = 250
    readings = (
        word(40, 20, 190, 120, "DOE JOHN"),
        word(56, 56, 160, 78, "DOE JOHN"),
        word(56, 60, 110, 76, "DOE"),
        word(20, 58, 260, 78),
    )
    answer = tuple(Word(r.corners * 2, r.text, r.score) for r in readings)
    monkeypatch.setattr(frametext, "engine", lambda: lambda _picture: answer)
    boxes = find_text(picture, 0)
    assert boxes[0].height <= 26
    assert (
        sum(60 <= box.row + box.height / 2 <= 76 for box in boxes) <= 2
    )  # the line, and what seems to go on beside it
    hidden = np.zeros(PICTURE.shape, dtype=bool)
    for box in boxes:
        hidden[box.row : box.row + box.height, box.column : box.column + box.width] = True
    assert hidden[60 : 60 + letters.shape[0], 60 : 60 + letters.shape[1]][letters].all()


@pytest.mark.parametrize("score", [0.62, 0.85])
def test_at_a_second_look_what_has_strokes_is_text_however_badly_it_is_read(score: float) -> None:
    picture = np.full(PICTURE.shape, 90, dtype=np.uint8)
    letters = text_mask("DOE JOHN", 2)
    picture[60 : 60 + letters.shape[0], 60 : 60 + letters.shape[1]][letters] = 250
    seen = Word(word(56, 56, 160, 78).corners, "DOE JOHN", score)
    look = Look(lambda _picture: (seen,), [picture], PICTURE, is_second=True)
    assert list(look.read(picture, 1))
