# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.pixels.text.windows import SIDE_PX, TIMES, read_in_windows, windows_of_slices

SHAPE = (240, 320)
LINE = (100, 80, 180, 92)  # left, top, right, bottom
INK = 200
Read = Callable[[np.ndarray], tuple[Word, ...]]


def view() -> np.ndarray:
    """A frame with a bar where a line is."""
    picture = np.full(SHAPE, 40, dtype=np.uint8)
    left, top, right, bottom = LINE
    picture[top:bottom, left:right] = INK
    return picture


def crowds(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    found = np.zeros(SHAPE, dtype=np.bool_)
    for left, top, right, bottom in boxes:
        found[top:bottom, left:right] = True
    return found


ALWAYS = (2, 3, 4)  # as large as places are looked at


def reader(
    text: str,
    score: float = 0.9,
    *,
    seen: float | None = None,
    most: float = np.inf,
    at: tuple[int, ...] = (TIMES,),
    sides: list[int] | None = None,
) -> Read:
    """An engine that reads what is bright in a picture, or the first ``most`` columns of it in the frame's pixels.

    It is as sure that there is a line as ``seen`` says, and sees none in a picture that is not ``at`` such a size.
    """

    def read(picture: np.ndarray) -> tuple[Word, ...]:
        if sides is not None:
            sides.append(max(picture.shape))
        bright = picture if picture.ndim == 2 else picture.max(axis=-1)
        rows, columns = np.nonzero(bright > 150)
        if not len(rows) or np.ptp(columns) < np.ptp(rows):
            return ()
        left, top, bottom = columns.min(), rows.min(), rows.max() + 1
        if round((bottom - top) / (LINE[3] - LINE[1])) not in at:
            return ()
        right = min(columns.max() + 1, left + most * TIMES)
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
        return (Word(corners, text, score, score if seen is None else seen),)

    return read


def box_of(word: Word) -> list[float]:
    return np.round([*word.corners.min(axis=0), *word.corners.max(axis=0)]).tolist()


def test_a_line_that_two_windows_cut_is_returned_once_and_whole() -> None:
    (word,) = read_in_windows(reader("THULMARGA"), view(), crowds(LINE))
    assert np.allclose(box_of(word), LINE, atol=2)


def test_only_places_where_strokes_crowd_are_looked_at_and_each_in_a_small_window() -> None:
    sides: list[int] = []
    assert not read_in_windows(reader("", sides=sides), view(), crowds())
    assert not sides
    read_in_windows(reader("THULMARGA", sides=sides), view(), crowds(LINE))
    assert sides
    assert set(sides) == {SIDE_PX * TIMES}


UNREAD = [("THUL", 0.99), ("THULMARGA", 0.7), ("", 0.9)]


@pytest.mark.parametrize(("text", "score"), UNREAD)
def test_what_is_short_or_read_without_certainty_and_seen_at_one_size_only_is_no_line(text: str, score: float) -> None:
    assert not read_in_windows(reader(text, score), view(), crowds(LINE))


@pytest.mark.parametrize(("text", "score"), UNREAD)
def test_what_nobody_reads_is_a_line_where_it_is_seen_from_near_and_far(text: str, score: float) -> None:
    (word,) = read_in_windows(reader(text, score, at=ALWAYS), view(), crowds(LINE))
    assert np.allclose(box_of(word), LINE, atol=2)
    assert word.text == ""


def test_an_upright_line_that_nobody_reads_is_seen_from_near_and_far_as_a_level_one_is() -> None:
    (word,) = read_in_windows(
        reader("", at=ALWAYS), np.ascontiguousarray(view().T), np.ascontiguousarray(crowds(LINE).T)
    )
    assert np.allclose(box_of(word), (LINE[1], LINE[0], LINE[3], LINE[2]), atol=2)


@pytest.mark.parametrize(("seen", "is_line"), [(0.5, False), (0.7, True)])
def test_what_nobody_reads_is_a_line_only_if_it_is_seen_with_certainty(seen: float, is_line: bool) -> None:
    assert bool(read_in_windows(reader("", seen=seen, at=ALWAYS), view(), crowds(LINE))) == is_line


@pytest.mark.parametrize(("seen", "is_line"), [(0.4, False), (0.58, True)])
def test_a_thorough_look_takes_what_is_seen_with_less_certainty_where_it_is_seen_from_near_and_far(
    seen: float, is_line: bool
) -> None:
    read = reader("", seen=seen, at=ALWAYS)
    assert bool(read_in_windows(read, view(), crowds(LINE), is_thorough=True)) == is_line
    assert not read_in_windows(reader("", seen=seen), view(), crowds(LINE), is_thorough=True)


@pytest.mark.parametrize("is_thorough", [False, True])
def test_a_level_line_that_shows_only_where_contrast_is_even_is_seen_by_a_thorough_look(is_thorough: bool) -> None:
    picture = np.full(SHAPE, 40, dtype=np.uint8)
    left, top, right, bottom = LINE
    picture[top:bottom:2, left:right] = 60  # an engine that reads what is bright sees nothing of it
    found = read_in_windows(reader("", at=ALWAYS), picture, crowds(LINE), is_thorough=is_thorough)
    assert bool(found) == is_thorough


@pytest.mark.parametrize(("share", "is_line"), [(3, False), (1, True)])
def test_what_nobody_reads_and_does_not_jump_is_a_line_only_where_strokes_crowd(share: int, is_line: bool) -> None:
    left, top, right, bottom = LINE
    shades = ndimage.gaussian_filter(view(), 2.0)
    crowd = crowds((left, top, left + (right - left) // share, bottom))
    assert bool(read_in_windows(reader("", at=ALWAYS), shades, crowd)) == is_line


def test_what_nobody_reads_and_is_as_high_as_long_is_no_line() -> None:
    picture = np.where(np.arange(SHAPE[1]) < LINE[0] + 18, view(), 40).astype(np.uint8)
    assert not read_in_windows(reader("", at=ALWAYS), picture, crowds(LINE))


def test_pieces_that_go_on_along_a_line_belong_to_it() -> None:
    def read(picture: np.ndarray) -> tuple[Word, ...]:
        """Reads the left half of a line, and sees the right half."""
        (whole, *_) = reader("")(picture) or (None,)
        if whole is None:
            return ()
        left, right = whole.corners.copy(), whole.corners.copy()
        middle = float(whole.corners[:, 0].mean())
        left[[1, 2], 0] = right[[0, 3], 0] = middle
        return Word(left, "MARGA", 0.9, 0.9), Word(right, "", 0.5, 0.5)

    longest = max(read_in_windows(read, view(), crowds(LINE)), key=lambda word: float(np.ptp(word.corners[:, 0])))
    assert np.allclose(box_of(longest), LINE, atol=2)


@pytest.mark.parametrize(("colour", "is_line"), [((INK, 110, 20), True), ((INK, INK, INK), False)])
def test_a_line_that_only_its_colour_shows_need_not_be_read(colour: tuple[int, int, int], is_line: bool) -> None:
    picture = np.full((*SHAPE, 3), INK, dtype=np.uint8)
    left, top, right, bottom = LINE
    picture[top:bottom, left:right] = colour
    assert bool(read_in_windows(reader("", at=ALWAYS), picture, crowds(LINE))) == is_line


@pytest.mark.parametrize("is_thorough", [False, True])
def test_a_line_in_a_colour_that_no_shade_of_a_stain_has_is_seen_by_a_thorough_look(is_thorough: bool) -> None:
    shade = np.random.default_rng(1).random((*SHAPE, 1)) * np.array([60.0, 30.0, 70.0])
    picture = 110.0 - shade  # darker than what the engine reads, in every picture but one
    left, top, right, bottom = LINE
    picture[top:bottom, left:right] += np.array([12.0, -24.0, 12.0])
    read = reader("", at=ALWAYS)
    found = read_in_windows(read, picture.clip(0, 255).astype(np.uint8), crowds(LINE), is_thorough=is_thorough)
    assert bool(found) == is_thorough


@pytest.mark.parametrize(
    ("score", "colour", "looks"), [(0.3, (255, 160, 0), 3), (0.55, (255, 160, 0), 5), (0.55, (200, 200, 200), 3)]
)
def test_a_window_is_looked_at_in_all_ways_only_where_it_shows_colours_and_what_could_be_a_line(
    score: float, colour: tuple[int, int, int], looks: int
) -> None:
    sides: list[int] = []
    one = (LINE[0], LINE[1], LINE[0] + 40, LINE[3])

    def read(picture: np.ndarray) -> tuple[Word, ...]:
        return reader("", score, sides=sides)(np.swapaxes(picture, 0, 1)) or reader("", score)(picture)

    picture = np.where(view()[..., None] == INK, np.array(colour, dtype=np.uint8), np.uint8(40))
    assert not read_in_windows(read, picture[40:136, 60:156], crowds(one)[40:136, 60:156])
    assert len(sides) == looks


@pytest.mark.parametrize(
    ("height", "in_colour", "looks"),
    [(0, False, 5), (10, False, 7), (40, False, 5), (0, True, 8), (10, True, 13), (40, True, 8)],
)
def test_a_thorough_look_turns_a_window_in_all_contrasts_only_where_one_shows_what_is_as_low_as_a_line(
    height: int, in_colour: bool, looks: int
) -> None:
    sides: list[int] = []

    def read(picture: np.ndarray) -> tuple[Word, ...]:
        sides.append(max(picture.shape))
        side, bottom = picture.shape[0], TIMES * height
        corners = np.array([[0, 0], [side, 0], [side, bottom], [0, bottom]], dtype=np.float64)
        return (Word(corners, "", 0.3, 0.3),) if height else ()

    picture = np.random.default_rng(3).integers(0, 255, (SIDE_PX, SIDE_PX, 3)[: 2 + in_colour], dtype=np.uint8)
    assert not read_in_windows(read, picture, np.ones((SIDE_PX, SIDE_PX), dtype=np.bool_), is_thorough=True)
    assert len(sides) == looks


def test_the_windows_that_most_of_all_show_strokes_of_one_slice_are_told() -> None:
    far = (10, 150, 90, 230)
    of_slice = np.random.default_rng(1).integers(0, 20, SHAPE).astype(np.int16)
    of_slice[LINE[1] : LINE[3], LINE[0] : LINE[2]] = 7
    found = windows_of_slices(crowds(LINE, far), of_slice, 2)
    assert list(found) == [7]
    assert all(crowds(LINE)[place].any() for place in found[7])
