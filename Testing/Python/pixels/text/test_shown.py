# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.text.shown import parts_around, showing

STROKES = np.zeros((20, 60), dtype=np.float32)
STROKES[4:16, 5:55:5] = 400.0
NOTHING = np.zeros_like(STROKES)


def frames_of(*with_line: int) -> list[int]:
    return showing(STROKES, range(10), lambda k: STROKES if k in with_line else NOTHING, 20.0)


def test_a_line_is_found_on_the_frames_that_show_its_strokes() -> None:
    assert frames_of(3) == [3]
    assert frames_of(3, 7) == [3, 7]


def test_one_that_many_frames_show_stands_on_all() -> None:
    assert frames_of(1, 2, 3, 4) == list(range(10))


def test_a_frame_that_jumps_everywhere_shows_no_line_and_one_with_the_line_among_jumps_does() -> None:
    grain = 300.0 * np.random.default_rng(1).random(STROKES.shape, dtype=np.float32)
    anatomy = np.float32(250.0) + grain
    assert showing(STROKES, range(10), lambda k: STROKES if k == 3 else anatomy, 20.0) == [3]
    assert showing(STROKES, range(10), lambda k: (STROKES, STROKES + grain)[k] if k < 2 else NOTHING, 20.0) == [0, 1]


def test_what_has_no_strokes_is_on_no_frame() -> None:
    assert showing(NOTHING, range(10), lambda k: STROKES, 20.0) == []


def test_a_line_that_no_frame_shows_strongly_is_on_the_one_that_shows_most() -> None:
    assert showing(STROKES, range(3), lambda k: STROKES * (0.45 if k == 2 else 0.1), 20.0) == [0]
    weak = [NOTHING, NOTHING, STROKES * np.float32(0.4)]
    weak[2][:8] = 400.0
    assert showing(STROKES, range(3), lambda k: weak[k], 20.0) == [2]


def box(frame: int, row: int, column: int) -> TextBox:
    return TextBox(frame, row, column, 12, 80, "ocr")


def test_parts_that_meet_are_looked_at_as_one_and_those_far_apart_by_themselves() -> None:
    parts = parts_around([box(0, 100, 100), box(2, 130, 120), box(1, 400, 400)], (512, 512))
    assert sorted(part.frames for part in parts) == [(0, 2), (1,)]
    both = next(part for part in parts if len(part.frames) == 2)
    assert both.rows.start <= 52
    assert both.rows.stop >= 190


def test_a_part_ends_where_the_picture_ends() -> None:
    (part,) = parts_around([box(0, 2, 2)], (40, 90))
    assert (part.rows, part.columns) == (slice(0, 40), slice(0, 90))
