# SPDX-License-Identifier: Apache-2.0
"""Clips: text that stands still, text of some frames, and how few frames are read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.pictures import sharpness
from SlicerDeidLib.pixels.text import cliptext
from SlicerDeidLib.sample.lettering import text_mask

COUNT, SHAPE = 60, (128, 160)
LINE = text_mask("DOE JOHN", 2)
PLACE = np.s_[40 : 40 + LINE.shape[0], 30 : 30 + LINE.shape[1]]


def clip(on: range | tuple[int, ...]) -> Callable[[int], np.ndarray]:
    """Speckle that differs from frame to frame, with a line on some."""

    def seen(k: int) -> np.ndarray:
        grain = ndimage.gaussian_filter(np.random.default_rng(k).normal(size=SHAPE), 1.5)
        frame = (60 + 150 * grain).clip(0, 255).astype(np.uint8)
        if k in on:
            frame[PLACE][LINE] = 250
        return frame

    return seen


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Put a reader in place that sees the line where its strokes are, whole; which frames it was shown."""
    shown: list[int] = []

    def find(picture: np.ndarray, frame: int, **_options: object) -> tuple[TextBox, ...]:
        shown.append(frame)
        rows, columns = np.nonzero(sharpness(picture) > 200)
        if len(rows) < 200:
            return ()
        size = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
        return (TextBox(frame, int(rows.min()), int(columns.min()), *size, "ocr"),)

    monkeypatch.setattr(cliptext.frametext, "find_text", find)
    return shown


def frames_of(on: range | tuple[int, ...], *, is_thorough: bool = False) -> list[int]:
    return sorted({box.frame for box in cliptext.find_text(clip(on), COUNT, is_thorough=is_thorough)})


def test_text_that_stands_still_is_read_a_few_times_and_found_on_every_frame(read: list[int]) -> None:
    assert frames_of(range(COUNT)) == list(range(COUNT))
    assert len(read) < COUNT / 4


def test_what_a_frame_that_was_read_shows_is_known_when_the_next_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[int, list[np.ndarray | None]] = {}

    def find(picture: np.ndarray, frame: int, *, known: np.ndarray | None, **_options: object) -> tuple[TextBox, ...]:
        assert known is None or known.shape == picture.shape
        told.setdefault(frame, []).append(known)
        return ()

    monkeypatch.setattr(cliptext.frametext, "find_text", find)
    seen = clip((37,))
    cliptext.find_text(seen, COUNT)
    assert told[0] == [None]
    np.testing.assert_array_equal(told[cliptext.STEP][0], sharpness(seen(0)))
    assert all(np.isin(part, sharpness(seen(36))).all() for part in told[37])


@pytest.mark.parametrize("frame", [0, 11, 37, 59])
def test_text_of_one_frame_is_found_on_it_alone(read: list[int], frame: int) -> None:
    assert frames_of((frame,)) == [frame]


def test_text_that_comes_and_goes_is_found_where_it_shows(read: list[int]) -> None:
    assert frames_of((20, 21, 22)) == [20, 21, 22]


def test_a_clip_without_text_has_none(read: list[int]) -> None:
    assert frames_of(()) == []
    assert len(read) < COUNT / 4


def test_a_thorough_look_and_a_short_clip_read_every_frame(read: list[int]) -> None:
    frames_of((), is_thorough=True)
    assert read == list(range(COUNT))
    read.clear()
    cliptext.find_text(clip(()), cliptext.EACH)
    assert read == list(range(cliptext.EACH))


def test_a_line_that_is_read_on_one_of_two_frames_is_filled_on_the_other_that_shows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def find(_picture: np.ndarray, frame: int, **_options: object) -> tuple[TextBox, ...]:
        return (TextBox(0, PLACE[0].start, PLACE[1].start, *LINE.shape, "ocr"),) if frame == 0 else ()

    monkeypatch.setattr(cliptext.frametext, "find_text", find)
    assert {box.frame for box in cliptext.find_text(clip((0, 1)), 2)} == {0, 1}
    assert {box.frame for box in cliptext.find_text(clip((0,)), 2)} == {0}


@pytest.mark.parametrize("read_on", [0, 37])
def test_a_line_that_a_thorough_look_reads_on_one_frame_alone_is_filled_on_all_that_show_it(
    monkeypatch: pytest.MonkeyPatch, read_on: int
) -> None:
    def find(_picture: np.ndarray, frame: int, **_options: object) -> tuple[TextBox, ...]:
        return (TextBox(frame, PLACE[0].start, PLACE[1].start, *LINE.shape, "ocr"),) if frame == read_on else ()

    monkeypatch.setattr(cliptext.frametext, "find_text", find)
    assert frames_of(range(COUNT), is_thorough=True) == list(range(COUNT))
    assert frames_of((read_on,), is_thorough=True) == [read_on]


