# SPDX-License-Identifier: Apache-2.0
"""Single frames, with an engine that reads what the test says."""

from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.model.staying import Staying
from SlicerDeidLib.pixels.pictures import sharpness
from SlicerDeidLib.pixels.text import frametext
from SlicerDeidLib.pixels.text.frametext import find_text
from SlicerDeidLib.pixels.text.looks import MARGIN, NEAR_SIDE_PX, Look
from SlicerDeidLib.pixels.text.ocr import Word
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

    look = Look(engine, [PICTURE], PICTURE, PICTURE)
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
    whole = tuple(2 * side for side in grain.shape)
    monkeypatch.setattr(frametext, "engine", lambda: lambda picture: answer if picture.shape == whole else ())
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
    look = Look(lambda _picture: (seen,), [picture], PICTURE, PICTURE, is_second=True)
    assert list(look.read(picture, 1))


def near_sighted(picture: np.ndarray, largest: int, text: str, score: float) -> tuple[Word, ...]:
    """Read what is brighter than its grey ground, in pictures that are no larger."""
    rows, columns = np.nonzero(picture > 200)
    if max(picture.shape) > largest or not len(rows) or np.median(picture) < 50:
        return ()
    return (Word(word(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1).corners, text, score),)


@pytest.mark.parametrize(
    ("text", "score", "scale", "is_found"),
    [("DOE JOHN", 0.9, 1, True), ("DOE JOHN", 0.65, 1, False), ("D0", 0.95, 1, False), ("DOE JOHN", 0.9, 4, False)],
)
def test_small_letters_that_only_show_in_small_parts_are_text_when_they_are_read_with_certainty(
    text: str, score: float, scale: int, is_found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = np.full((400, 600), 90, dtype=np.uint8)
    letters = text_mask("DOE JOHN", scale)
    place = np.s_[300 : 300 + letters.shape[0], 380 : 380 + letters.shape[1]]
    picture[place][letters] = 250
    monkeypatch.setattr(frametext, "engine", lambda: lambda shown: near_sighted(shown, NEAR_SIDE_PX, text, score))
    hidden = np.zeros(picture.shape, dtype=bool)
    for box in find_text(picture, 0):
        hidden[box.row : box.row + box.height, box.column : box.column + box.width] = True
    assert hidden[place][letters].all() if is_found else not hidden.any()


def test_strokes_that_another_frame_shows_as_well_are_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = np.full((400, 600), 90, dtype=np.uint8)
    picture = empty.copy()
    letters = text_mask("DOE JOHN")
    picture[300 : 300 + letters.shape[0], 380 : 380 + letters.shape[1]][letters] = 250
    shown: list[tuple[int, ...]] = []

    def engine(part: np.ndarray) -> tuple[Word, ...]:
        shown.append(part.shape)
        return near_sighted(part, NEAR_SIDE_PX, "DOE JOHN", 0.9)

    monkeypatch.setattr(frametext, "engine", lambda: engine)
    assert find_text(picture, 0, known=sharpness(empty))
    shown.clear()
    assert not find_text(picture, 0, known=sharpness(picture))
    assert len(shown) == 1  # the frame


def test_the_rest_of_a_small_line_is_read_from_nearer() -> None:
    picture = np.full(PICTURE.shape, 90, dtype=np.uint8)
    letters = text_mask("DOE JOHN")
    picture[60 : 60 + letters.shape[0], 60 : 60 + letters.shape[1]][letters] = 250
    look = Look(lambda shown: near_sighted(shown, 700, "DOE JOHN", 0.9), [picture], PICTURE, PICTURE)
    crowds = np.zeros(PICTURE.shape, dtype=bool)
    assert not list(look.beside(word(84, 58, 108, 69, "JOHN"), crowds))  # nothing stands beside it
    crowds[60:67, 60:80] = True
    (found,) = look.beside(word(84, 58, 108, 69, "JOHN"), crowds)
    assert np.abs(found.corners[[0, 2]] - [[60, 60], [107, 67]]).max() <= 1
    assert not list(look.beside(word(84, 40, 184, 69, "JOHN"), crowds))  # large letters were read well
    assert not list(look.beside(word(84, 58, 108, 69), crowds))


@pytest.mark.parametrize(("stay", "is_filled"), [((), True), (("supine",), False), (("prone",), True)])
def test_a_line_that_a_site_lets_stay_is_not_filled(
    stay: tuple[str, ...], is_filled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = np.full(PICTURE.shape, 90, dtype=np.uint8)
    letters = text_mask("SUPINE", 2)
    picture[60 : 60 + letters.shape[0], 60 : 60 + letters.shape[1]][letters] = 250
    monkeypatch.setattr(frametext, "engine", lambda: lambda shown: near_sighted(shown, 700, "SUPINE", 0.95))
    assert bool(find_text(picture, 0, staying=Staying(stay=stay))) is is_filled


@pytest.mark.parametrize(("score", "is_filled"), [(0.67, False), (0.95, True)])
def test_shades_as_high_as_half_a_small_frame_are_text_only_when_they_are_read_with_certainty(
    score: float, is_filled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, columns = np.indices((128, 128))
    shades = (90 + 80 * np.sin(rows / 9) * np.sin(columns / 11)).astype(np.uint8)
    answer = (Word(word(20, 40, 220, 150).corners, "OOCD", score),)
    monkeypatch.setattr(frametext, "engine", lambda: lambda shown: answer if shown.shape == (256, 256) else ())
    assert bool(find_text(shades, 0)) is is_filled


def test_large_letters_in_a_small_frame_are_text_however_badly_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.full((128, 128), 90, dtype=np.uint8)
    letters = text_mask("DOE", 6)
    place = np.s_[40 : 40 + letters.shape[0], 10 : 10 + letters.shape[1]]
    picture[place][letters] = 250
    corners = word(20 - 8, 80 - 8, 20 + 2 * letters.shape[1] + 8, 80 + 2 * letters.shape[0] + 8).corners
    answer = (Word(corners, "DOE", 0.67),)
    monkeypatch.setattr(frametext, "engine", lambda: lambda shown: answer if shown.shape == (256, 256) else ())
    hidden = np.zeros(picture.shape, dtype=bool)
    for box in find_text(picture, 0):
        hidden[box.row : box.row + box.height, box.column : box.column + box.width] = True
    assert hidden[place][letters].all()


@pytest.mark.parametrize("share", [1.0, 0.5], ids=["whole", "the first half only"])
def test_a_line_that_nobody_reads_and_every_look_sees_is_filled(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    rng = np.random.default_rng(1)
    picture = rng.integers(40, 60, PICTURE.shape, dtype=np.uint8)
    letters = text_mask("DOE JOHN", 2) if share == 1 else text_mask("seesansesene")
    shades = rng.integers(180, 250, letters.shape, dtype=np.uint8)  # not of one value, which would be filled unseen
    picture[60 : 60 + letters.shape[0], 60 : 60 + letters.shape[1]][letters] = shades[letters]

    def engine(shown: np.ndarray) -> tuple[Word, ...]:
        rows, columns = (np.flatnonzero((shown > 150).any(axis=axis)) for axis in (1, 0))
        if len(rows) < 4 or shown.shape[0] > 400:  # sees nothing in the whole frame
            return ()
        left, right, top, bottom = (float(end) for end in (columns[0], columns[-1], rows[0], rows[-1]))
        right = left + share * (right - left)
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        return (Word(corners, "", 0.5, 0.9),)

    monkeypatch.setattr(frametext, "engine", lambda: engine)
    hidden = np.zeros(PICTURE.shape, dtype=bool)
    for box in find_text(picture, 0):
        hidden[box.row : box.row + box.height, box.column : box.column + box.width] = True
    seen = letters[:, : round(share * letters.shape[1])]
    assert hidden[60 : 60 + seen.shape[0], 60 : 60 + seen.shape[1]][seen].mean() > 0.95
    assert hidden.sum() < 3 * letters.size
