# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.model.staying import HARMLESS, NOTHING, Staying
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.pixels.text.words import as_box, distinct, is_harmless, is_inked, is_text, region_of, stays


def word(left: float, top: float, width: float, height: float, text: str = "DOE", score: float = 0.9) -> Word:
    corners = [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
    return Word(np.array(corners, dtype=np.float64), text, score)


@pytest.mark.parametrize(
    ("text", "score", "height", "is_one"),
    [
        ("DOE", 0.6, 10, True),
        ("47", 0.6, 10, True),
        ("DOE", 0.59, 10, False),
        ("R", 0.95, 10, True),
        ("R", 0.8, 10, False),
        ("--", 0.99, 10, False),
        ("DOE", 0.99, 3, False),
        ("DOE", 0.99, 200, True),
        ("DOE", 0.89, 200, False),
        ("tukasz dólty", 0.84, 85, True),
        ("tukasz dólty", 0.79, 85, False),
        ("00oO 0o0", 0.89, 85, False),
        ("0000", 0.99, 200, False),
        ("\u738b\u5c0f", 0.7, 12, True),
    ],
)
def test_letters_and_digits_that_were_read_with_some_certainty_are_text(
    text: str, score: float, height: float, is_one: bool
) -> None:
    assert is_text(word(0, 0, 60 + 2 * height, height, text, score)) is is_one


@pytest.mark.parametrize(
    "text",
    ["R", "L", "12 mm", "1.06 cm", "35mm", "C 40", "W: 400 L: 40", "MI 1.1", "TIS0.4", "28Hz", "11cm",
     "10", "2.5", "12 x 15 mm", "Gn 60", "65dB", "45 %"],
)  # fmt: skip
def test_measurements_markers_and_window_values_are_harmless(text: str) -> None:
    assert is_harmless(text)


@pytest.mark.parametrize(
    "text",
    ["DOE", "DOE^JOHN", "12.03.1987", "12 03 1987", "1987", "19870312", "4711", "12/03/87", "1:29:49 pm", "Dr. L",
     "R DOE", "G W", "L R", "ID 47", "17 Oct 16", "L 12 03 87", "C. Meier", "", "W 12 L 03 1987", "12-03-87"],
)  # fmt: skip
def test_names_dates_and_numbers_of_people_are_not(text: str) -> None:
    assert not is_harmless(text)


def test_a_box_holds_its_word_with_a_rim_and_stays_in_the_picture() -> None:
    box = as_box(word(10, 20, 60, 12), 3, (100, 200), "ocr")
    assert box.frame == 3
    assert box.row < 20
    assert box.row + box.height > 32
    assert box.column < 10
    assert box.column + box.width > 70
    assert box.height <= 12 + 8
    assert box.corners == ()
    corner = as_box(word(-5, -5, 300, 20), 0, (10, 200), "ocr")
    assert (corner.row, corner.column, corner.height, corner.width) == (0, 0, 10, 200)


def test_a_tilted_line_keeps_its_corners() -> None:
    corners = np.array([[10.0, 10.0], [60.0, 40.0], [54.0, 50.0], [4.0, 20.0]])
    box = as_box(Word(corners, "DOE", 0.9), 0, (100, 100), "ocr")
    assert len(box.corners) == 4
    assert as_box(word(10, 10, 60, 10), 0, (100, 100), "ocr").corners == ()


def test_a_word_within_another_is_returned_once_and_one_that_reaches_out_twice() -> None:
    line, part, other = word(10, 10, 100, 12), word(12, 11, 30, 10), word(90, 10, 60, 12)
    assert distinct([part, line]) == [line]
    assert distinct([line, other]) == [line, other]


def test_a_region_is_widened_within_the_frame_only() -> None:
    box = as_box(word(2, 2, 20, 10), 0, (50, 50), "ocr")
    rows, columns = region_of(box, (50, 50), margin=5)
    assert (rows.start, columns.start) == (0, 0)
    assert rows.stop == min(50, box.row + box.height + 5)


def test_what_was_read_does_not_show_in_a_repr() -> None:
    assert "DOE" not in repr(word(0, 0, 10, 10))


def test_of_two_looks_at_one_line_the_narrower_stays_when_it_reads_as_well() -> None:
    wide, narrow = word(10, 10, 120, 24, score=0.9), word(14, 14, 112, 16, score=0.95)
    assert distinct([wide, narrow]) == [narrow]
    assert distinct([wide, word(14, 14, 112, 16, score=0.8)]) == [wide]
    assert distinct([word(10, 10, 120, 24, "DOE JOHN"), word(14, 14, 112, 16, "DOE", 0.99)])[0].text == "DOE JOHN"
    assert distinct([word(10, 10, 120, 24, ""), word(14, 14, 112, 16, "DOE")])[0].text == "DOE"


def test_a_line_nobody_can_read_is_text_where_it_is_of_one_value_and_what_surrounds_it_is_not() -> None:
    plotted = np.zeros((100, 200), dtype=np.uint8)
    plotted[40:52, 20:140:4] = 255
    line = word(18, 38, 124, 16, text="", score=0.65)
    assert is_inked(line, plotted)
    assert not is_inked(word(18, 38, 20, 16, text=""), plotted)
    assert not is_inked(word(18, 38, 124, 16, text="", score=0.5), plotted)
    assert not is_inked(line, np.zeros_like(plotted))
    plotted[:, ::4] = 255
    assert not is_inked(line, plotted)


SITE = Staying(stay=("SUPINE", "Chest  PA"), go=("Ward 7",))
BOTH = Staying(harmless=True, stay=SITE.stay, go=("12 mm",))


@pytest.mark.parametrize(
    ("text", "staying"),
    [("supine", SITE), ("CHEST PA", SITE), ("Chest PA, supine", SITE), ("SUPINE 30 cm", BOTH), ("12 cm", HARMLESS)],
)
def test_a_line_of_nothing_but_words_that_stay_stays(text: str, staying: Staying) -> None:
    assert stays(text, staying)


@pytest.mark.parametrize(
    ("text", "staying"),
    [
        ("SUPINE DOE", SITE),
        ("SUPINELY", SITE),
        ("SUPINE 30 cm", SITE),
        ("SUPINE WARD 7", Staying(stay=("SUPINE", "WARD", "7"), go=SITE.go)),
        ("12 mm", BOTH),
        ("12 cm", NOTHING),
        ("", BOTH),
        ("-", SITE),
    ],
)
def test_a_line_with_another_word_goes_and_so_does_one_with_a_word_that_always_goes(
    text: str, staying: Staying
) -> None:
    assert not stays(text, staying)