def test_what_a_thorough_look_reads_is_filled_on_its_own_frame_without_strokes_and_more_than_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def find(_picture: np.ndarray, frame: int, **_options: object) -> tuple[TextBox, ...]:
        return (TextBox(frame, 10, 10, 12, 60, "ocr"), TextBox(frame, 8, 8, 20, 64, "ocr")) if frame == 3 else ()

    monkeypatch.setattr(cliptext.frametext, "find_text", find)
    boxes = cliptext.find_text(lambda _frame: np.full(SHAPE, 9, dtype=np.uint8), COUNT, is_thorough=True)
    assert [(box.frame, box.height) for box in boxes] == [(3, 12), (3, 20)]


def test_a_faint_line_of_one_frame_in_a_clip_that_hardly_moves_is_found(read: list[int]) -> None:
    def seen(k: int) -> np.ndarray:
        frame = clip(())(0) // 2
        frame[0, k % SHAPE[1]] = 40
        if k == 37:
            frame[PLACE][LINE] += 34
        return frame

    cliptext.find_text(seen, COUNT)
    assert 37 in read


def test_a_line_of_one_frame_that_new_jumps_do_not_tell_is_found_where_its_strokes_crowd(
    read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cliptext, "_standing_out", lambda _counts: {})  # all frames change as much
    assert frames_of((37,)) == [37]
    assert len(read) < COUNT / 4


def test_a_line_that_is_read_twice_is_filled_once(read: list[int]) -> None:
    boxes = cliptext.find_text(clip(range(COUNT)), COUNT)
    per_frame = [sum(box.frame == frame for box in boxes) for frame in range(COUNT)]
    assert per_frame == [1] * COUNT


def test_of_many_readings_of_a_line_a_narrow_one_of_a_frame_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    row, column, (height, width) = PLACE[0].start, PLACE[1].start, LINE.shape
    spread = iter(range(1, 1000))

    def find(picture: np.ndarray, frame: int, **_options: object) -> tuple[TextBox, ...]:
        """See the line on every picture, each time a little wider, and once the narrowest without its end."""
        wide = 2 * next(spread)
        size = (height, width - 20) if wide == 4 else (height + wide, width + 6)
        top = row if wide == 4 else max(0, row - wide // 2)
        return (TextBox(frame, top, column - 3, *size, "ocr"),) if picture.shape[1] == SHAPE[1] else ()

    monkeypatch.setattr(cliptext.frametext, "find_text", find)
    boxes = cliptext.find_text(clip(range(COUNT)), COUNT)
    assert [(box.frame, box.height, box.width) for box in boxes] == [(k, height + 2, width + 6) for k in range(COUNT)]


def test_two_lines_below_each_other_are_both_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    low = PLACE[0].start + 24

    def seen(k: int) -> np.ndarray:
        frame = clip(range(COUNT))(k)
        frame[low : low + LINE.shape[0], PLACE[1]][LINE] = 250
        return frame

    def find(picture: np.ndarray, frame: int, **_options: object) -> tuple[TextBox, ...]:
        """See the upper line on one frame only, and both as one on all others."""
        size = LINE.shape if frame == 0 else (24 + LINE.shape[0], LINE.shape[1])
        return (TextBox(frame, PLACE[0].start, PLACE[1].start, *size, "ocr"),)

    monkeypatch.setattr(cliptext.frametext, "find_text", find)
    boxes = cliptext.find_text(seen, COUNT)
    hidden = {box.frame for box in boxes if box.row + box.height >= low + LINE.shape[0]}
    assert hidden == set(range(COUNT))


@pytest.mark.parametrize("brightness", [0.3, 0.1], ids=["darker", "dark"])
def test_a_line_of_a_dark_frame_is_found_among_frames_that_jump_more_than_its_letters(
    monkeypatch: pytest.MonkeyPatch, brightness: float
) -> None:
    head = np.where(np.arange(SHAPE[1]) < SHAPE[1] / 2, 200.0, 1500.0)

    def seen(k: int) -> np.ndarray:
        share = brightness if k < 8 else 1.0  # as at the end of a stack of slices
        frame = share * (head + 80 * np.random.default_rng(k).normal(size=SHAPE))
        if k == 5:
            frame[PLACE][LINE] += share * 700
        return frame.clip(0).astype(np.uint16)

    def find(picture: np.ndarray, frame: int, **_options: object) -> tuple[TextBox, ...]:
        is_line = frame == 5 and np.percentile(picture, 95) < 1000
        return (TextBox(frame, 38, 28, LINE.shape[0] + 4, LINE.shape[1] + 4, "ocr"),) if is_line else ()

    monkeypatch.setattr(cliptext.frametext, "find_text", find)
    assert 5 in {box.frame for box in cliptext.find_text(seen, COUNT)}
